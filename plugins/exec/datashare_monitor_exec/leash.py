"""What a program is held by: when the monitor lets go or ends in whatever way, the kernel kills the program's group.

``PR_SET_PDEATHSIG`` would have to be set between fork and exec, which takes the slow way of starting programs, and it
ends the program only and not what that started. Instead the program inherits the reading end of a pipe whose other end
is the monitor's alone: when that is closed, the kernel signals the reading end's owner (fcntl(2), ``F_SETOWN``,
``F_SETSIG``, ``O_ASYNC``).
"""

import fcntl
import os
import signal
from contextlib import suppress
from pathlib import Path

MOST_DESCENDANTS = 1000


class Leash:
    """Both ends of the pipe, until the program has its own."""

    def __init__(self) -> None:
        self.end, self._ours = os.pipe()
        self._group = 0

    def hold(self, group: int) -> None:
        """Hold a process group, whose leader has inherited ``end``."""
        self._group = group
        fcntl.fcntl(self.end, fcntl.F_SETOWN, -group)
        fcntl.fcntl(self.end, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(self.end, fcntl.F_SETFL, fcntl.fcntl(self.end, fcntl.F_GETFL) | os.O_ASYNC)

    def kill(self) -> None:
        """Kill the group; its leader must not have been reaped yet, so that the number is still the group's."""
        if self._group:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill the group, and those of its descendants that have left it and whose parents are still there."""
        strays = descendants(self._group)
        self.kill()
        for process in strays:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """Let go: whatever is left of the group is killed."""
        for number in (self.end, self._ours):
            if number >= 0:
                os.close(number)
        self.end = self._ours = -1


def descendants(process: int) -> list[int]:
    """Return the processes below a process."""
    found = [process] if process else []
    for one in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        if len(found) > MOST_DESCENDANTS:
            break
    return found[1:]
