"""Whether a thread that did not return in time waits for the network, or for nothing that a target could give."""

import platform
from pathlib import Path

COUNT_ARGUMENT = {"poll": 2, "ppoll": 2, "select": 1, "pselect6": 1}
"""Calls that can also be used to sleep: the argument, in /proc, that says how many descriptors they wait for."""

NUMBERS = {
    "x86_64": {
        0: "read", 1: "write", 7: "poll", 23: "select", 42: "connect", 44: "sendto", 45: "recvfrom", 46: "sendmsg",
        47: "recvmsg", 232: "epoll_wait", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait",
    },
    "aarch64": {
        22: "epoll_pwait", 63: "read", 64: "write", 72: "pselect6", 73: "ppoll", 203: "connect", 206: "sendto",
        207: "recvfrom", 211: "sendmsg", 212: "recvmsg",
    },
}  # fmt: skip
"""System calls that wait for a peer, by machine; on others no thread is ever found to wait for one."""


def this_thread() -> str:
    """Return the place in /proc of the calling thread, which knows it by another number than a PID namespace does."""
    return f"/proc/{Path('/proc/thread-self').readlink()}"


def waits_for_network(thread: str) -> bool:
    """Tell whether a thread, named as ``this_thread`` names it, is in a system call that waits for a peer."""
    try:
        words = Path(thread, "syscall").read_text().split()
    except OSError:
        return False
    if not words or not words[0].isdigit():
        return False
    name = NUMBERS.get(platform.machine(), {}).get(int(words[0]))
    if name in COUNT_ARGUMENT:
        return int(words[COUNT_ARGUMENT[name]], 16) > 0
    return name is not None
