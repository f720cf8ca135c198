"""Real calls between two ends: how many there were, and in the last hour, by who had to act when they failed.

Totals are those that checks count, over restarts where a history is kept. The hour is the monitor's own: beside the
totals of now stand those of an hour ago, or of the start while that is not so long ago.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from types import MappingProxyType
from typing import NamedTuple

from monitor.inventory import CheckId
from monitor.observation import FaultDomain
from monitor.sinks.metrics.evidence import TOGETHER, TRANSACTIONS
from monitor.sinks.metrics.row import CheckRow

HOUR_SECONDS = 3600.0
MARK_SECONDS = 300.0
"""How far apart totals are remembered: an hour is up to five minutes longer than one."""
LONGEST_SECONDS = 2 * HOUR_SECONDS
"""What is older is not an hour ago, when nobody asked in between."""

SIDES = MappingProxyType(
    {
        "server_error": FaultDomain.PROVIDER,
        "timeout": FaultDomain.PROVIDER,
        "client_error": FaultDomain.CONSUMER,
        "throttled": FaultDomain.CONSUMER,
    }
)
"""Who has to act on calls that ended so: what the provider did not manage, what the consumer should not have asked."""
COLUMNS = 3

Pair = tuple[str, str]
"""Consumer and service, as the calls name them."""


class LastHour(NamedTuple):
    """Calls of the last hour."""

    calls: float
    by_provider: float
    by_consumer: float


class Calls:
    """Totals by pair, and older ones.

    Attributes:
        late: Pairs of which some check has not counted everything that it should have by now.
        by_consumer: Totals by check, and by consumer and outcome.
    """

    def __init__(self) -> None:
        self.late: frozenset[Pair] = frozenset()
        self.by_consumer: dict[CheckId, dict[tuple[str, ...], float]] = {}
        self._counted: frozenset[CheckRow] = frozenset()
        self._places: dict[Pair, int] = {}
        self._totals = array("d")
        self._marks: deque[tuple[float, array[float]]] = deque()

    def refresh(
        self, rows: Iterable[CheckRow], is_late: Callable[[CheckRow], bool], monotonic: float
    ) -> Iterator[None]:
        """Sum up what these checks have counted, in steps that are quick to make.

        Args:
            rows: All that count calls.
            is_late: Whether one of them has not counted everything that it should have by now.
            monotonic: Now, in seconds.
        """
        counted = [row for row in rows if row.kept and row.kept.get(TRANSACTIONS)]
        self._follow(counted)
        places, steps = self._places, count(1)
        totals = array("d", [0.0]) * (len(places) * COLUMNS)
        behind, by_consumer = set[Pair](), dict[CheckId, dict[tuple[str, ...], float]]()
        for row in counted:
            is_behind = is_late(row)
            told, sums = (row.kept or {}).get(TRANSACTIONS, {}), dict[tuple[str, ...], float]()
            by_consumer[row.check.id] = sums
            for (consumer, service, outcome), total in [*told.items()]:
                sums[consumer, outcome] = sums.get((consumer, outcome), 0.0) + total
                pair = (consumer, service)
                place = places.get(pair)
                if place is None:
                    place = places[pair] = len(totals) // COLUMNS
                    totals.extend((0.0,) * COLUMNS)
                place *= COLUMNS
                totals[place] += total
                if (side := SIDES.get(outcome)) is not None:
                    totals[place + 1 + (side is FaultDomain.CONSUMER)] += total
                if is_behind:
                    behind.add(pair)
                if next(steps) % TOGETHER == 0:
                    yield
        self._totals, self.late, self.by_consumer = totals, frozenset(behind), by_consumer
        if not self._marks or monotonic - self._marks[-1][0] >= MARK_SECONDS:
            self._marks.append((monotonic, totals))
        while len(self._marks) > 1 and (
            monotonic - self._marks[1][0] >= HOUR_SECONDS or monotonic - self._marks[0][0] >= LONGEST_SECONDS
        ):
            self._marks.popleft()

    def total(self, pair: Pair) -> float | None:
        """Return how many calls there were of a pair; None when nobody counts it, or not as far as it should be."""
        place = self._places.get(pair)
        return None if place is None or pair in self.late else self._totals[place * COLUMNS]

    def last_hour(self, pair: Pair) -> LastHour | None:
        """Return the calls of the last hour, or since the start; None when nothing can be said of them."""
        place = self._places.get(pair)
        if place is None or pair in self.late:
            return None
        place *= COLUMNS
        before = next((mark for _, mark in self._marks if len(mark) > place), None)
        if before is None:
            return None
        found = LastHour(*(self._totals[place + column] - before[place + column] for column in range(COLUMNS)))
        return found if min(found) >= 0 else None

    def _follow(self, rows: Iterable[CheckRow]) -> None:
        """Begin anew when what is summed up is not of the same checks as before: totals of years may come at once."""
        counted = frozenset(rows)
        if counted != self._counted:
            self._counted, self.late, self._places, self._totals = counted, frozenset(), {}, array("d")
            self._marks.clear()
