"""What many looks at one check add up to, in bounded memory."""

import math
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime

from monitor.observation import Status
from monitor.outcome import Outcome

MOST_DURATIONS = 10_000
"""Percentiles are those of the newest so many runs."""
GOOD = frozenset({Status.UP, Status.DEGRADED})


class Tally:
    """Counts looks.

    Attributes:
        since: When the present status began; None before the first look.
        changes: How often the status was another than the one before.
    """

    def __init__(self) -> None:
        self.counts: Counter[Status] = Counter()
        self.status: Status | None = None
        self.since: datetime | None = None
        self.changes = 0
        self._durations: deque[float] = deque(maxlen=MOST_DURATIONS)

    @property
    def runs(self) -> int:
        """How many looks there were."""
        return self.counts.total()

    @property
    def ratio(self) -> float | None:
        """The share of looks that found it up or degraded, among those that learnt anything; None without any."""
        known = self.runs - self.counts[Status.UNKNOWN]
        return sum(self.counts[one] for one in GOOD) / known if known else None

    def add(self, outcome: Outcome) -> None:
        """Take up one look."""
        status = outcome.observation.status
        self.counts[status] += 1
        self._durations.append(outcome.duration_seconds)
        if status is not self.status:
            self.changes += self.status is not None
            self.status, self.since = status, outcome.started

    def percentiles(self, *ranks: int) -> list[float]:
        """Return the durations in seconds which so many percent of the looks did not exceed; empty without looks."""
        ordered = sorted(self._durations)
        return [*_ranked(ordered, ranks)] if ordered else []


def _ranked(ordered: list[float], ranks: Iterable[int]) -> Iterable[float]:
    for rank in ranks:
        yield ordered[max(0, math.ceil(len(ordered) * rank / 100) - 1)]
