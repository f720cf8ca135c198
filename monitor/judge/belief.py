"""What is believed about a stretch of time: decided, or held back until its runs are confirmed or contradicted."""

from enum import IntEnum
from typing import NamedTuple

from monitor.observation import Status


class Belief(IntEnum):
    """The state of a stretch of time. Of several checks at the same time, the greatest decided one is the worst."""

    PENDING = 0
    """No run has ended yet: unknown, but it does not make a target unknown whose other checks have spoken."""
    UP = 1
    UNKNOWN = 2
    DEGRADED = 3
    DOWN = 4
    UP_OR_DEGRADED = 5
    DEGRADED_OR_DOWN = 6
    OPEN = 7
    """Up, degraded or down."""


DECIDED = {
    Status.UP: Belief.UP,
    Status.UNKNOWN: Belief.UNKNOWN,
    Status.DEGRADED: Belief.DEGRADED,
    Status.DOWN: Belief.DOWN,
}


class Answers(NamedTuple):
    """What open questions turned out to be; None while one stays open.

    Attributes:
        outer: Whether the target was worse than up.
        inner: Whether it was down.
    """

    outer: bool | None
    inner: bool | None


NO_ANSWERS = Answers(None, None)


def is_decided(belief: Belief) -> bool:
    """Return whether nothing that comes later can change it."""
    return belief <= Belief.DOWN


def settle(belief: Belief, answers: Answers) -> Belief:
    """Return what becomes of a belief when a question is answered."""
    outer, inner = answers
    if outer is not None:
        if belief is Belief.UP_OR_DEGRADED:
            return Belief.DEGRADED if outer else Belief.UP
        if belief is Belief.OPEN:
            belief = Belief.DEGRADED_OR_DOWN if outer else Belief.UP
    if inner is not None:
        if belief is Belief.DEGRADED_OR_DOWN:
            return Belief.DOWN if inner else Belief.DEGRADED
        if belief is Belief.OPEN:
            return Belief.DOWN if inner else Belief.UP_OR_DEGRADED
    return belief
