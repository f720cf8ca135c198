"""The lines about systems and connections."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitor.inventory import Connection, Inventory, System, Target, TargetId
from monitor.observation import Status
from monitor.outcome import NEVER, PENDING, Confirmed, Fault, StateSeconds
from monitor.rest import RESTING
from monitor.sinks.metrics import families
from monitor.sinks.metrics.agencies import Agencies, counted_as
from monitor.sinks.metrics.checks import STATUS
from monitor.sinks.metrics.column import Part, Style, states
from monitor.sinks.metrics.line import Sample, ending, lines, pairs
from monitor.sinks.metrics.particulars import particulars
from monitor.sinks.metrics.spent import STATES, put_spent
from monitor.sinks.metrics.store import Store

SPENT = states(families.CONNECTION_SECONDS, STATES)
STATE_FAMILIES = {
    System: (families.SYSTEM_STATUS, families.SYSTEM_MAINTENANCE, families.SYSTEM_SINCE),
    Connection: (families.CONNECTION_STATUS, families.CONNECTION_MAINTENANCE, families.CONNECTION_SINCE),
}
MARKS: Mapping[str | None, str] = {state: f"{pairs({'state': state})}," for state in STATES}
PARTS = {
    families.CONNECTION_SECONDS.name: SPENT,
    families.CONNECTION_FAULT.name: (Part(families.CONNECTION_FAULT.name, Style.MARK),),
    families.NOT_UP.name: (Part(families.NOT_UP.name, Style.MARK),),
    **{family.name: (Part(family.name, Style.LINES),) for family in families.PARTICULARS},
}


@dataclass(slots=True, eq=False)
class TargetRow:
    """One target's place in the store, and its newest values.

    Attributes:
        labels: The identity.
        confirmed: Its state; None while nothing looks at it.
        passes: The hubs through which a connection is counted; none while it rests.
        fault: Where a connection is broken; None when nothing is known to be, or not yet where.
    """

    target: Target
    slot: int
    labels: dict[str, str]
    confirmed: Confirmed | None = None
    passes: tuple[TargetId, ...] = ()
    seconds: StateSeconds | None = None
    fault: Fault | None = None


class Targets:
    """Rows and lines of all systems and connections.

    Attributes:
        faulty: Connections with a fault that is located.
    """

    def __init__(self, agencies: Agencies) -> None:
        self.faulty: set[TargetId] = set()
        self._agencies = agencies
        self.store = Store(families.OF_TARGETS, PARTS)
        self.rows: dict[TargetId, TargetRow] = {}
        self._inventory = Inventory()
        self._today = date.min
        self._coming: dict[TargetId, list[date]] = {}

    def replace(self, inventory: Inventory, now: datetime) -> None:
        """Have rows for the targets of this inventory and no others.

        Of thousands of targets that stay, the very same, each costs a look whether it is the same.
        """
        targets: dict[TargetId, Target] = {**inventory.systems, **inventory.connections}
        rows = self.rows
        for target_id in [one for one, row in rows.items() if type(targets.get(one)) is not type(row.target)]:
            self._remove(rows.pop(target_id))
        has_moved = inventory.time_zone != self._inventory.time_zone
        self._inventory = inventory
        self.refresh(now)
        for target_id, target in targets.items():
            row = rows.get(target_id)
            if row is None:
                rows[target_id] = self._new(target)
            elif row.target is not target or has_moved:
                is_same = row.target == target and not has_moved
                row.target = target
                if not is_same:
                    self._render(row)
        self._follow_checks(inventory)

    def change(self, target_id: TargetId, now: Confirmed, seconds: StateSeconds | None, fault: Fault | None) -> None:
        """Take a new state of a target."""
        row = self.rows.get(target_id)
        if row is not None:
            self._turn(row, now)
            self._put_fault(row, fault)
            self.account(target_id, seconds)

    def account(self, target_id: TargetId, seconds: StateSeconds | None) -> None:
        """Take the newest account of a connection."""
        row = self.rows.get(target_id)
        if row is not None and seconds is not None and isinstance(row.target, Connection):
            put_spent(self.store, SPENT, row.slot, row.seconds, seconds)
            row.seconds = seconds

    def refresh(self, now: datetime) -> None:
        """Render the connections that have reached another stage since the last time, or left one if time went back."""
        today, before = now.astimezone(self._inventory.time_zone).date(), self._today
        if today != before:
            self._today = today
            for row in [*(self._reached(today) if today > before else self._reached_between(today, before))]:
                self._render(row)

    def samples(self) -> Iterator[Sample]:
        """Yield all samples, target by target."""
        rows = sorted(self.rows.values(), key=lambda row: row.slot)
        for row in rows:
            for name, value in _state(row):
                if value is not None:
                    yield name, row.labels, value
            if (state := _not_up(row)) is not None:
                yield families.NOT_UP.name, {**row.labels, "state": state}, 1.0
            if row.fault is not None:
                yield families.CONNECTION_FAULT.name, {**row.labels, **_blamed(row.fault)}, 1.0
            yield from self._particulars(row)
        for state in STATES:
            for row in rows:
                if row.seconds is not None:
                    labels = {**row.labels, "state": state}
                    yield families.CONNECTION_SECONDS.name, labels, getattr(row.seconds, state)

    def _reached(self, today: date) -> Iterator[TargetRow]:
        return (self.rows[one] for one, days in self._coming.items() if min(days) <= today)

    def _reached_between(self, first: date, last: date) -> Iterator[TargetRow]:
        for row in self.rows.values():
            if isinstance(row.target, Connection) and any(first < change.on <= last for change in row.target.stages):
                yield row

    def _new(self, target: Target) -> TargetRow:
        agency, _, name = target.id.partition("/")
        labels = {"agency": agency, "target": name}
        before = pairs({"agency": agency})
        row = TargetRow(target, self.store.add(target.id, f"{before},", pairs({"target": name})), labels)
        self._render(row)
        return row

    def _remove(self, row: TargetRow) -> None:
        self._turn(row, None)
        self._put_fault(row, None)
        self._lead(row, ())
        self.store.remove(row.slot)
        self._coming.pop(row.target.id, None)

    def _follow_checks(self, inventory: Inventory) -> None:
        """Begin and end states and accounts where something looks at a target now, or does not any more."""
        checked, watched = inventory.checks_of.keys(), inventory.checks_of.keys() | inventory.connections_watched
        for row in [row for one, row in self.rows.items() if (row.confirmed is None) is (one in watched)]:
            self._begin_or_end(row, is_watched=row.target.id in watched)
        for row in [row for one, row in self.rows.items() if row.seconds is not None and one not in checked]:
            self._end_account(row)

    def _begin_or_end(self, row: TargetRow, *, is_watched: bool) -> None:
        self._turn(row, PENDING if is_watched else None)
        self._put_fault(row, None)
        self._end_account(row)

    def _end_account(self, row: TargetRow) -> None:
        row.seconds = None
        for part in SPENT:
            self.store.put(part.key, row.slot, None)

    def _turn(self, row: TargetRow, confirmed: Confirmed | None) -> None:
        if isinstance(row.target, Connection):
            self._agencies.turn(row.target.agency, row.confirmed, confirmed)
        row.confirmed = confirmed
        for name, value in _state(row):
            self.store.put(name, row.slot, None if value is None else ending(value))
        self.store.put(families.NOT_UP.name, row.slot, MARKS.get(_not_up(row)))

    def _put_fault(self, row: TargetRow, fault: Fault | None) -> None:
        if fault is not row.fault:
            row.fault = fault
            if fault is None:
                self.faulty.discard(row.target.id)
            else:
                self.faulty.add(row.target.id)
            mark = None if fault is None else f"{pairs(_blamed(fault))},"
            self.store.put(families.CONNECTION_FAULT.name, row.slot, mark)

    def _render(self, row: TargetRow) -> None:
        """Render what the inventory says, as of today, and note the days on which that changes."""
        self._coming.pop(row.target.id, None)
        if isinstance(row.target, Connection):
            if days := [change.on for change in row.target.stages if change.on > self._today]:
                self._coming[row.target.id] = days
            self._lead(row, () if row.target.stage(self._today) in RESTING else row.target.via)
        by_name: dict[str, list[Sample]] = {family.name: [] for family in families.PARTICULARS}
        for sample in self._particulars(row):
            by_name[sample[0]].append(sample)
        for name, samples in by_name.items():
            self.store.put(name, row.slot, None)
            self.store.put(name, row.slot, lines(samples) or None)

    def _lead(self, row: TargetRow, passes: tuple[TargetId, ...]) -> None:
        if passes != row.passes:
            self._agencies.lead(row.target.agency, row.passes, passes)
            row.passes = passes

    def _particulars(self, row: TargetRow) -> Iterable[Sample]:
        return particulars(row.target, row.labels, self._today, self._inventory.time_zone)


def _blamed(fault: Fault) -> dict[str, str]:
    return {"at": fault.at, "domain": fault.domain}


def _not_up(row: TargetRow) -> str | None:
    """Return the state of a connection that is watched and not up, as agencies count it."""
    state = counted_as(row.confirmed) if isinstance(row.target, Connection) else None
    return None if state == Status.UP else state


def _state(row: TargetRow) -> Iterator[tuple[str, float | None]]:
    status, maintenance, since = STATE_FAMILIES[type(row.target)]
    state = row.confirmed
    yield status.name, None if state is None else STATUS.get(state.status)
    yield maintenance.name, None if state is None else float(state.maintenance)
    yield since.name, None if state is None or state.since == NEVER else state.since.timestamp()
