"""Records that cannot be counted and that stay in their source: told for a while, then passed over.

A line of a log that was once written wrongly can be mended by nobody. Told for ever, it would hide the next one.
"""

from collections import Counter
from collections.abc import Mapping
from enum import Enum, auto

from datashare_monitor_usage.window import digest

MOST_TOLD = 1000
"""More are told for ever: then it is the source that writes them wrongly."""


class Telling(Enum):
    """How a record that cannot be counted is taken."""

    NEW = auto()
    """No run has met it before."""
    AGAIN = auto()
    """One has, a short while ago."""
    OVER = auto()
    """It was told for long enough."""


class Told:
    """Which records have been told, and since when. What they hold is not kept, a digest is."""

    def __init__(self, before: Mapping[bytes, int], now: int, seconds: int) -> None:
        """Begin a run; a record is told for so many seconds."""
        self.now: dict[bytes, int] = {}
        self._before = before
        self._moment = now
        self._seconds = seconds
        self._twins = Counter[str]()

    def take(self, record: str) -> Telling:
        """Take a record that cannot be counted, in words that are always the same for it."""
        self._twins[record] += 1
        key = digest(f"{record}\0{self._twins[record]}")
        first = self._before.get(key)
        if len(self.now) < MOST_TOLD:
            self.now[key] = self._moment if first is None else first
        if first is None:
            return Telling.NEW
        return Telling.AGAIN if self._moment - first < self._seconds else Telling.OVER
