"""What the judge remembers of one check, and of one target."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.inventory import Check, CheckId, TargetId
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import Standing
from monitor.judge.instant import length
from monitor.judge.joint import Joint
from monitor.judge.locate import Hop, Look, locate
from monitor.judge.path import Path, state_of, turn, without_checks
from monitor.judge.worst import follow, worst
from monitor.observation import FaultDomain, Status
from monitor.outcome import Confirmed, Fault, Subject

SLACK = timedelta(seconds=2)
"""How much later than its timeout a run may be heard of, and than its beat it may start."""


def hold(check: Check) -> int:
    """Return for how many microseconds after a run's start its state stands."""
    return length(check.every + check.timeout + SLACK)


def patience_seconds(check: Check) -> float:
    """Return for how long a check may be silent before it is overdue."""
    return (2 * check.every + check.timeout + SLACK).total_seconds()


@dataclass(slots=True, eq=False)
class TargetTrack:
    """What is remembered of a system or a connection.

    Attributes:
        confirmed: Its state; None while it has no checks.
        settled: Its newest state that was not unknown.
        joint: The account of a connection; None for a system.
        is_inside: Whether a planned window is open.
        path: The way of a connection; None for a system.
        through: The connections whose path leads over a system.
        fault: Where a connection is broken; None when nothing is known to be.
    """

    id: TargetId
    subject: Subject
    checks: tuple[CheckId, ...] = ()
    tracks: "list[CheckTrack]" = field(default_factory=list)
    confirmed: Confirmed | None = None
    settled: Confirmed | None = None
    calendar: Calendar | None = None
    joint: Joint | None = None
    is_inside: bool = False
    path: Path | None = None
    through: "tuple[TargetTrack, ...]" = ()
    fault: Fault | None = None

    @property
    def is_connection(self) -> bool:
        """Whether it is a connection."""
        return self.joint is not None

    def review(self, began: datetime) -> Confirmed | None:
        """Bring the state up to date after a change that began at ``began``; return the state before."""
        before = self.confirmed
        states = [track.confirmed for track in self.tracks]
        hop = None if self.path is None else self.path.broken()
        if hop is not None:
            states.append(state_of(hop, is_inside=self.is_inside))
        found = worst(states)
        if found is None and self.path is not None:
            found = without_checks(began, is_inside=self.is_inside)
        if found is None:
            self.confirmed = None
            return before
        self.confirmed = follow(before, self.settled, found, began)
        if found.status is not Status.UNKNOWN:
            self.settled = self.confirmed
        if self.joint is not None:
            self._locate(hop, began)
        return before

    def looks(self) -> tuple[Look, ...]:
        """Return what the target's own checks say."""
        return tuple([Look(track.id, track.confirmed, track.hint) for track in self.tracks])

    def _locate(self, broken: Hop | None, began: datetime) -> None:
        path, joint, state = self.path, self.joint, self.confirmed
        if path is None or joint is None or state is None:
            return
        since = broken.state.since if broken is not None and broken.state is not None else began
        turn(joint, since, is_broken=broken is not None)
        self.fault = None if state.status is Status.UP else locate(path.hops(), self.looks())


@dataclass(slots=True, eq=False)
class CheckTrack:
    """What is remembered of a check.

    Attributes:
        confirmed: Its state, maintenance mark included.
        heard: When the newest outcome came in, on the monotonic clock.
        watched: When to look whether it is silent; an older plan to look is void.
        hint: Whose fault the run said it is that the newest state which is not up rests on; None when it did not say.
    """

    check: Check
    target: TargetTrack
    account: Account
    standing: Standing
    confirmed: Confirmed
    heard: float
    watched: float = 0.0
    hint: FaultDomain | None = None

    @property
    def id(self) -> CheckId:
        """The id of the check."""
        return self.check.id

    def refresh(self) -> bool:
        """Bring the confirmed state up to date; return whether a listener must be told of a change."""
        state, before, is_inside = self.standing.confirmed, self.confirmed, self.target.is_inside
        if is_inside:
            state = Confirmed(state.status, state.reason, state.since, state.detail, maintenance=True)
        self.confirmed = state
        return state.status is not before.status or is_inside is not before.maintenance
