"""The lines about agencies: what all their checks and connections together have come to.

Rules need it of agencies, and Prometheus would have to read some series of every check or connection for it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from monitor.inventory import AgencyId, TargetId
from monitor.outcome import Confirmed, StateSeconds
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample, lines
from monitor.sinks.metrics.spent import STATES
from monitor.sinks.metrics.store import place_of

Name = TypeVar("Name", bound=str)

TOGETHER = 40
"""How many agencies make one chunk."""


class Agencies:
    """Sums and counts by agency; what a check spent before it was removed stays in them.

    Attributes:
        late: Checks that are late, as counted last; of an agency that is not in it none is.
    """

    def __init__(self) -> None:
        self.late: Mapping[AgencyId, int] = {}
        self._sums: dict[AgencyId, list[float]] = {}
        self._checks: Counter[AgencyId] = Counter()
        self._connections: dict[AgencyId, Counter[str]] = {}
        self._through: dict[AgencyId, Counter[TargetId]] = {}

    @property
    def samples(self) -> int:
        """How many lines there are."""
        by_state = len(STATES) * (len(self._sums) + len(self._connections))
        return by_state + len(self._checks) + sum(map(len, self._through.values()))

    def replace(self, agencies: Iterable[AgencyId]) -> None:
        """Have sums for these agencies and no others."""
        self._sums = {agency: self._sums.get(agency) or [0.0] * len(STATES) for agency in agencies}

    def add(self, agency: AgencyId, before: StateSeconds, now: StateSeconds) -> None:
        """Add what one check of an agency has spent since ``before``."""
        sums = self._sums[agency]
        sums[0] += now.up - before.up
        sums[1] += now.degraded - before.degraded
        sums[2] += now.down - before.down
        sums[3] += now.maintenance - before.maintenance
        sums[4] += now.unknown - before.unknown

    def hold(self, agency: AgencyId, checks: int) -> None:
        """Take note of so many more checks, or fewer."""
        self._checks[agency] += checks
        if not self._checks[agency]:
            del self._checks[agency]

    def turn(self, agency: AgencyId, before: Confirmed | None, now: Confirmed | None) -> None:
        """Take another state of a connection; None while nothing looks at it."""
        left, entered = counted_as(before), counted_as(now)
        if left != entered:
            _move(self._connections, agency, (left,) if left else (), (entered,) if entered else ())

    def lead(self, agency: AgencyId, before: Iterable[TargetId], now: Iterable[TargetId]) -> None:
        """Take other hubs that a connection passes."""
        _move(self._through, agency, before, now)

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        for family in families.OF_AGENCIES:
            yield family.header(openmetrics=openmetrics)
            chosen = [agency for agency in self._of(family) if place_of(agency) % count == index]
            for start in range(0, len(chosen), TOGETHER):
                together = (self.samples_of(family, agency) for agency in chosen[start : start + TOGETHER])
                yield lines(chain.from_iterable(together)).encode()

    def all(self, family: Family) -> Iterator[Sample]:
        """Yield all samples of a family."""
        for agency in self._of(family):
            yield from self.samples_of(family, agency)

    def samples_of(self, family: Family, agency: AgencyId) -> Iterator[Sample]:
        """Yield the samples of one agency; none when it is gone."""
        labels = {"agency": agency}
        if family is families.AGENCY_SECONDS and agency in self._sums:
            for state, seconds in zip(STATES, self._sums[agency], strict=True):
                yield family.name, {**labels, "state": state}, seconds
        elif family is families.AGENCY_CONNECTIONS and agency in self._connections:
            for state in STATES:
                yield family.name, {**labels, "state": state}, float(self._connections[agency][state])
        elif family is families.AGENCY_HUB_CONNECTIONS:
            for hub, connections in self._through.get(agency, {}).items():
                yield family.name, {**labels, "at": hub}, float(connections)
        elif family is families.AGENCY_LATE and agency in self._checks:
            yield family.name, labels, float(self.late.get(agency, 0))

    def _of(self, family: Family) -> Iterable[AgencyId]:
        if family is families.AGENCY_SECONDS:
            return self._sums
        if family is families.AGENCY_LATE:
            return self._checks
        return self._connections if family is families.AGENCY_CONNECTIONS else self._through


def counted_as(confirmed: Confirmed | None) -> str | None:
    """Return as what a connection is counted; None while nothing looks at it."""
    if confirmed is None:
        return None
    return "maintenance" if confirmed.maintenance else confirmed.status


def _move(counts: dict[AgencyId, Counter[Name]], agency: AgencyId, before: Iterable[Name], now: Iterable[Name]) -> None:
    """Count one less of each name before and one more of each now; what nobody is counted for is dropped."""
    found = counts.get(agency)
    if found is None:
        found = counts[agency] = Counter()
    for name in now:
        found[name] += 1
    for name in before:
        found[name] -= 1
        if not found[name]:
            del found[name]
    if not found:
        del counts[agency]
