"""What the newest runs have read by which targets are held to their objectives."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from math import inf
from types import MappingProxyType

from monitor.inventory import CheckId, TargetId
from monitor.measure import Measure, MeasureKind, Reading
from monitor.sinks.metrics.row import CheckRow

LAST_RECORD = "exchange_last_record_timestamp_seconds"
COMPLETENESS = "exchange_completeness_ratio"
CERT_EXPIRY = "probe_ssl_earliest_cert_expiry"
COUNTED_UNTIL = "exchange_counted_until_timestamp_seconds"
LAST_CALL = "exchange_last_call_timestamp_seconds"
UNCALLED_SINCE = "exchange_uncalled_since_timestamp_seconds"
TRANSACTIONS = "exchange_transactions_total"
LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LAST_RECORD: (),
        COMPLETENESS: (),
        CERT_EXPIRY: (),
        COUNTED_UNTIL: (),
        LAST_CALL: ("connection",),
        UNCALLED_SINCE: ("connection",),
        TRANSACTIONS: ("consumer", "service", "outcome"),
    }
)
"""The measures, whichever plugin reports them, and the labels by which they are known to be the same."""
TOGETHER = 1_000
"""So many readings are looked at in one step: less than a millisecond."""

Known = tuple[Mapping[str, Measure], frozenset[str]]


class Evidence:
    """Newest readings by check."""

    def __init__(self) -> None:
        self._read: dict[str, dict[CheckId, tuple[Reading, ...]]] = {name: {} for name in LABELS}
        self._known: dict[int, Known] = {}

    def replace(self, rows: Mapping[CheckId, CheckRow], gone: AbstractSet[CheckId]) -> None:
        """Forget what the checks that are ``gone`` read; of those that still have a row, what they cannot read now."""
        self._known = {}
        for name, read in self._read.items():
            for check in read.keys() & gone:
                row = rows.get(check)
                if row is None or name not in self._wanted(row):
                    del read[check]

    def take(self, row: CheckRow) -> None:
        """Take what the newest run of a check has read; what it did not read is not known any more."""
        wanted = self._wanted(row)
        if not wanted:
            return
        found: dict[str, list[Reading]] = {}
        for reading in row.readings:
            if (name := reading.measure.name) in wanted and name != TRANSACTIONS:
                found.setdefault(name, []).append(reading)
        for name in wanted:
            if name in found:
                self._read[name][row.check.id] = (*found[name],)
            elif name != COUNTED_UNTIL:  # a run that fails has counted as far as the one before
                self._read[name].pop(row.check.id, None)

    def counting(self, rows: Iterable[CheckRow], found: list[CheckRow]) -> Iterator[None]:
        """Put into ``found`` those of the checks that count calls, in steps that are quick to make."""
        for place, row in enumerate([*rows], start=1):
            if TRANSACTIONS in self._wanted(row):
                found.append(row)
            if place % TOGETHER == 0:
                yield

    def until(self, check: CheckId) -> float | None:
        """Return up to when a check has counted all calls, in Unix time; None when it does not say."""
        readings = self._read[COUNTED_UNTIL].get(check)
        return None if readings is None else readings[-1].value

    def of_targets(self, name: str, found: dict[TargetId, float], *, is_least: bool = False) -> Iterator[None]:
        """Put into ``found`` the greatest reading of each target, or the least, in steps that are quick to make."""
        read = self._read[name]
        for place, check in enumerate([*read], start=1):
            if (readings := read.get(check)) is not None:
                target, value = TargetId(check.rpartition("/")[0]), readings[-1].value
                other = found.get(target)
                if other is None or (value < other if is_least else value > other):
                    found[target] = value
            if place % TOGETHER == 0:
                yield

    def of_connections(self, name: str, found: dict[TargetId, float]) -> Iterator[None]:
        """Put into ``found`` the greatest reading about each connection, in steps that are quick to make."""
        every = chain.from_iterable([*self._read[name].values()])
        for place, reading in enumerate(every, start=1):
            target, value = TargetId(reading.labels[0]), reading.value
            if value > found.get(target, -inf):
                found[target] = value
            if place % TOGETHER == 0:
                yield

    def _wanted(self, row: CheckRow) -> frozenset[str]:
        """Return which of the measures a check may report. Hundreds of checks share one mapping of them."""
        measures = row.check.measures
        known = self._known.get(id(measures))
        if known is None:  # the mapping is held beside it: no other one gets its id
            known = self._known[id(measures)] = (measures, frozenset(filter(None, map(_known_as, measures.values()))))
        return known[1]


def _known_as(measure: Measure) -> str:
    labels = LABELS.get(measure.name)
    is_counted = (measure.kind is MeasureKind.INCREMENT) is (measure.name == TRANSACTIONS)
    return measure.name if is_counted and labels == tuple(one.name for one in measure.labels) else ""
