"""The state of a target: the worst of its checks."""

from collections.abc import Iterable
from datetime import datetime

from monitor.judge.belief import DECIDED, Belief
from monitor.observation import Reason
from monitor.outcome import Confirmed


def rank(state: Confirmed) -> Belief:
    """Return how bad a state is: down, degraded, unknown, up, and last a check that has never run."""
    return Belief.PENDING if state.reason is Reason.PENDING else DECIDED[state.status]


def worst(states: Iterable[Confirmed]) -> Confirmed | None:
    """Return the worst state, of equals the one that began first; None when there are none.

    A check that has not run yet makes its target unknown only as long as no other check has spoken: otherwise a
    certificate looked at once an hour would hide the target for an hour after every start.
    """
    return max(states, key=lambda state: (rank(state), -state.since.timestamp()), default=None)


def follow(before: Confirmed | None, settled: Confirmed | None, found: Confirmed, began: datetime) -> Confirmed:
    """Return the state of a target, ``found`` to be the worst of its checks, with the moment at which it began.

    A status that stays, or comes back after an unknown one, keeps its moment; any other began when its check's did.
    """
    if before is not None and before.status is found.status:
        since = before.since
    elif settled is not None and settled.status is found.status:
        since = settled.since
    else:
        since = began
    return Confirmed(found.status, found.reason, since, found.detail, found.maintenance)
