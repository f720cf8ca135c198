"""How far a programme has come: required, connected, missing by name, overdue, and whether the pace meets the deadline.

Nothing is made up for what is not known: an agency on which no check looks, or of which nothing was reported, is
*unknown*, neither connected nor missing. A connection counts by its stage: it is the inventory that says whether it is
live, and its checks whether it works.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil

from monitor.inventory import (
    AgencyId,
    ByCheck,
    ByConnection,
    CheckId,
    Connection,
    Inventory,
    Population,
    Programme,
    Report,
    Stage,
    TargetId,
)
from monitor.judge.pace import Pace, pace
from monitor.observation import Status
from monitor.outcome import Confirmed

State = Callable[[str], Confirmed]


class Membership(StrEnum):
    """How a member of a population stands to the programme."""

    CONNECTED = "connected"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A member of a population and what may count for it, whatever its state.

    Attributes:
        id: Of an agency, or of a member that the programme names itself.
        is_agency: Whether it is an agency of the inventory.
    """

    id: str
    name: str
    name_en: str = ""
    is_agency: bool = False
    checks: tuple[CheckId, ...] = ()
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCoverage:
    """How one member stands.

    Attributes:
        evidence: The check, the connection or the document that says so; empty when there is none.
        since: When it was connected; None when it is not, or nobody knows.
        due: When it has to be, by its own connection or else by the programme.
        days_overdue: How long it is missing beyond that; 0 when it is not.
    """

    seat: Seat
    membership: Membership
    evidence: str = ""
    since: date | None = None
    due: date | None = None
    days_overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far a programme has come.

    Attributes:
        members: In the order of their ids; none in a population without names.
        required: How many there are to be connected for 100 %.
        needed: How many of them the goal asks for.
        connected: None when nothing at all is known.
    """

    members: tuple[MemberCoverage, ...]
    required: float
    needed: float
    connected: float | None
    pace: Pace

    @property
    def ratio(self) -> float | None:
        """Connected ÷ required; None when nothing is known."""
        return None if self.connected is None else self.connected / self.required

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None when nothing is known."""
        return None if self.connected is None else self.connected >= self.needed

    def count(self, membership: Membership) -> int:
        """Return how many members stand so."""
        return sum(one.membership is membership for one in self.members)

    @property
    def overdue(self) -> tuple[MemberCoverage, ...]:
        """Members that are missing beyond their date, the longest first."""
        late = (one for one in self.members if one.days_overdue > 0)
        return tuple(sorted(late, key=lambda one: (-one.days_overdue, one.seat.id)))


def census(programme: Programme, inventory: Inventory) -> tuple[Seat, ...]:
    """Return the population of a programme, with what may count for each; empty when it has no names.

    It depends on the inventory alone, and takes a walk through all of it: do it once for each inventory.
    """
    population = programme.population
    if population is None:
        return ()
    if population.members:
        return tuple(Seat(id=one.id, name=one.name, name_en=one.name_en) for one in population.members)
    checks, connections = _checks(programme, inventory), _connections(programme, inventory)
    return tuple(
        Seat(
            id=agency.id,
            name=agency.name,
            name_en=agency.name_en,
            is_agency=True,
            checks=tuple(checks.get(agency.id, ())),
            connections=tuple(connections.get(agency.id, ())),
        )
        for agency in (inventory.agencies[one] for one in _agencies(population, inventory))
    )


def coverage(
    programme: Programme,
    seats: Sequence[Seat],
    state: State,
    today: date,
    counted: Sequence[tuple[date, float, float]] = (),
) -> Coverage | None:
    """Return how far a programme has come on a day; None when it does not say of whom it asks what.

    Args:
        programme: The target set from above.
        seats: Its population, from ``census``.
        state: Returns the confirmed state of a check.
        today: In the inventory's time zone; what is reported or reached later does not count yet.
        counted: Days, how many were connected on each, at most, and how many had to be; in order. It is the history of
            what checks count, which have no dates of their own.
    """
    population, measured = programme.population, programme.measured
    if population is None or measured is None:
        return None
    reports = [one for one in programme.reports if one.on <= today]
    if population.count is not None:
        history = [(one.on, one.value) for one in reports]
        connected = history[-1][1] if history else None
        return _summed(programme, (), population.count, connected, history, today)
    members = tuple(_member(programme, seat, reports, state, today) for seat in seats)
    known = [one for one in members if one.membership is not Membership.UNKNOWN]
    connected = float(sum(one.membership is Membership.CONNECTED for one in members)) if known else None
    if isinstance(measured, ByCheck):
        history = [(day, value) for day, value, required in counted if required == len(members) and day <= today]
        return _summed(programme, members, float(len(members)), connected, history, today)
    dates = sorted(one.since for one in members if one.since is not None)
    history = [(day, float(number)) for number, day in enumerate(dates, start=1)]
    return _summed(programme, members, float(len(members)), connected, history, today)


def _summed(
    programme: Programme,
    members: tuple[MemberCoverage, ...],
    required: float,
    connected: float | None,
    history: Sequence[tuple[date, float]],
    today: date,
) -> Coverage:
    needed = programme.goal * required
    needed = float(ceil(needed - 1e-9)) if members else needed
    # An outage of this moment takes nothing back that was reached today.
    reached = max((value for day, value in history if day == today), default=connected)
    reached = connected if connected is None or reached is None else max(connected, reached)
    found = pace(history, reached, needed, programme.deadline, today)
    return Coverage(members=members, required=required, needed=needed, connected=connected, pace=found)


def _member(programme: Programme, seat: Seat, reports: Iterable[Report], state: State, today: date) -> MemberCoverage:
    measured, due = programme.measured, programme.deadline
    if isinstance(measured, ByCheck):
        membership, evidence, since = _by_checks(seat, state)
    elif isinstance(measured, ByConnection):
        membership, evidence, since = _by_connections(seat, today)
        due = min((one.due for one in seat.connections if one.due is not None), default=due)
    else:
        at_least = 1.0 if measured is None else measured.at_least
        membership, evidence, since = _by_reports([one for one in reports if one.member == seat.id], at_least)
    late = (today - due).days if due is not None and membership is Membership.MISSING else 0
    return MemberCoverage(
        seat=seat, membership=membership, evidence=evidence, since=since, due=due, days_overdue=max(0, late)
    )


Found = tuple[Membership, str, date | None]


def _by_checks(seat: Seat, state: State) -> Found:
    """Return whether all checks that count are up; since when is not known: an outage is no beginning."""
    states = [(one, state(one).status) for one in seat.checks]
    for status, membership in ((Status.DOWN, Membership.MISSING), (Status.UNKNOWN, Membership.UNKNOWN)):
        found = next((one for one, its in states if its is status), None)
        if found is not None:
            return membership, found, None
    return (Membership.CONNECTED, seat.checks[0], None) if states else (Membership.UNKNOWN, "", None)


def _by_connections(seat: Seat, today: date) -> Found:
    live = [(_reached(one, today), one.id) for one in seat.connections if one.stage(today) is Stage.LIVE]
    if live:
        since, evidence = min(live)
        return Membership.CONNECTED, evidence, since
    return Membership.MISSING, seat.connections[0].id if seat.connections else "", None


def _reached(connection: Connection, today: date) -> date:
    """Return the day on which a live connection came to its stage."""
    since = today
    for change in reversed([one for one in connection.stages if one.on <= today]):
        if change.stage is not Stage.LIVE:
            break
        since = change.on
    return since


def _by_reports(reports: Sequence[Report], at_least: float) -> Found:
    if not reports:
        return Membership.UNKNOWN, "", None
    newest = reports[-1]
    if newest.value < at_least:
        return Membership.MISSING, newest.source, None
    since = newest.on
    for report in reversed(reports):
        if report.value < at_least:
            break
        since = report.on
    return Membership.CONNECTED, newest.source, since


def _agencies(population: Population, inventory: Inventory) -> list[AgencyId]:
    if population.agencies:
        return sorted(one for one in population.agencies if one in inventory.agencies)
    return sorted(one.id for one in inventory.agencies.values() if one.agency_class in population.classes)


def _checks(programme: Programme, inventory: Inventory) -> dict[AgencyId, list[CheckId]]:
    found: dict[AgencyId, list[CheckId]] = {}
    measured = programme.measured
    if isinstance(measured, ByCheck):
        for system in inventory.systems.values():
            is_meant = programme.id in system.programmes if measured.kind is None else system.kind is measured.kind
            for check in inventory.checks_of.get(system.id, ()) if is_meant else ():
                if not measured.check or check.rpartition("/")[2] == measured.check:
                    found.setdefault(system.agency, []).append(check)
    return found


def _connections(programme: Programme, inventory: Inventory) -> dict[AgencyId, list[Connection]]:
    found: dict[AgencyId, list[Connection]] = {}
    measured = programme.measured
    if isinstance(measured, ByConnection):
        for connection in inventory.connections.values():
            if _counts(connection, measured, programme, inventory):
                found.setdefault(connection.agency, []).append(connection)
    return found


def _counts(connection: Connection, measured: ByConnection, programme: Programme, inventory: Inventory) -> bool:
    if measured.is_by_mark:
        return programme.id in connection.programmes
    provider = inventory.systems.get(TargetId(connection.provider))
    return measured.provider in {None, connection.provider} and (
        measured.kind is None or (provider is not None and provider.kind is measured.kind)
    )
