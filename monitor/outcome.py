"""Events: the record of one run, and the changes that follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from monitor.inventory import AgencyId, CheckId, Inventory, TargetId
from monitor.observation import FaultDomain, Observation, Reason, Status

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The state of a check after its thresholds.

    Attributes:
        reason: None when and only when the status is up.
        since: When the state began, with the first run that showed it.
        maintenance: Whether a planned window of the target is running.
    """

    status: Status
    reason: Reason | None
    since: datetime
    detail: str = ""
    maintenance: bool = False


PENDING = Confirmed(Status.UNKNOWN, Reason.PENDING, NEVER, "no run has ended yet")


@dataclass(frozen=True, slots=True)
class StateSeconds:
    """Seconds spent in each state since the monitor started; they add up to the time decided about."""

    up: float = 0.0
    degraded: float = 0.0
    down: float = 0.0
    maintenance: float = 0.0
    unknown: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The record of one run of a check.

    Attributes:
        vantage: Name of the place from which we looked.
        started: UTC.
        phases: Seconds by phase name: resolve, connect, tls, processing, transfer, or the probe's own.
        is_run: False for the record of a run that was due but did not take place.
        confirmed: Filled in by the judge, as are the seconds.
        connection_seconds: The account of the connection that the check looks at; None for a check of a system.
        memory: What the probe will find in its memory next time; None when it wrote nothing, or the run failed.
    """

    check: CheckId
    vantage: str
    started: datetime
    duration_seconds: float
    observation: Observation
    phases: Mapping[str, float] = field(default_factory=dict)
    is_run: bool = True
    confirmed: Confirmed = PENDING
    seconds: StateSeconds = StateSeconds()
    connection_seconds: StateSeconds | None = None
    memory: bytes | None = field(default=None, repr=False)


class Subject(StrEnum):
    """What a state belongs to."""

    CHECK = "check"
    SYSTEM = "system"
    CONNECTION = "connection"


class Ground(StrEnum):
    """What a fault is laid at a hop's door for, the firmest first."""

    HOP = "hop"
    """The hop's own checks are down."""
    HINT = "hint"
    """The answer to a check of the connection says whose fault it is."""
    REASON = "reason"
    """The reason of a check of the connection says whose fault it is."""
    DOOR = "door"
    """The first system on the way is the one that did not take, or broke off, the check's connection."""
    ELIMINATION = "elimination"
    """What the checks of all hops leave over."""
    OURS = "ours"
    """The monitor could not look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where a connection is broken, and who has to act.

    Attributes:
        at: The first broken hop, a system or the consumer's agency; empty when the fault is the monitor's.
        status: How bad it is: down or degraded; unknown when the fault is the monitor's.
        check: The check of the connection whose evidence it is; None when it is the hop's own state.
        since: When the state that is the evidence began.
    """

    domain: FaultDomain
    at: TargetId | AgencyId | Literal[""]
    status: Status
    reason: Reason
    ground: Ground
    check: CheckId | None
    since: datetime
    detail: str = ""

    def is_like(self, other: "Fault | None") -> bool:
        """Return whether another fault has the same hop and the same domain."""
        return other is not None and self.domain is other.domain and self.at == other.at


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """A confirmed state that differs from the one before, or whose maintenance mark or fault does.

    Attributes:
        before: The state until now; None for the first one.
        at: When it was confirmed; ``now.since`` says when it began.
        seconds: Time in each state so far; None for a system.
        fault: Of a connection that is not up, the first broken hop and its domain; None for anything else.
    """

    subject: Subject
    id: CheckId | TargetId
    before: Confirmed | None
    now: Confirmed
    at: datetime
    seconds: StateSeconds | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryReplaced:
    """A new inventory is in force.

    Attributes:
        changed: Checks that are in both inventories, but configured differently.
        removed: Checks that are gone; whatever was kept of them goes too.
        plugins: Versions of the plugins in force, by name.
    """

    inventory: Inventory
    added: frozenset[CheckId]
    changed: frozenset[CheckId]
    removed: frozenset[CheckId]
    plugins: Mapping[str, str] = field(default_factory=dict)


Event = Outcome | StateChanged | InventoryReplaced
Sink = Callable[[Event], None]
