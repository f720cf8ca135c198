"""What is watched: agencies, systems, connections, checks, contacts and programmes, frozen and indexed by id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NewType
from zoneinfo import ZoneInfo

from monitor.measure import Measure
from monitor.plugin.probe import Probe, Where

AgencyId = NewType("AgencyId", str)
TargetId = NewType("TargetId", str)
"""``agency/target``: a system or a connection."""
CheckId = NewType("CheckId", str)
"""``agency/target/check``."""
ContactId = NewType("ContactId", str)
ProgrammeId = NewType("ProgrammeId", str)


class AgencyClass(StrEnum):
    """The classes in which agencies are ranked."""

    MINISTRY = "ministry"
    MINISTERIAL = "ministerial"
    GOVERNMENT_AGENCY = "government_agency"
    PROVINCE = "province"
    CITY = "city"


class SystemKind(StrEnum):
    """What an information system is for."""

    HUB = "hub"
    NATIONAL_DATABASE = "national_database"
    SECTORAL_DATABASE = "sectoral_database"
    NATIONAL_SYSTEM = "national_system"
    ADMINISTRATIVE_PROCEDURE = "administrative_procedure"
    REPORTING = "reporting"
    PORTAL = "portal"
    DOCUMENT = "document"
    SPECIALISED_DATABASE = "specialised_database"
    OPERATIONS_CENTRE = "operations_centre"
    OTHER = "other"


class Stage(StrEnum):
    """How far a connection has come."""

    PLANNED = "planned"
    REQUESTED = "requested"
    APPROVED = "approved"
    TESTING = "testing"
    LIVE = "live"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to tell. Only the id ever becomes a label."""

    id: ContactId
    agency: AgencyId
    name: str = ""
    name_en: str = ""
    email: str = ""
    telephone: str = ""
    webhook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An organisation that owns systems.

    Attributes:
        code: Level-1 electronic identification code, such as G01; empty for provinces and cities.
        admin_code: Code of the administrative unit, such as 01; empty for central agencies.
        formerly: Ids it had before a renaming or a merger.
    """

    id: AgencyId
    agency_class: AgencyClass
    name: str
    name_en: str = ""
    code: str = ""
    admin_code: str = ""
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """A planned maintenance window that comes back every week, in local time.

    Attributes:
        days: 0 is Monday, as in ``date.weekday()``: the day on which the window opens.
    """

    days: frozenset[int]
    start: time
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOffWindow:
    """A planned maintenance window that comes once.

    Attributes:
        start: With its time zone.
    """

    start: datetime
    length: timedelta


Window = WeeklyWindow | OneOffWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHours:
    """When a connection is promised to work, in local time; an ``end`` of midnight closes the day."""

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessObjective:
    """Which share of real calls must succeed.

    Attributes:
        rate: A ratio, 0.99 for 99 %.
        minimum: Of fewer calls nothing is said: they are too few.
    """

    rate: float
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What a target is held to.

    Attributes:
        availability: A ratio, 0.99 for 99 %.
        freshness: How old the newest record may be.
        completeness: Records held ÷ records expected, a ratio.
        latency: Limits by percentile, such as ``{"p95": 2 s}``.
    """

    availability: float | None = None
    freshness: timedelta | None = None
    completeness: float | None = None
    success: SuccessObjective | None = None
    latency: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An information system of an agency.

    Attributes:
        security_level: 1 to 5 (Decree 85/2016/ND-CP); None when not yet assessed.
        tier: How much depends on it, 1 the most; None when not ranked.
    """

    id: TargetId
    agency: AgencyId
    kind: SystemKind
    name: str
    name_en: str = ""
    owner: ContactId | None = None
    environment: str = "production"
    zone: str = ""
    security_level: int | None = None
    tier: int | None = None
    programmes: frozenset[ProgrammeId] = frozenset()
    maintenance: tuple[Window, ...] = ()
    objective: Objective = field(default_factory=Objective)
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """The day on which a connection came to a stage."""

    stage: Stage
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A directed data-sharing path: consumer, via hubs, to the provider.

    Attributes:
        consumer: A system, or the agency itself.
        via: Hubs on the way, the consumer's side first.
        stages: By date, the oldest first.
        external_ids: How other systems name this connection in their logs, by system.
    """

    id: TargetId
    agency: AgencyId
    consumer: TargetId | AgencyId
    provider: TargetId
    via: tuple[TargetId, ...] = ()
    name: str = ""
    name_en: str = ""
    owner: ContactId | None = None
    stages: tuple[StageChange, ...] = ()
    due: date | None = None
    legal_basis: str = ""
    expected_calls_per_day: int | None = None
    service_hours: ServiceHours | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    programmes: frozenset[ProgrammeId] = frozenset()
    maintenance: tuple[Window, ...] = ()
    formerly: tuple[str, ...] = ()

    @property
    def hops(self) -> tuple[TargetId | AgencyId, ...]:
        """The whole path: consumer, hubs, provider."""
        return (self.consumer, *self.via, self.provider)

    def stage(self, on: date) -> Stage:
        """Return the stage reached on a day; planned before the first."""
        reached = [change.stage for change in self.stages if change.on <= on]
        return reached[-1] if reached else Stage.PLANNED


Target = System | Connection


@dataclass(frozen=True, slots=True)
class Confirm:
    """How many runs in a row confirm a change: to down (or degraded), and back up."""

    down: int = 2
    up: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """This target, this probe, every so often, within a timeout.

    Attributes:
        kind: Name of the probe kind.
        plugin: Name of the plugin that offers the kind.
        recheck: How soon to look again while a change is unconfirmed.
        host: The target host whose slots the run takes; empty when the configuration names none.
        max_latency: A run that takes longer counts as slow; None when there is no latency objective.
        phases: Whether the phases of each run are exposed.
        measures: By name, all that its observations may carry.
        fingerprint: Equal for two checks that are configured alike; reload keeps what did not change.
    """

    id: CheckId
    kind: str
    plugin: str
    probe: Probe
    every: timedelta
    timeout: timedelta
    confirm: Confirm = Confirm()
    recheck: timedelta = timedelta(seconds=10)
    host: str = ""
    where: Where = Where.IN_LOOP
    max_latency: timedelta | None = None
    phases: bool = False
    measures: Mapping[str, Measure] = field(default_factory=dict)
    fingerprint: str = ""
    formerly: tuple[str, ...] = ()

    @property
    def agency(self) -> AgencyId:
        """The agency that owns the target."""
        return AgencyId(self.id.partition("/")[0])

    @property
    def target(self) -> TargetId:
        """The target looked at, ``agency/target``."""
        return TargetId(self.id.rpartition("/")[0])

    @property
    def name(self) -> str:
        """The short id, the last part."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody, or something, that a programme asks to be connected and that is no agency of its own."""

    id: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Of whom a programme asks something; exactly one of the fields is given.

    Attributes:
        classes: All agencies of these classes.
        agencies: These agencies.
        members: These services, places or whatever the programme lists.
        count: So many, without names: 53 services, or 100 for a share in percent.
    """

    classes: frozenset[AgencyClass] = frozenset()
    agencies: tuple[AgencyId, ...] = ()
    members: tuple[Member, ...] = ()
    count: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCheck:
    """An agency is connected while checks of its systems are up.

    Attributes:
        check: Short id of the checks that count; empty for all of them.
        kind: Of the systems whose checks count; None for the systems that name the programme.
    """

    check: str = ""
    kind: SystemKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByConnection:
    """An agency is connected once a connection of it is live.

    Attributes:
        provider: Where the connection must lead; None for any.
        kind: Of the provider; None for any.
    """

    provider: TargetId | None = None
    kind: SystemKind | None = None

    @property
    def is_by_mark(self) -> bool:
        """Whether the connections that count are those that name the programme."""
        return self.provider is None and self.kind is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByReport:
    """A member is connected once a report says so.

    Attributes:
        at_least: The value from which on a member counts; of a population without names the value itself counts.
    """

    at_least: float = 1.0


Measured = ByCheck | ByConnection | ByReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A number that somebody reported.

    Attributes:
        member: Whom it is about; empty for a population without names.
        source: The document that says so.
    """

    member: str
    value: float
    on: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A target set from above: who must have what by when.

    Attributes:
        owner: Who is told of it, ``agency/contact``; empty while nobody is named.
        goal: A ratio, 1.0 for 100 %.
        source: The document that sets it.
        population: Of whom it is asked; None while nobody has said, and then nothing is counted.
        measured: What counts as connected; None together with the population.
        reports: By date, the oldest first.
    """

    id: ProgrammeId
    name: str
    name_en: str = ""
    owner: str = ""
    goal: float = 1.0
    deadline: date | None = None
    source: str = ""
    population: Population | None = None
    measured: Measured | None = None
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """All that is watched. Built whole or not at all, never changed.

    Attributes:
        resting: Connections of which nothing is expected today, and which nothing looks at.
        elsewhere: Connections that another process looks at; what is counted here may be calls of theirs.
    """

    agencies: Mapping[AgencyId, Agency] = field(default_factory=dict)
    contacts: Mapping[tuple[AgencyId, ContactId], Contact] = field(default_factory=dict)
    systems: Mapping[TargetId, System] = field(default_factory=dict)
    connections: Mapping[TargetId, Connection] = field(default_factory=dict)
    checks: Mapping[CheckId, Check] = field(default_factory=dict)
    programmes: Mapping[ProgrammeId, Programme] = field(default_factory=dict)
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    resting: frozenset[TargetId] = frozenset()
    elsewhere: Mapping[TargetId, Connection] = field(default_factory=dict)

    @cached_property
    def checks_of(self) -> Mapping[TargetId, tuple[CheckId, ...]]:
        """The checks of each target that has any."""
        found: dict[TargetId, list[CheckId]] = {}
        for check in self.checks.values():
            found.setdefault(check.target, []).append(check.id)
        return {target: tuple(checks) for target, checks in found.items()}

    @cached_property
    def connections_watched(self) -> frozenset[TargetId]:
        """Connections that do not rest and of which something is seen: they, or a system on their path, have checks."""
        checked = self.checks_of.keys()
        seen = (one.id for one in self.connections.values() if one.id in checked or not checked.isdisjoint(one.hops))
        return frozenset(seen) - self.resting

    def is_watched(self, target_id: TargetId) -> bool:
        """Return whether a target has a state."""
        return target_id in self.checks_of or target_id in self.connections_watched

    def target(self, target_id: TargetId) -> Target | None:
        """Return the system or connection with this id, or None."""
        return self.systems.get(target_id) or self.connections.get(target_id)
