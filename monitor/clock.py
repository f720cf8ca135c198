"""Time as an argument."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the engine and the judge take the time from; tests hand in their own."""

    def monotonic(self) -> float:
        """Return seconds that never go back and that no clock step moves."""
        ...

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        """Return seconds since some moment. Not ``loop.time()``, which has millisecond steps under uvloop."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        return datetime.now(UTC)
