"""When the garbage collector walks through what has grown old: only once memory has grown, because the loop waits then.

Left to itself it does so whenever a quarter more objects have grown old, which with 100,000 checks is twice a minute
and holds the loop for more than a second each time. Nearly all that grows old here is an outcome that takes the place
of the one before, and is freed without a collector; runs and reloads are made so that they leave no cycles. What is
left behind nevertheless, by a plugin for instance, shows as memory that grows.

Then it walks through what came since the last time. Through everything, which takes more than a second with 100,000
checks, it walks only when memory has doubled.
"""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

NEVER = 2**30
GROWTH = 1.25
"""Times what was resident after the walk before."""
LEAST_BYTES = 32 * 1024 * 1024
"""A smaller growth is not worth a walk."""
DOUBLE = 2.0
"""Times what was resident after the last walk through everything."""
APART_SECONDS = 60.0
SETTLED_SECONDS = 120.0
"""After a start memory grows because the first outcomes come in; only then is it measured against."""

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STATM = Path("/proc/self/statm")


class Collector(Protocol):
    """What is used of the module ``gc``."""

    def collect(self) -> int:
        """Walk through all that is not frozen."""
        ...

    def freeze(self) -> None:
        """Pass over everything that there is from now on."""
        ...

    def unfreeze(self) -> None:
        """Pass over nothing any more."""
        ...


def resident_bytes() -> int:
    """Return how much memory of this process is resident, shared pages included (``proc_pid_statm(5)``)."""
    return int(STATM.read_text().split()[1]) * PAGE_BYTES


class Garbage:
    """Calls the collector; young objects are still its own affair. Not in force before the first ``look``."""

    def __init__(self, resident: Callable[[], int] = resident_bytes, collector: Collector = gc) -> None:
        self._resident = resident
        self._collector = collector
        self._bytes: int | None = None
        self._whole_bytes = 0
        self._began: float | None = None
        self._walked = 0.0

    def look(self, now: float) -> None:
        """Let the collector walk if memory has grown much; ``now`` is on the monotonic clock."""
        if self._began is None:
            young, middle, _ = gc.get_threshold()
            gc.set_threshold(young, middle, NEVER)
            self._began = now
        elif self._bytes is None:
            if now - self._began >= SETTLED_SECONDS:
                self._whole_bytes = self._note(now)
        elif now - self._walked >= APART_SECONDS and self._resident() >= too_many(self._bytes):
            self._walk(now)

    def _walk(self, now: float) -> None:
        is_whole = self._resident() >= self._whole_bytes * DOUBLE
        if is_whole:
            self._collector.unfreeze()
        self._collector.collect()
        left = self._note(now)
        if is_whole:
            self._whole_bytes = left

    def _note(self, now: float) -> int:
        self._collector.freeze()
        self._walked = now
        self._bytes = self._resident()
        return self._bytes


def too_many(before: int) -> float:
    """Return how many bytes are too many when there were so many before."""
    return max(before * GROWTH, before + LEAST_BYTES)
