"""Calls at exact moments: loops count in milliseconds, the kernel's timer in nanoseconds."""

import asyncio
import ctypes
import heapq
import os
import struct
import time
from collections.abc import Callable
from itertools import count

CLOCK_MONOTONIC = 1
ABSOLUTE = 1


class ExactTimer:
    """Runs callbacks when they are due, to some ten microseconds (``timerfd_create(2)``; in ``os`` from 3.13 only)."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        asyncio.get_running_loop().add_reader(self._descriptor, self._run)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call after so many seconds."""
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), call))
        if self._due[0][2] is call:
            self._arm()

    def close(self) -> None:
        """Forget what is due."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _run(self) -> None:
        os.read(self._descriptor, 8)
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2]()
        if self._due:
            self._arm()

    def _arm(self) -> None:
        nanoseconds = int(self._due[0][0] * 1e9)
        moment = struct.pack("qqqq", 0, 0, nanoseconds // 10**9, nanoseconds % 10**9)
        self._libc.timerfd_settime(self._descriptor, ABSOLUTE, moment, None)
