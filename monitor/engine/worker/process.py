"""The daemon's hold on the processes of one plugin: a keeper, and under it the plugin's own process."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from monitor.engine.worker.marker import Marker, create
from monitor.engine.worker.printed import Printed
from monitor.network.veil import Veil

KEPT_VARIABLES = ("PATH", "LANG", "TZ")
CLOSING_SECONDS = 0.3
ROOT = str(Path(__file__).parents[3])
KEEPER = (
    "import sys; sys.path.append(sys.argv.pop()); from monitor.engine.worker.keeper import main; main(sys.argv[1:])"
)
"""Runs a keeper; the place of our own modules comes last and counts only where they are not installed."""


class Process:
    """A keeper process, from its start until it is reaped.

    Attributes:
        gone: Done once the keeper has been reaped, and with it everything that the plugin started.
    """

    def __init__(self, plugin: str, veil: Veil, ended: Callable[[int], None], gone: Callable[[], None]) -> None:
        """Start the keeper.

        ``ended`` is told the wait status of each process of the plugin, ``gone`` that the keeper itself has ended.

        Raises:
            OSError: No process can be started.
        """
        self._loop = asyncio.get_running_loop()
        self._told_ended, self._told_gone = ended, gone
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self._closing: asyncio.TimerHandle | None = None
        self.printed = Printed(plugin, veil)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        page = create()
        self.marker = Marker(page)
        try:
            self._popen = _start(theirs.fileno(), page, self.printed.writing)
            self._ending = os.pidfd_open(self._popen.pid)
        except OSError:
            self._release()
            raise
        finally:
            theirs.close()
            os.close(page)
        self._control.settimeout(0)
        self._loop.add_reader(self._control.fileno(), self._hear)
        self._loop.add_reader(self._ending, self._reap)

    def begin(self) -> socket.socket:
        """Have the keeper start a process for the plugin, and return our end of its channel.

        Raises:
            OSError: The keeper is gone.
        """
        self.marker.clear()
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        try:
            socket.send_fds(self._control, [b"start"], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def kill(self) -> None:
        """Have the keeper kill the plugin's process and whatever it started; ``ended`` tells when that is done."""
        with suppress(OSError):
            self._control.send(b"kill")

    def close(self) -> None:
        """Have the keeper clear away all that is under it and end; ``gone`` tells when that is done."""
        if self._closing is None and not self.gone.done():
            self._control.shutdown(socket.SHUT_RDWR)
            self._closing = self._loop.call_later(CLOSING_SECONDS, self._kill_keeper)

    def _hear(self) -> None:
        try:
            said = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._loop.remove_reader(self._control.fileno())
            self.close()
            return
        self.printed.look(time.monotonic(), at_once=True)
        self._told_ended(int(said))

    def _reap(self) -> None:
        """Reap the keeper. Its group is killed first: until it is reaped no other can have its number."""
        if self._closing is not None:
            self._closing.cancel()
        self._kill_keeper()
        self._popen.wait()
        self._loop.remove_reader(self._ending)
        self._loop.remove_reader(self._control.fileno())
        os.close(self._ending)
        self._release()
        self.gone.set_result(None)
        self._told_gone()

    def _kill_keeper(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)

    def _release(self) -> None:
        self._control.close()
        self.printed.close()
        self.marker.close()


def described(status: int) -> str:
    """Return what a wait status says, in words."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it exited with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return "it used up its processor time" if -code == signal.SIGXCPU else f"it was ended by {name}"


def _start(control: int, page: int, printing: int) -> "subprocess.Popen[bytes]":
    """Start a keeper from this very thread: when the thread that started it ends, the kernel kills it."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own interpreter, with arguments of ours
        [sys.executable, "-I", "-c", KEEPER, str(os.getpid()), str(control), str(page), ROOT],
        stdin=subprocess.DEVNULL,
        stdout=printing,
        stderr=printing,
        pass_fds=(control, page),
        cwd="/",
        env={"LANG": "C.UTF-8", **environment},
        umask=0o077,
        start_new_session=True,
    )
