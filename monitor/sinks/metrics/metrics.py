"""The metrics sink: takes events, keeps lines ready, hands them out in chunks."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import chain

from prometheus_client import Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from monitor.clock import Clock, SystemClock
from monitor.inventory import CheckId, TargetId
from monitor.outcome import PENDING, Confirmed, Event, InventoryReplaced, Outcome, Subject
from monitor.sinks.metrics import collection
from monitor.sinks.metrics.agencies import Agencies
from monitor.sinks.metrics.build import Build
from monitor.sinks.metrics.checks import Checks
from monitor.sinks.metrics.evidence import Evidence
from monitor.sinks.metrics.facts import Facts
from monitor.sinks.metrics.findings import Findings
from monitor.sinks.metrics.groups import Groups
from monitor.sinks.metrics.late import Late
from monitor.sinks.metrics.measures import Measures
from monitor.sinks.metrics.own import Own, registry
from monitor.sinks.metrics.programmes import Programmes
from monitor.sinks.metrics.targets import Targets
from monitor.vitals import Vitals

END = b"# EOF\n"
"""Ends an OpenMetrics text, and no other."""
OWN_SAMPLES = 100
"""About what the monitor says of itself."""


class Metrics:
    """All metrics. Belongs to the event loop."""

    def __init__(self, vitals: Vitals, build: Build | None = None, clock: Clock | None = None) -> None:
        self._clock = SystemClock() if clock is None else clock
        self._measures = Measures(vitals)
        self._agencies = Agencies()
        evidence = Evidence()
        self._checks = Checks(self._measures, self._agencies, evidence)
        self._late = Late(self._checks.rows, self._agencies)
        self._targets = Targets(self._agencies)
        self._findings = Findings(self._checks.rows, evidence, self._targets.faulty)
        self._groups = Groups()
        self._facts = Facts()
        self._programmes = Programmes(self._state)
        self._registry = registry(Own(vitals, Build() if build is None else build, lambda: self.samples))

    @property
    def samples(self) -> int:
        """How many samples there are in all, all slices together; those about the monitor itself are estimated."""
        stores = (self._checks.store, self._targets.store, self._findings.shown.store, self._findings.counted.store)
        others = (self._groups, self._agencies, self._facts, self._programmes)
        return sum(one.samples for one in (*stores, *others)) + OWN_SAMPLES

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Outcome):
            self._take(event)
        elif isinstance(event, InventoryReplaced):
            self._replace(event)
        elif event.subject is Subject.CHECK:
            self._checks.change(event)
        else:
            self._targets.change(TargetId(event.id), event.now, event.seconds, event.fault)

    def count(self, check_id: CheckId, totals: Mapping[str, Mapping[tuple[str, ...], float]]) -> None:
        """Show what a ledger has summed up for a check, by measure and label values.

        From the first call of ``expect_totals`` on, increments in outcomes are not summed up here.
        """
        self._checks.count(check_id, totals)

    def expect_totals(self) -> None:
        """Leave it to a ledger to sum up increments."""
        self._measures.is_told_totals = True

    def chunks(self, index: int = 0, count: int = 1, *, openmetrics: bool = False) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make; events may come in between.

        Each target is in one slice, the same one each time; the monitor's own metrics are in the first.
        """
        for _ in chain(self._checks.catch_up(), self._late.refresh(self._clock), self._findings.refresh(self._clock)):
            yield b""
        now = self._clock.now()
        self._targets.refresh(now)
        self._programmes.refresh(now)
        yield from self._checks.store.chunks(index, count, openmetrics=openmetrics)
        yield from self._targets.store.chunks(index, count, openmetrics=openmetrics)
        yield from self._findings.shown.store.chunks(index, count, openmetrics=openmetrics)
        yield from self._findings.counted.store.chunks(index, count, openmetrics=openmetrics)
        yield from self._groups.chunks(index, count, openmetrics=openmetrics)
        yield from self._agencies.chunks(index, count, openmetrics=openmetrics)
        yield from self._facts.chunks(index, count, openmetrics=openmetrics)
        yield from self._programmes.chunks(index, count, openmetrics=openmetrics)
        if index == 0:
            own = generate_openmetrics if openmetrics else generate_latest
            yield own(self._registry).removesuffix(END)
        if openmetrics:
            yield END

    def collect(self) -> Iterator[Metric]:
        """Yield prometheus_client's own records of everything but the monitor itself, made from values, not lines."""
        yield from collection.of_checks(self._checks.rows.values(), self._measures)
        yield from collection.of_samples(self._targets.samples(), collection.TARGETS)
        deque(chain(self._checks.catch_up(), self._findings.refresh(self._clock)), maxlen=0)
        yield from collection.of_samples(self._findings.shown.samples(), collection.FINDINGS)
        yield from collection.of_samples(self._findings.counted.samples(), collection.COUNTED)
        yield from collection.of_families(self._groups.all, collection.GROUPS)
        deque(self._late.refresh(self._clock), maxlen=0)
        yield from collection.of_families(self._agencies.all, collection.AGENCIES)
        yield from collection.of_families(self._facts.all, collection.FACTS)
        self._programmes.refresh(self._clock.now())
        yield from collection.of_families(self._programmes.all, collection.PROGRAMMES)

    def _state(self, check_id: str) -> Confirmed:
        row = self._checks.rows.get(CheckId(check_id))
        return PENDING if row is None else row.confirmed

    def _take(self, outcome: Outcome) -> None:
        row = self._checks.take(outcome, self._clock.monotonic())
        if row is not None:
            self._groups.take(row.check, outcome)
            if outcome.connection_seconds is not None:
                self._targets.account(row.check.target, outcome.connection_seconds)

    def _replace(self, event: InventoryReplaced) -> None:
        self._late.forget()
        self._agencies.replace(event.inventory.agencies)
        self._checks.replace(event.inventory.checks, event.changed, self._clock.monotonic())
        self._targets.replace(event.inventory, self._clock.now())
        self._findings.replace(event.inventory, event.changed | event.removed)
        if event.removed or event.changed:  # nothing else takes the last check out of a group
            self._groups.replace(event.inventory.checks.values())
        self._facts.replace(event.inventory, event.plugins)
        self._programmes.replace(event.inventory)
