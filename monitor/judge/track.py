"""What the judge remembers of one check, and of one target."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from monitor.inventory import Check, CheckId, TargetId
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import Standing
from monitor.judge.hop import FREQUENT, Look, Sight
from monitor.judge.instant import length
from monitor.judge.joint import Joint
from monitor.judge.locate import NOWHERE, locate
from monitor.judge.path import Path, state_of, turn, without_checks
from monitor.judge.worst import follow, worst
from monitor.observation import FaultDomain, Reason, Status
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
        fault: Where a connection is broken; None when nothing is known to be, or not yet where.
        awaits: The systems and checks of which a connection awaits a look, to be located anew.
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
    awaits: tuple[str, ...] = ()
    _sight: Sight | None = None

    @property
    def is_connection(self) -> bool:
        """Whether it is a connection."""
        return self.joint is not None

    @property
    def is_down(self) -> bool:
        """Whether it is known to be down."""
        return self.confirmed is not None and self.confirmed.status is Status.DOWN

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
            since = hop.state.since if hop is not None and hop.state is not None else began
            turn(self.joint, since, is_broken=hop is not None)
            self.locate()
        return before

    def locate(self) -> None:
        """Find where a connection is broken; its state stays."""
        state, path = self.confirmed, self.path
        if path is not None and state is not None:
            found = NOWHERE if state.status is Status.UP else locate(path.hops(), self.looks(), self.fault)
            self.fault, self.awaits = found.fault, found.awaits

    def looks(self) -> tuple[Look, ...]:
        """Return what the target's own checks say."""
        return tuple([Look(one.id, one.confirmed, one.hint, one.began, one.seen) for one in self.tracks])

    @property
    def sight(self) -> Sight:
        """How new that is what the checks of a system say. Kept until one of them runs."""
        if self._sight is None:
            tracks = [one for one in self.tracks if one.check.every <= FREQUENT]
            spoke = [one for one in tracks if one.standing.unknown is None]
            self._sight = Sight(
                seen=min((one.seen for one in spoke), default=inf),
                turned=max((one.turned for one in spoke), default=-inf),
                is_open=any(one.is_open for one in tracks),
            )
        return self._sight

    def forget_sight(self) -> None:
        """Work the sight out anew when it is next asked for."""
        self._sight = None

    def soon(self) -> Iterator[tuple[CheckId, timedelta]]:
        """Yield the checks that are awaited when somebody awaits a look, and after how long each may look again.

        One that waits for a change to be confirmed looks again by itself.
        """
        for track in self.tracks:
            check = track.check
            if check.recheck < check.every <= FREQUENT and not track.standing.is_pending:
                yield check.id, check.recheck


@dataclass(slots=True, eq=False)
class CheckTrack:
    """What is remembered of a check.

    Attributes:
        confirmed: Its state, maintenance mark included.
        heard: When the newest outcome came in, on the monotonic clock.
        watched: When to look whether it is silent; an older plan to look is void.
        hint: Whose fault the run said it is that the newest state which is not up rests on; None when it did not say.
        seen: When the newest run that showed the settled state started, on the monotonic clock.
        began: When the first run that showed it was heard of.
        turned: The same, but of the first state after a start, which may be much older.
        is_asked: Whether it was asked to look before its beat, and has not yet.
    """

    check: Check
    target: TargetTrack
    account: Account
    standing: Standing
    confirmed: Confirmed
    heard: float
    watched: float = 0.0
    hint: FaultDomain | None = None
    seen: float = -inf
    began: float = -inf
    turned: float = -inf
    is_asked: bool = False
    _doubted: float = -inf

    @property
    def is_new(self) -> bool:
        """Whether its first run is still awaited."""
        return self.seen == -inf and self.standing.confirmed.reason is Reason.PENDING

    @property
    def is_open(self) -> bool:
        """Whether a run is awaited that tells more: the first, or one that confirms a change; unknown it may stay."""
        return self.is_new or (self.standing.is_pending and self.standing.unknown is None)

    @property
    def may_be_asked(self) -> bool:
        """Whether only asking makes it look within minutes."""
        check = self.check
        return check.every > max(FREQUENT, check.recheck) and not self.standing.is_pending and not self.is_asked

    @property
    def id(self) -> CheckId:
        """The id of the check."""
        return self.check.id

    def note(self, standing: Standing, started: float) -> None:
        """Note what a run shows that has just been heard of.

        Args:
            standing: What follows from it; the standing before is still in force.
            started: On the monotonic clock.
        """
        self.target.forget_sight()
        self.is_asked = False
        before, old, new = self.standing, self.standing.settled, standing.settled
        if standing is not before and standing.is_pending and not before.is_pending:
            self._doubted = self.heard
        if old is None or new is None:
            self.seen, self.began = started, self.heard
        elif new.status is not old.status:
            self.seen, self.began = started, self._doubted if before.is_pending else self.heard
            self.turned = self.began
            if standing.is_pending:
                self._doubted = self.heard
        elif standing.unknown is None and not standing.is_pending:
            self.seen = started

    def refresh(self) -> bool:
        """Bring the confirmed state up to date; return whether a listener must be told of a change."""
        state, before, is_inside = self.standing.confirmed, self.confirmed, self.target.is_inside
        if is_inside:
            state = Confirmed(state.status, state.reason, state.since, state.detail, maintenance=True)
        self.confirmed = state
        return state.status is not before.status or is_inside is not before.maintenance
