"""A page of memory that the daemon shares with a plugin's process: which run holds the loop, and since when.

It can be read when the process no longer answers, or no longer lives.
"""

import fcntl
import mmap
import os
import time

NOBODY = 0


def create() -> int:
    """Return the descriptor of a new page. It is sealed: a page cut short by the plugin would kill its readers."""
    descriptor = os.memfd_create("marker", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, mmap.PAGESIZE)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


class Marker:
    """The page, mapped.

    Attributes:
        words: The number of the run that holds the loop, and the moment it took it, in nanoseconds of monotonic time.
    """

    __slots__ = ("_page", "words")

    def __init__(self, descriptor: int) -> None:
        self._page = mmap.mmap(descriptor, mmap.PAGESIZE)
        self.words = memoryview(self._page).cast("Q")

    @property
    def holder(self) -> int:
        """The number of the run that holds the loop, or NOBODY."""
        return self.words[0]

    def held_seconds(self) -> float:
        """Return for how long the holder has held the loop without giving it back."""
        return max(0, time.monotonic_ns() - self.words[1]) / 1e9 if self.words[0] else 0.0

    def clear(self) -> None:
        """Say that nobody holds the loop."""
        self.words[0] = NOBODY

    def close(self) -> None:
        """Unmap the page."""
        self.words.release()
        self._page.close()
