"""What is the matter with few systems and connections at a time, found when a scrape asks.

Prometheus would have to read several series of every connection each minute to find those few.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain
from math import inf

from monitor.clock import Clock
from monitor.inventory import CheckId, Connection, Inventory, Stage, TargetId
from monitor.observation import FaultDomain
from monitor.rest import RESTING
from monitor.sinks.metrics import families
from monitor.sinks.metrics.calls import Calls
from monitor.sinks.metrics.counted import Counted
from monitor.sinks.metrics.evidence import CERT_EXPIRY, COMPLETENESS, LAST_CALL, LAST_RECORD, UNCALLED_SINCE, Evidence
from monitor.sinks.metrics.row import CheckRow
from monitor.sinks.metrics.shown import BY_SIDE, Shown

STALE_AFTER_SECONDS = 10.0
"""Slices of one scrape, and scrapes of two Prometheus servers, are served from one look."""
TOGETHER = 500
"""So many targets are looked at in one step: less than a millisecond."""
ENDING_SECONDS = 30 * 86_400.0
"""From when on a certificate is told."""
UNUSED = timedelta(days=30)
"""A live connection without a real call for so long is dormant."""
LATE_SECONDS = 5400.0
"""Logs come by the hour: what has not been counted up to so long ago is late, and nothing is said of its calls."""

ROUNDING = 1e-9
"""As much more than a share allowed is the same: 1 - 0.9 is less than 0.1."""

CONCERNING = tuple(
    family.name
    for family in (
        families.STALE_RECORD, families.INCOMPLETE, families.CERTIFICATE_ENDING, families.OVERDUE, families.DORMANT,
        families.FAILING,
    )
)  # fmt: skip
"""What makes a connection one of which alerts may have to tell whose it is; a fault does, too."""


class Findings:
    """Looks for what is the matter, and has it shown."""

    def __init__(self, rows: Mapping[CheckId, CheckRow], evidence: Evidence, faulty: Iterable[TargetId]) -> None:
        """Look at what these checks have read; ``faulty`` are the connections with a fault at the time."""
        self.shown = Shown()
        self.counted = Counted()
        self._faulty = faulty
        self._rows = rows
        self._evidence = evidence
        self._calls = Calls()
        self._counting: list[CheckRow] | None = None
        self._inventory = Inventory()
        self._today = date.min
        self._live: list[Connection] = []
        self._ahead: Iterator[None] | None = None
        self._began = -inf

    def replace(self, inventory: Inventory, gone: AbstractSet[CheckId]) -> None:
        """Look at the targets of this inventory from now on.

        The rows are those of its checks already; checks that are ``gone`` or configured otherwise read nothing more.
        """
        self._ahead, self._began, self._today = None, -inf, date.min
        self._inventory = inventory
        self._counting = None
        self._evidence.replace(self._rows, gone)
        self.shown.replace(inventory)

    def refresh(self, clock: Clock) -> Iterator[None]:
        """Look anew, unless that was done a moment ago, in steps that are quick to make.

        Whoever comes while a look is under way helps to finish it; one that nobody went on with, or that a reload broke
        off, begins again.
        """
        monotonic = clock.monotonic()
        if self._is_stale(monotonic):
            self._ahead = None
        while self._ahead is not None or self._is_stale(monotonic):
            if self._ahead is None:
                self._began, self._ahead = monotonic, self._look(clock.now(), monotonic)
            if next(self._ahead, self) is self:
                self._ahead = None
            yield

    def _is_stale(self, monotonic: float) -> bool:
        return monotonic - self._began >= STALE_AFTER_SECONDS

    def _look(self, now: datetime, monotonic: float) -> Iterator[None]:
        yield from self._turn_day(now)
        at = now.timestamp()
        yield from self._show_stale(at)
        yield from self._show_incomplete()
        yield from self._show_certificates(at)
        yield from self._show_unused(at)
        yield from self._show_calls(at, monotonic)
        yield from self._show_concerned()

    def _turn_day(self, now: datetime) -> Iterator[None]:
        """Find what depends on the inventory and the day alone."""
        zone = self._inventory.time_zone
        today = now.astimezone(zone).date()
        if today == self._today:
            return
        live, overdue, provided = list[Connection](), dict[TargetId, float](), dict[TargetId, float]()
        for place, link in enumerate(self._connections(), start=1):
            stage = link.stage(today)
            provided[link.provider] = 1.0
            if stage is Stage.LIVE:
                live.append(link)
            elif link.due is not None and link.due < today and stage not in RESTING:
                overdue[link.id] = datetime.combine(link.due + timedelta(days=1), time(), tzinfo=zone).timestamp()
            if place % TOGETHER == 0:
                yield
        own = self._inventory.connections
        yield from self.shown.put(families.PROVIDES.name, {one: 1.0 for one in provided if self.shown.target(one)})
        yield from self.shown.put(families.OVERDUE.name, {one: due for one, due in overdue.items() if one in own})
        self._today, self._live = today, live

    def _show_stale(self, now: float) -> Iterator[None]:
        newest, stale = dict[TargetId, float](), dict[TargetId, float]()
        yield from self._evidence.of_targets(LAST_RECORD, newest)
        for place, (target_id, at) in enumerate(newest.items(), start=1):
            target = self.shown.target(target_id)
            limit = None if target is None else target.objective.freshness
            if limit is not None and now - at > limit.total_seconds():
                stale[target_id] = at
            if place % TOGETHER == 0:
                yield
        yield from self.shown.put(families.STALE_RECORD.name, stale)

    def _show_incomplete(self) -> Iterator[None]:
        least, incomplete = dict[TargetId, float](), dict[TargetId, float]()
        yield from self._evidence.of_targets(COMPLETENESS, least, is_least=True)
        for place, (target_id, ratio) in enumerate(least.items(), start=1):
            target = self.shown.target(target_id)
            limit = None if target is None else target.objective.completeness
            if limit is not None and ratio < limit:
                incomplete[target_id] = ratio
            if place % TOGETHER == 0:
                yield
        yield from self.shown.put(families.INCOMPLETE.name, incomplete)

    def _show_certificates(self, now: float) -> Iterator[None]:
        first = dict[TargetId, float]()
        yield from self._evidence.of_targets(CERT_EXPIRY, first, is_least=True)
        ends = dict[TargetId, float]()
        for place, (target_id, at) in enumerate(first.items(), start=1):
            if at < now + ENDING_SECONDS and self.shown.target(target_id) is not None:
                ends[target_id] = at
            if place % TOGETHER == 0:
                yield
        yield from self.shown.put(families.CERTIFICATE_ENDING.name, ends)

    def _show_unused(self, now: float) -> Iterator[None]:
        newest, since = dict[TargetId, float](), dict[TargetId, float]()
        yield from self._evidence.of_connections(LAST_CALL, newest)
        yield from self._evidence.of_connections(UNCALLED_SINCE, since)
        dormant = dict[TargetId, float]()
        before = now - UNUSED.total_seconds()
        for place, link in enumerate(self._live, start=1):
            at = newest.get(link.id, since.get(link.id))
            if at is not None and at < before and link.stage(self._today - UNUSED) is Stage.LIVE:
                dormant[link.id] = at
            if place % TOGETHER == 0:
                yield
        yield from self.shown.put(families.DORMANT.name, dormant)

    def _show_calls(self, now: float, monotonic: float) -> Iterator[None]:
        yield from self._find_counting()
        yield from self._calls.refresh(self._counting or [], partial(self._is_late, now), monotonic)
        yield from self.counted.put(self._calls.by_consumer)
        found: dict[str, dict[TargetId, float]] = {
            key: {} for key in (families.CALLS.name, families.FAILING.name, *BY_SIDE.values())
        }
        for place, link in enumerate(self._live, start=1):
            pair = (str(link.consumer), str(link.provider))
            if (total := self._calls.total(pair)) is not None:
                found[families.CALLS.name][link.id] = total
                self._judge(link, pair, found)
            if place % TOGETHER == 0:
                yield
        for key, values in found.items():
            yield from self.shown.put(key, values)

    def _find_counting(self) -> Iterator[None]:
        """Find the checks that count calls, once for each inventory."""
        if self._counting is None:
            rows = list[CheckRow]()
            yield from self._evidence.counting(self._rows.values(), rows)
            self._counting = rows

    def _is_late(self, now: float, row: CheckRow) -> bool:
        until = self._evidence.until(row.check.id)
        return until is not None and until < now - LATE_SECONDS

    def _judge(self, link: Connection, pair: tuple[str, str], found: Mapping[str, dict[TargetId, float]]) -> None:
        """Find whether the calls of a connection fail more often than its objective allows."""
        objective, hour = link.objective.success, self._calls.last_hour(pair)
        if objective is None or hour is None or not hour.calls or hour.calls < objective.minimum:
            return
        share = (hour.by_provider + hour.by_consumer) / hour.calls
        if share > 1 - objective.rate + ROUNDING:
            found[families.FAILING.name][link.id] = share
            found[BY_SIDE[FaultDomain.PROVIDER]][link.id] = hour.by_provider
            found[BY_SIDE[FaultDomain.CONSUMER]][link.id] = hour.by_consumer

    def _show_concerned(self) -> Iterator[None]:
        concerned = dict.fromkeys(chain(self._faulty, *(self.shown.of(name) for name in CONCERNING)))
        found = dict[TargetId, float]()
        for place, target in enumerate(concerned, start=1):
            if isinstance(self.shown.target(target), Connection):
                found[target] = 1.0
            if place % TOGETHER == 0:
                yield
        yield from self.shown.put(families.CONCERNED.name, found)

    def _connections(self) -> list[Connection]:
        return [*self._inventory.connections.values(), *self._inventory.elsewhere.values()]
