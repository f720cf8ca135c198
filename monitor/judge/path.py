"""The path of one connection as the judge keeps it: its hops with their states, and what they add to its account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from monitor.inventory import Check, CheckId, Connection, TargetId
from monitor.judge.belief import Belief
from monitor.judge.hop import Hop, Look
from monitor.judge.instant import length, microseconds
from monitor.judge.joint import Joint, Line
from monitor.judge.locate import HopVerdict, locate, verdicts
from monitor.observation import FaultDomain, Reason, Status
from monitor.outcome import Confirmed, Fault

if TYPE_CHECKING:
    from monitor.judge.track import TargetTrack

OF_PATH = CheckId("")
"""The line of a connection's account that stands for its path; no check has this id."""
FOR_EVER = 1 << 62
SLACK = timedelta(seconds=2)
MARGIN = timedelta(seconds=5)
"""How much later than a hub the connections through it may be told, when there are thousands."""
NO_CHECKS = "no check of its own looks at this connection"


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of where a connection stands.

    Attributes:
        verdicts: How each hop stands on this path.
        looks: The connection's own checks.
        fault: None when nothing is known to be broken, or not yet where.
        awaits: The systems and checks of which a look is awaited that may name another hop.
    """

    hops: tuple[Hop, ...]
    verdicts: tuple[HopVerdict, ...]
    looks: tuple[Look, ...]
    fault: Fault | None
    awaits: tuple[str, ...] = ()


class Path:
    """The way of a connection, from the consumer to the provider.

    Attributes:
        ids: Of the hops.
        tracks: What is remembered of each hop; None where no check looks.
    """

    __slots__ = ("ids", "roles", "tracks")

    def __init__(self, connection: Connection, systems: Mapping[TargetId, "TargetTrack"]) -> None:
        self.ids = connection.hops
        middle = (FaultDomain.HUB,) * len(connection.via)
        self.roles = (FaultDomain.CONSUMER, *middle, FaultDomain.PROVIDER)
        self.tracks = tuple(systems.get(TargetId(one)) for one in self.ids)

    def leads(self, connection: Connection, systems: Mapping[TargetId, "TargetTrack"]) -> bool:
        """Return whether this is still the way of a connection, its hops remembered in the same places."""
        if self.ids != connection.hops:
            return False
        for one, track in zip(self.ids, self.tracks, strict=True):
            if systems.get(cast("TargetId", one)) is not track:
                return False
        return True

    def hops(self) -> tuple[Hop, ...]:
        """Return the hops as they stand."""
        return tuple(
            Hop(role, one) if track is None else Hop(role, one, track.confirmed, track.sight)
            for role, one, track in zip(self.roles, self.ids, self.tracks, strict=True)
        )

    def broken(self) -> Hop | None:
        """Return the first hop that is down, or None."""
        for role, one, track in zip(self.roles, self.ids, self.tracks, strict=True):
            state = None if track is None else track.confirmed
            if state is not None and state.status is Status.DOWN:
                return Hop(role, one, state)
        return None

    def trace(self, looks: tuple[Look, ...], before: Fault | None = None) -> Trace:
        """Return where the connection stands, given its own checks and what was found the last time."""
        hops = self.hops()
        found = locate(hops, looks, before)
        return Trace(hops, verdicts(hops, found.fault), looks, found.fault, found.awaits)


def state_of(hop: Hop, *, is_inside: bool) -> Confirmed:
    """Return what a hop that is down makes of the connection; ``is_inside`` is the connection's own window."""
    state = hop.state
    assert state is not None  # noqa: S101 - it is down
    said = f": {state.detail}" if state.detail else ""
    return Confirmed(state.status, state.reason, state.since, f"the {hop.role} {hop.id} is down{said}", is_inside)


def without_checks(began: datetime, *, is_inside: bool) -> Confirmed:
    """Return the state of a connection that no check looks at and whose hops are not down."""
    return Confirmed(Status.UNKNOWN, Reason.PENDING, began, NO_CHECKS, is_inside)


def settling(checks: list[Check]) -> int:
    """Return for how many microseconds after a run's start the state of a hop with these checks may still change."""
    waits = (
        check.timeout + SLACK + (check.confirm.down - 1) * (min(check.recheck, check.every) + check.timeout + SLACK)
        for check in checks
    )
    return length(max(waits, default=timedelta(0)) + MARGIN)


def is_laid(joint: Joint, wait: int | None) -> bool:
    """Tell whether a connection's account has the line for its path that ``lay`` would give it."""
    line = joint.lines.get(OF_PATH)
    return line is None if wait is None else line is not None and line.wait == wait


def lay(joint: Joint, at: int, wait: int | None) -> None:
    """Give a connection's account a line for its path, or take it away when ``wait`` is None."""
    if wait is None:
        if OF_PATH in joint.lines:
            joint.drop(OF_PATH)
    elif (line := joint.lines.get(OF_PATH)) is None:
        joint.lines[OF_PATH] = Line(at, FOR_EVER, wait)
    else:
        line.wait = wait


def turn(joint: Joint, since: datetime, *, is_broken: bool) -> None:
    """Say in a connection's account since when its path is broken, or no longer is.

    An unbroken path adds nothing: what the time is worth the connection's own checks say.
    """
    line, belief = joint.lines.get(OF_PATH), Belief.DOWN if is_broken else Belief.PENDING
    if line is not None and line.turns[-1][1] is not belief:
        line.turn(microseconds(since), belief, FOR_EVER)
