"""From what runs saw to what is confirmed.

Two questions are asked of every check, each with an answer that has inertia: the outer one, *is it worse than up?*, and
the inner one, *is it down?* The settled status follows from both answers:

    outer no              up
    outer yes, inner no   degraded
    outer yes, inner yes  down

What each run says to the two questions, given the settled status (``=`` agrees, ``yes`` and ``no`` contradict):

    settled    run saw    outer  inner
    up         up         =      =
    up         degraded   yes    =
    up         down       yes    yes
    degraded   up         no     =
    degraded   degraded   =      =
    degraded   down       =      yes
    down       up         no     no
    down       degraded   =      no
    down       down       =      =
    any        unknown    nothing is said: streaks neither grow nor end

A run that contradicts an answer begins a streak or lengthens it; a known run that agrees ends it. A streak towards
*yes* turns the answer at ``confirm.down`` runs, one towards *no* at ``confirm.up`` runs. The state that follows began
with the first run of the streak. So an outage that looks down once and degraded once is degraded after two runs, and
two further runs that are down in a row make it down.

The first known run decides at once. While the newest run is unknown the state is unknown, since the first unknown run
in a row; the next known run brings the settled state back, with the moment at which it began.
"""

from dataclasses import dataclass
from datetime import datetime

from monitor.inventory import Confirm
from monitor.judge.belief import DECIDED, NO_ANSWERS, Answers, Belief
from monitor.observation import Observation, Reason, Status
from monitor.outcome import PENDING, Confirmed


@dataclass(frozen=True, slots=True)
class Streak:
    """Runs in a row that contradict an answer."""

    since: datetime
    runs: int
    has_turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that the runs of a check have left behind.

    Attributes:
        settled: The newest known state; None before the first known run.
        unknown: The state while the newest run is unknown; None otherwise.
        outer: Contradicts whether it is worse than up.
        inner: Contradicts whether it is down.
        failing: Reason and detail of the newest run that was degraded or down.
    """

    settled: Confirmed | None = None
    unknown: Confirmed | None = None
    outer: Streak | None = None
    inner: Streak | None = None
    failing: tuple[Reason, str] | None = None

    @property
    def confirmed(self) -> Confirmed:
        """The confirmed state, without its maintenance mark."""
        return self.unknown or self.settled or PENDING

    @property
    def is_pending(self) -> bool:
        """Whether a change waits for more runs."""
        return self.outer is not None or self.inner is not None

    @property
    def belief(self) -> Belief:
        """What the newest run makes of the time that follows it."""
        if self.unknown is not None:
            is_new = self.settled is None and self.unknown.reason is Reason.PENDING
            return Belief.PENDING if is_new else Belief.UNKNOWN
        if self.outer is not None:
            return Belief.UP_OR_DEGRADED if self.inner is None else Belief.OPEN
        return DECIDED[self.confirmed.status] if self.inner is None else Belief.DEGRADED_OR_DOWN


def beginning(at: datetime) -> Standing:
    """Return the standing of a check that has not run yet."""
    return Standing(unknown=Confirmed(Status.UNKNOWN, Reason.PENDING, at, "no run has ended yet"))


def step(standing: Standing, seen: Observation, at: datetime, confirm: Confirm) -> Standing:
    """Return the standing after one more run, which started at ``at``."""
    settled = standing.settled
    if seen.reason is not None and seen.status is Status.UNKNOWN:
        return unknowing(standing, seen.reason, seen.detail, at)
    if settled is None:
        return Standing(
            settled=Confirmed(seen.status, seen.reason, at, seen.detail), failing=_failing(Standing(), seen)
        )
    if seen.status is settled.status:
        is_same = settled.reason is seen.reason and settled.detail == seen.detail
        if is_same and standing.unknown is None and not standing.is_pending:
            return standing
        kept = settled if is_same else Confirmed(settled.status, seen.reason, settled.since, seen.detail)
        return Standing(settled=kept, failing=_failing(Standing(), seen))
    return _contrary(standing, settled, seen, at, confirm)


def unknowing(standing: Standing, reason: Reason, detail: str, at: datetime) -> Standing:
    """Return the standing once nothing is known any more, since ``at`` unless it is unknown already. Streaks wait."""
    before = standing.unknown
    if before is not None and before.reason is reason and before.detail == detail:
        return standing
    since = at if before is None else before.since
    return Standing(
        settled=standing.settled,
        unknown=Confirmed(Status.UNKNOWN, reason, since, detail),
        outer=standing.outer,
        inner=standing.inner,
        failing=standing.failing,
    )


def rests_on(state: Confirmed, seen: Observation) -> bool:
    """Tell whether it is this run that a state which is not up has its reason from: a run of ours says nothing."""
    is_of_the_target = seen.reason is not None and seen.status is not Status.UNKNOWN
    return is_of_the_target and state.reason is seen.reason and state.detail == seen.detail


def answers(before: Standing, after: Standing) -> Answers:
    """Return how the open questions of ``before`` were answered by the step to ``after``."""
    if after.settled is None or not before.is_pending:
        return NO_ANSWERS
    outer = after.settled.status is not Status.UP if before.outer is not None and after.outer is None else None
    inner = after.settled.status is Status.DOWN if before.inner is not None and after.inner is None else None
    return Answers(outer, inner)


def _contrary(standing: Standing, settled: Confirmed, seen: Observation, at: datetime, confirm: Confirm) -> Standing:
    was, says = _answers_of(settled.status), _answers_of(seen.status)
    outer = _ask(standing.outer, at, was=was[0], says=says[0], confirm=confirm)
    inner = _ask(standing.inner, at, was=was[1], says=says[1], confirm=confirm)
    is_outer, is_inner = (not old if _turned(new) else old for old, new in zip(was, (outer, inner), strict=True))
    status = Status.DOWN if is_inner else Status.DEGRADED if is_outer else Status.UP
    failing = _failing(standing, seen)
    if status is not settled.status:
        began = max(streak.since for streak in (outer, inner) if streak is not None and streak.has_turned)
        reason, detail = (None, seen.detail) if status is Status.UP or failing is None else failing
        settled = Confirmed(status, reason, began, detail)
    outer, inner = (None if _turned(streak) else streak for streak in (outer, inner))
    return Standing(settled=settled, outer=outer, inner=inner, failing=failing)


def _answers_of(status: Status) -> tuple[bool, bool]:
    return status is not Status.UP, status is Status.DOWN


def _ask(streak: Streak | None, at: datetime, *, was: bool, says: bool, confirm: Confirm) -> Streak | None:
    if says is was:
        return None
    since, runs = (at, 1) if streak is None else (streak.since, streak.runs + 1)
    return Streak(since, runs, runs >= (confirm.down if says else confirm.up))


def _turned(streak: Streak | None) -> bool:
    return streak is not None and streak.has_turned


def _failing(standing: Standing, seen: Observation) -> tuple[Reason, str] | None:
    return standing.failing if seen.reason is None else (seen.reason, seen.detail)
