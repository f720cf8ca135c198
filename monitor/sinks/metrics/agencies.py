"""The lines about agencies: the time that all their checks together spent in each state.

Rules need it of agencies, and Prometheus would have to read five series of every check for it.
"""

from collections.abc import Iterable, Iterator

from monitor.inventory import AgencyId
from monitor.outcome import StateSeconds
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample, lines
from monitor.sinks.metrics.spent import STATES
from monitor.sinks.metrics.store import place_of

TOGETHER = 40
"""How many agencies make one chunk."""


class Agencies:
    """Sums by agency; what a check spent before it was removed stays in them."""

    def __init__(self) -> None:
        self._sums: dict[AgencyId, list[float]] = {}

    @property
    def samples(self) -> int:
        """How many lines there are."""
        return len(STATES) * len(self._sums)

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

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        yield families.AGENCY_SECONDS.header(openmetrics=openmetrics)
        chosen = [agency for agency in self._sums if place_of(agency) % count == index]
        for start in range(0, len(chosen), TOGETHER):
            yield lines(one for agency in chosen[start : start + TOGETHER] for one in self._of(agency)).encode()

    def all(self, _family: Family) -> Iterator[Sample]:
        """Yield all samples of the one family that there is."""
        for agency in self._sums:
            yield from self._of(agency)

    def _of(self, agency: AgencyId) -> Iterator[Sample]:
        for state, seconds in zip(STATES, self._sums[agency], strict=True):
            yield families.AGENCY_SECONDS.name, {"agency": agency, "state": state}, seconds
