"""What the judge remembers of one check, and of one target."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.inventory import Check, CheckId, TargetId
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import Standing
from monitor.judge.instant import length
from monitor.judge.joint import Joint
from monitor.judge.worst import follow, worst
from monitor.observation import Status
from monitor.outcome import Confirmed, Subject

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

    @property
    def is_connection(self) -> bool:
        """Whether it is a connection."""
        return self.joint is not None

    def review(self, began: datetime) -> Confirmed | None:
        """Bring the state up to date after a change that began at ``began``; return the state before."""
        before = self.confirmed
        found = worst(track.confirmed for track in self.tracks)
        if found is None:
            self.confirmed = None
            return before
        self.confirmed = follow(before, self.settled, found, began)
        if found.status is not Status.UNKNOWN:
            self.settled = self.confirmed
        return before


@dataclass(slots=True, eq=False)
class CheckTrack:
    """What is remembered of a check.

    Attributes:
        confirmed: Its state, maintenance mark included.
        heard: When the newest outcome came in, on the monotonic clock.
        watched: When to look whether it is silent; an older plan to look is void.
    """

    check: Check
    target: TargetTrack
    account: Account
    standing: Standing
    confirmed: Confirmed
    heard: float
    watched: float = 0.0

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
