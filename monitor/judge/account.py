"""The account of a check: how long it was in each state, exactly.

The state at a run's start holds until the start of the next run, but no longer than ``hold``: silence beyond it is
unknown. Time inside planned windows is maintenance, whatever was seen. Time of an unconfirmed change stays in an
undecided belief until the question is answered.
"""

from monitor.judge.belief import Answers, Belief, is_decided, settle
from monitor.judge.calendar import Calendar
from monitor.outcome import StateSeconds

MAINTENANCE = len(Belief)
"""The place of maintenance, after all beliefs."""

Amounts = list[int]
"""Microseconds by belief, maintenance last."""


def no_amounts() -> Amounts:
    """Return an empty account."""
    return [0] * (MAINTENANCE + 1)


def seconds(amounts: Amounts) -> StateSeconds:
    """Return what is decided, in seconds."""
    pending, up, unknown, degraded, down, *_, maintenance = amounts
    return StateSeconds(up / 1e6, degraded / 1e6, down / 1e6, maintenance / 1e6, (unknown + pending) / 1e6)


class Account:
    """How long a check was in each state.

    Attributes:
        belief: What the time after ``cursor`` is believed to be, until ``good_until``.
        cursor: Up to here time is accounted for.
        good_until: From here on silence is unknown.
    """

    __slots__ = ("amounts", "belief", "calendar", "cursor", "good_until")

    def __init__(self, at: int, hold: int) -> None:
        self.amounts = no_amounts()
        self.calendar: Calendar | None = None
        self.cursor = at
        self.belief = Belief.PENDING
        self.good_until = at + hold

    def credit(self, until: int) -> None:
        """Account for the time up to a moment; one that is past already, after a step of the clock, adds nothing."""
        start = self.cursor
        if until <= start:
            return
        middle = min(max(start, self.good_until), until)
        if start < middle:
            self._lay(self.belief, start, middle)
        if middle < until:
            self._lay(Belief.UNKNOWN, middle, until)
        self.cursor = until

    def answer(self, answers: Answers) -> None:
        """Move what was held back to what it turned out to be."""
        amounts = self.amounts
        for belief in (Belief.OPEN, Belief.UP_OR_DEGRADED, Belief.DEGRADED_OR_DOWN):
            became = settle(belief, answers)
            if became is not belief:
                amounts[became] += amounts[belief]
                amounts[belief] = 0

    def open(self, belief: Belief, good_until: int) -> None:
        """Say what the time from the cursor on is believed to be."""
        self.belief = belief
        self.good_until = good_until

    def _lay(self, belief: Belief, start: int, end: int) -> None:
        inside = 0 if self.calendar is None else self.calendar.inside(start, end)
        self.amounts[MAINTENANCE] += inside
        self.amounts[belief] += end - start - inside


def held_back(amounts: Amounts) -> int:
    """Return how many microseconds are not decided yet."""
    return sum(amounts[belief] for belief in Belief if not is_decided(belief))
