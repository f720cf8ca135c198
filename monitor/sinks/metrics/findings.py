"""What is the matter with few systems and connections at a time, found when a scrape asks.

Prometheus would have to read several series of every connection each minute to find those few.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import chain
from math import inf

from monitor.clock import Clock
from monitor.inventory import CheckId, Connection, Inventory, Stage, Target, TargetId
from monitor.observation import FaultDomain
from monitor.owner import owner_of
from monitor.rest import RESTING
from monitor.sinks.metrics import families
from monitor.sinks.metrics.calls import Calls
from monitor.sinks.metrics.column import Part, Style
from monitor.sinks.metrics.evidence import CERT_EXPIRY, COMPLETENESS, LAST_CALL, LAST_RECORD, UNCALLED_SINCE, Evidence
from monitor.sinks.metrics.line import Sample, ending, labelled, lines, pairs
from monitor.sinks.metrics.row import CheckRow
from monitor.sinks.metrics.store import Store

STALE_AFTER_SECONDS = 10.0
"""Slices of one scrape, and scrapes of two Prometheus servers, are served from one look."""
TOGETHER = 500
"""So many targets are looked at in one step: about a millisecond."""
ENDING_SECONDS = 30 * 86_400.0
"""From when on a certificate is told."""
UNUSED = timedelta(days=30)
"""A live connection without a real call for so long is dormant."""
LATE_SECONDS = 5400.0
"""Logs come by the hour: what has not been counted up to so long ago is late, and nothing is said of its calls."""

BY_SIDE = {side: f"{families.FAILED.name} {side}" for side in (FaultDomain.PROVIDER, FaultDomain.CONSUMER)}
PARTS = {
    families.CONCERNED.name: (Part(families.CONCERNED.name, Style.LINES),),
    families.CALLS.name: (Part(families.CALLS.name, Style.LINES),),
    families.CHECK_CALLS.name: (Part(families.CHECK_CALLS.name, Style.LINES),),
    families.FAILED.name: tuple(Part(key, between=f'domain="{side}",') for side, key in BY_SIDE.items()),
}
KEYS = {
    part.key: family
    for family in families.OF_FINDINGS
    if family is not families.CHECK_CALLS
    for part in PARTS.get(family.name, (Part(family.name),))
}
"""The columns with one value for each target."""
CONCERNING = tuple(
    family.name
    for family in (
        families.STALE_RECORD, families.INCOMPLETE, families.CERTIFICATE_ENDING, families.OVERDUE, families.DORMANT,
        families.FAILING,
    )
)  # fmt: skip
"""What makes a connection one of which alerts may have to tell whose it is; a fault does, too."""


CALLED = ("consumer", "outcome")


class Findings:
    """Findings by target, and their lines."""

    def __init__(self, rows: Mapping[CheckId, CheckRow], evidence: Evidence, faulty: Iterable[TargetId]) -> None:
        """Look at what these checks have read; ``faulty`` are the connections with a fault at the time."""
        self.store = Store(families.OF_FINDINGS, PARTS)
        self._faulty = faulty
        self._rows = rows
        self._evidence = evidence
        self._calls = Calls()
        self._counting: list[CheckRow] | None = None
        self._inventory = Inventory()
        self._slots: dict[TargetId, int] = {}
        self._found: dict[str, dict[TargetId, float]] = {key: {} for key in KEYS}
        self._counted: dict[CheckId, tuple[int, dict[tuple[str, ...], float]]] = {}
        self._whose: dict[str, dict[TargetId, Target]] = {families.CONCERNED.name: {}, families.CALLS.name: {}}
        self._today = date.min
        self._live: list[Connection] = []
        self._ahead: Iterator[None] | None = None
        self._began = -inf

    def replace(self, inventory: Inventory, gone: Iterable[CheckId]) -> None:
        """Look at the targets of this inventory from now on.

        The rows are those of its checks already; checks that are ``gone`` or configured otherwise read nothing more.
        """
        self._ahead, self._began, self._today = None, -inf, date.min
        self._inventory = inventory
        self._counting = None
        self._evidence.replace(self._rows, gone)
        for target in [one for one in self._slots if self._target(one) is None]:
            for found in self._found.values():
                found.pop(target, None)
            for whose in self._whose.values():
                whose.pop(target, None)
            self.store.remove(self._slots.pop(target))

    def refresh(self, clock: Clock) -> Iterator[None]:
        """Look anew, unless that was done a moment ago, in steps that are quick to make.

        Whoever comes while a look is under way helps to finish it; one that nobody went on with begins again.
        """
        monotonic = clock.monotonic()
        if monotonic - self._began >= STALE_AFTER_SECONDS:
            self._began, self._ahead = monotonic, self._look(clock.now(), monotonic)
        while (ahead := self._ahead) is not None:
            if next(ahead, ahead) is ahead and ahead is self._ahead:
                self._ahead = None
            yield

    def samples(self) -> Iterator[Sample]:
        """Yield all samples."""
        for key, family in KEYS.items():
            found = self._found[key]
            for target in sorted(found, key=lambda one: self._slots[one]):
                yield family.name, self._labels(key, target), found[target]
        for check, (_, sums) in sorted(self._counted.items(), key=lambda one: one[1][0]):
            for labels, total in sums.items():
                named = dict(zip(CALLED, labels, strict=True))
                yield families.CHECK_CALLS.name, {**_identity(check), **named}, total

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
        yield from self._show(families.PROVIDES.name, {one: 1.0 for one in provided if self._target(one)})
        yield from self._show(families.OVERDUE.name, {one: due for one, due in overdue.items() if self._is_own(one)})
        self._today, self._live = today, live

    def _show_stale(self, now: float) -> Iterator[None]:
        newest, stale = dict[TargetId, float](), dict[TargetId, float]()
        yield from self._evidence.of_targets(LAST_RECORD, newest)
        for place, (target_id, at) in enumerate(newest.items(), start=1):
            target = self._target(target_id)
            limit = None if target is None else target.objective.freshness
            if limit is not None and now - at > limit.total_seconds():
                stale[target_id] = at
            if place % TOGETHER == 0:
                yield
        yield from self._show(families.STALE_RECORD.name, stale)

    def _show_incomplete(self) -> Iterator[None]:
        least, incomplete = dict[TargetId, float](), dict[TargetId, float]()
        yield from self._evidence.of_targets(COMPLETENESS, least, is_least=True)
        for place, (target_id, ratio) in enumerate(least.items(), start=1):
            target = self._target(target_id)
            limit = None if target is None else target.objective.completeness
            if limit is not None and ratio < limit:
                incomplete[target_id] = ratio
            if place % TOGETHER == 0:
                yield
        yield from self._show(families.INCOMPLETE.name, incomplete)

    def _show_certificates(self, now: float) -> Iterator[None]:
        first = dict[TargetId, float]()
        yield from self._evidence.of_targets(CERT_EXPIRY, first, is_least=True)
        ends = dict[TargetId, float]()
        for place, (target_id, at) in enumerate(first.items(), start=1):
            if at < now + ENDING_SECONDS and self._target(target_id) is not None:
                ends[target_id] = at
            if place % TOGETHER == 0:
                yield
        yield from self._show(families.CERTIFICATE_ENDING.name, ends)

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
        yield from self._show(families.DORMANT.name, dormant)

    def _show_calls(self, now: float, monotonic: float) -> Iterator[None]:
        yield from self._find_counting()
        rows = self._counting or []
        late = [row for row in rows if (self._evidence.until(row.check.id) or now) < now - LATE_SECONDS]
        yield from self._calls.refresh(rows, late, monotonic)
        yield from self._show_counted()
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
            yield from self._show(key, values)

    def _show_counted(self) -> Iterator[None]:
        """Show what each check has counted by consumer."""
        key, by_check = families.CHECK_CALLS.name, self._calls.by_consumer
        for check in [one for one in self._counted if one not in by_check]:
            self.store.remove(self._counted.pop(check)[0])
        for check, sums in by_check.items():
            slot, before = self._counted.get(check) or (self.store.add(check.rpartition("/")[0], "", ""), {})
            if sums != before:
                self.store.put(key, slot, labelled(key, _identity(check), CALLED, sums) or None)
            self._counted[check] = slot, sums
            yield

    def _find_counting(self) -> Iterator[None]:
        """Find the checks that count calls, once for each inventory."""
        if self._counting is None:
            rows = list[CheckRow]()
            yield from self._evidence.counting(self._rows.values(), rows)
            self._counting = rows
            self._calls.follow(rows)

    def _judge(self, link: Connection, pair: tuple[str, str], found: Mapping[str, dict[TargetId, float]]) -> None:
        """Find whether the calls of a connection fail more often than its objective allows."""
        objective, hour = link.objective.success, self._calls.last_hour(pair)
        if objective is None or hour is None or not hour.calls or hour.calls < objective.minimum:
            return
        share = (hour.by_provider + hour.by_consumer) / hour.calls
        if share > 1 - objective.rate:
            found[families.FAILING.name][link.id] = share
            found[BY_SIDE[FaultDomain.PROVIDER]][link.id] = hour.by_provider
            found[BY_SIDE[FaultDomain.CONSUMER]][link.id] = hour.by_consumer

    def _show_concerned(self) -> Iterator[None]:
        concerned = chain(self._faulty, *(self._found[name] for name in CONCERNING))
        found = {one: 1.0 for one in concerned if isinstance(self._target(one), Connection)}
        yield from self._show(families.CONCERNED.name, found)

    def _show(self, key: str, found: Mapping[TargetId, float]) -> Iterator[None]:
        """Replace all findings of a kind, and render those that differ or belong to somebody else now."""
        shown, whose = self._found[key], self._whose.get(key)
        for target in [one for one in shown if one not in found]:
            self.store.put(key, self._slots[target], None)
            del shown[target]
        for place, (target, value) in enumerate(found.items(), start=1):
            is_other = whose is not None and whose.get(target) is not self._target(target)
            if is_other or shown.get(target) != value:
                self.store.put(key, self._slot(target), self._text(key, target, value))
                shown[target] = value
            if is_other and whose is not None and (now := self._target(target)) is not None:
                whose[target] = now
            if place % TOGETHER == 0:
                yield

    def _text(self, key: str, target: TargetId, value: float) -> str:
        if KEYS[key] in {families.CONCERNED, families.CALLS}:
            return lines([(key, self._labels(key, target), value)])
        return ending(value)

    def _labels(self, key: str, target_id: TargetId) -> dict[str, str]:
        agency, _, name = target_id.partition("/")
        labels, target = {"agency": agency, "target": name}, self._target(target_id)
        family = KEYS[key]
        if family is families.FAILED:
            return {**labels, "domain": next(str(side) for side, part in BY_SIDE.items() if part == key)}
        if family not in {families.CONCERNED, families.CALLS} or not isinstance(target, Connection):
            return labels
        labels |= {"consumer": target.consumer, "owner": owner_of(target), "provider": target.provider}
        return labels if family is families.CALLS else {**labels, "via": ",".join(target.via)}

    def _slot(self, target: TargetId) -> int:
        slot = self._slots.get(target)
        if slot is None:
            agency, _, name = target.partition("/")
            before = f"{pairs({'agency': agency})},"
            slot = self._slots[target] = self.store.add(target, before, pairs({"target": name}))
        return slot

    def _connections(self) -> list[Connection]:
        return [*self._inventory.connections.values(), *self._inventory.elsewhere.values()]

    def _is_own(self, target: TargetId) -> bool:
        return target in self._inventory.connections

    def _target(self, target: TargetId) -> Target | None:
        return self._inventory.target(target) or self._inventory.elsewhere.get(target)


def _identity(check: CheckId) -> dict[str, str]:
    agency, target, name = check.split("/")
    return {"agency": agency, "check": name, "target": target}
