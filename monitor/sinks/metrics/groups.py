"""The lines about an agency's runs of one kind of probe: latencies and reasons, rendered when a scrape asks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain

from monitor.inventory import AgencyId, Check
from monitor.observation import Status
from monitor.outcome import Outcome
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample, lines, number
from monitor.sinks.metrics.store import place_of
from monitor.vitals import Distribution

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TOGETHER = 20
"""How many groups make one chunk."""

Group = tuple[AgencyId, str]


class Groups:
    """Counts by agency and kind of probe."""

    def __init__(self) -> None:
        self._latencies: dict[Group, Distribution] = {}
        self._reasons: dict[Group, Counter[str]] = {}

    @property
    def samples(self) -> int:
        """How many lines there are."""
        buckets = len(LATENCY_BUCKETS) + 3
        return buckets * len(self._latencies) + sum(map(len, self._reasons.values()))

    def replace(self, checks: Iterable[Check]) -> None:
        """Drop the groups in which there are no checks any more."""
        groups: set[Group] = {(check.agency, check.kind) for check in checks}
        self._latencies = {group: counts for group, counts in self._latencies.items() if group in groups}
        self._reasons = {group: counts for group, counts in self._reasons.items() if group in groups}

    def take(self, check: Check, outcome: Outcome) -> None:
        """Count one run."""
        group = (check.agency, check.kind)
        seen = outcome.observation
        if seen.status is not Status.UNKNOWN:
            latencies = self._latencies.get(group)
            if latencies is None:
                self._latencies[group] = latencies = Distribution(LATENCY_BUCKETS)
            latencies.add(outcome.duration_seconds)
        if seen.reason is not None:
            self._reasons.setdefault(group, Counter())[seen.reason] += 1

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        for family in families.OF_GROUPS:
            yield family.header(openmetrics=openmetrics)
            groups = [group for group in self._of(family) if place_of("/".join(group)) % count == index]
            for start in range(0, len(groups), TOGETHER):
                together = (self.samples_of(family, group) for group in groups[start : start + TOGETHER])
                yield lines(chain.from_iterable(together)).encode()

    def all(self, family: Family) -> Iterator[Sample]:
        """Yield all samples of a family."""
        for group in self._of(family):
            yield from self.samples_of(family, group)

    def samples_of(self, family: Family, group: Group) -> Iterator[Sample]:
        """Yield the samples of one group; none when it is gone."""
        labels = {"agency": group[0], "probe": group[1]}
        if family is families.LATENCY and group in self._latencies:
            yield from histogram(family.name, labels, self._latencies[group])
        elif family is families.FAILURE_REASONS:
            for reason, count in self._reasons.get(group, {}).items():
                yield family.name, {**labels, "reason": reason}, float(count)

    def _of(self, family: Family) -> list[Group]:
        return [*(self._latencies if family is families.LATENCY else self._reasons)]


def histogram(name: str, labels: dict[str, str], counts: Distribution) -> Iterator[Sample]:
    """Yield the samples of a histogram."""
    bounds = [*map(number, counts.bounds), "+Inf"]
    running = [*accumulate(counts.counts)]
    for bound, below in zip(bounds, running, strict=True):
        yield f"{name}_bucket", {**labels, "le": bound}, float(below)
    yield f"{name}_count", labels, float(running[-1])
    yield f"{name}_sum", labels, counts.total
