"""Which checks are late, by agency: counted when a scrape asks, some of them at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from math import inf

from monitor.clock import Clock
from monitor.inventory import AgencyId, CheckId
from monitor.sinks.metrics.agencies import Agencies
from monitor.sinks.metrics.row import CheckRow

BEATS = 3
GRACE_SECONDS = 120.0
"""A check is late once no run of it was completed for so many beats and so long."""

STALE_AFTER_SECONDS = 10.0
"""Slices of one scrape, and scrapes of two Prometheus servers, are served from one count."""
TOGETHER = 1_000
"""So many checks are looked at in one step: a fifth of a millisecond, and still under one when all of them are late."""


class Late:
    """Counts late checks from when they ran, whatever the engine thinks of them and wherever the wall clock is set."""

    def __init__(self, rows: Mapping[CheckId, CheckRow], agencies: Agencies) -> None:
        self._rows = rows
        self._agencies = agencies
        self._found: Counter[AgencyId] = Counter()
        self._ahead: Iterator[CheckRow] | None = None
        self._began = -inf

    def forget(self) -> None:
        """Count anew: the rows are about to be others."""
        self._ahead, self._began = None, -inf

    def refresh(self, clock: Clock) -> Iterator[None]:
        """Count anew, unless that was done a moment ago, in steps that are quick to make.

        Whoever comes while a count is under way helps to finish it; one that nobody went on with begins again.
        """
        now = clock.monotonic()
        if self._is_stale(now):
            self._ahead = None
        while self._ahead is not None or self._is_stale(now):
            if self._ahead is None:
                self._found, self._ahead, self._began = Counter(), iter(self._rows.values()), now
            self._count(self._ahead, now)
            yield

    def _is_stale(self, now: float) -> bool:
        return now - self._began >= STALE_AFTER_SECONDS

    def _count(self, ahead: Iterator[CheckRow], now: float) -> None:
        recently = now - GRACE_SECONDS
        rows = [*islice(ahead, TOGETHER)]
        for row in rows:
            if (since := row.awaited_since) < recently and recently - since > BEATS * row.check.every.total_seconds():
                self._found[row.check.agency] += 1
        if len(rows) < TOGETHER:
            self._agencies.late, self._ahead = self._found, None
