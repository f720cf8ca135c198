"""When the garbage collector walks through everything: only once memory has grown, because the loop waits meanwhile.

Left to itself it does so whenever a quarter more objects have grown old, which with 100,000 checks is twice a minute
and holds the loop for more than a second each time. Nearly all that grows old here is an outcome that takes the place
of the one before, and is freed without a collector. What is not shows as memory that grows.

A walk is as long as ever, about two seconds with 100,000 checks, in which every start is late: rarer, not cheaper.
"""

import gc
import os
from collections.abc import Callable
from pathlib import Path

NEVER = 2**30
GROWTH = 1.25
"""Times what was resident after the walk before."""
LEAST_BYTES = 32 * 1024 * 1024
"""A smaller growth is not worth a walk."""
APART_SECONDS = 60.0
SETTLED_SECONDS = 120.0
"""After a start memory grows because the first outcomes come in; only then is it measured against."""

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Return how much memory of this process is resident, shared pages included (``proc_pid_statm(5)``)."""
    return int(STATM.read_text().split()[1]) * PAGE_BYTES


class Garbage:
    """Calls the collector; young objects are still its own affair. Not in force before the first ``look``."""

    def __init__(
        self, resident: Callable[[], int] = resident_bytes, collect: Callable[[], object] = gc.collect
    ) -> None:
        self._resident = resident
        self._collect = collect
        self._bytes: int | None = None
        self._began: float | None = None
        self._walked = 0.0

    def look(self, now: float) -> None:
        """Let the collector walk through everything if memory has grown much; ``now`` is on the monotonic clock."""
        if self._began is None:
            young, middle, _ = gc.get_threshold()
            gc.set_threshold(young, middle, NEVER)
            self._began = now
        elif self._bytes is None:
            if now - self._began >= SETTLED_SECONDS:
                self._note(now)
        elif now - self._walked >= APART_SECONDS and self._resident() >= too_many(self._bytes):
            self._collect()
            self._note(now)

    def _note(self, now: float) -> None:
        self._bytes, self._walked = self._resident(), now


def too_many(before: int) -> float:
    """Return how many bytes are too many when there were so many before."""
    return max(before * GROWTH, before + LEAST_BYTES)
