"""The keeper of a plugin: starts the plugin's process, and leaves nothing alive of one that has ended.

It holds our own modules ready, so that a fresh process is a fork away. It never loads the plugin. Where the system
lets it, it is the first process of a PID namespace: whatever the plugin starts dies with it and can signal nobody else.
"""

import gc
import importlib
import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path

from monitor.engine.worker import confinement
from monitor.engine.worker.child import serve
from monitor.engine.worker.marker import Marker

START = b"start"
KILL = b"kill"
LOADED_LATE = ("pydantic", "monitor.plugin.fields")
"""Modules that ours import when they first need them, which here is in every process of the plugin."""


def main(arguments: list[str]) -> None:
    """Confine this process, then keep.

    Args:
        arguments: Of the daemon: its process id; of us: the descriptors of the control socket and of the marker page.
    """
    parent, control_number, marker_number = (int(argument) for argument in arguments)
    libc = confinement.Libc()
    isolated = confinement.leave_namespaces(libc)
    confinement.give_up_privileges(libc)
    control = socket.socket(fileno=control_number)
    if isolated:
        confinement.die_with(parent, libc)
        first = os.fork()
        if first:
            control.close()
            os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF)
        confinement.die_with(0, libc)
    else:
        # It must outlive the daemon by a moment, to clear away; the end of the control socket tells it.
        libc.prctl(confinement.PR_SET_CHILD_SUBREAPER, 1)
    for module in LOADED_LATE:
        importlib.import_module(module)
    gc.freeze()
    keep(control, Marker(marker_number), isolated=isolated)


def keep(control: socket.socket, marker: Marker, *, isolated: bool) -> None:
    """Start a process for the plugin whenever the daemon sends a channel, until the daemon is gone."""
    while True:
        word, channels, _, _ = socket.recv_fds(control, 64, 1)
        if not word:
            return
        if word != START or not channels:
            continue
        [channel] = channels
        keeper = os.getpid()
        plugin = os.fork()
        if plugin == 0:
            control.close()
            serve(channel, marker, keeper=keeper, isolated=isolated)
            os._exit(0)
        os.close(channel)
        status = watch(plugin, control)
        clear_away(isolated=isolated)
        with suppress(OSError):
            control.send(str(status).encode())


def watch(plugin: int, control: socket.socket) -> int:
    """Return the wait status of the plugin's process once it has ended, by itself or because the daemon says so."""
    ended = os.pidfd_open(plugin)
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    waiting.register(control, select.POLLIN)
    while True:
        ready = {number for number, _ in waiting.poll(60_000)}
        if ended in ready:
            break
        if control.fileno() in ready and control.recv(64) in (KILL, b""):
            os.kill(plugin, signal.SIGKILL)
            waiting.unregister(control)
        bury_orphans(plugin)
    os.close(ended)
    return os.waitpid(plugin, 0)[1]


def bury_orphans(plugin: int) -> None:
    """Reap what the plugin's process left to us, but not itself."""
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid != plugin:
            os.waitpid(ended.si_pid, 0)


def clear_away(*, isolated: bool) -> None:
    """Kill and reap whatever is left, until nothing is."""
    with suppress(ChildProcessError):
        while True:
            for process in [-1] if isolated else _children():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    return [int(process) for process in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
