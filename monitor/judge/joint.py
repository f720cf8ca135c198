"""The account of a connection: at each moment the worst of its checks, exact even where a check is not decided yet.

Each check keeps a line: what was believed from which moment on. Time is laid down up to the moment that every check has
reached, and where the worst depends on a check that is undecided, it is held back under the checks it depends on.
"""

from itertools import pairwise

from monitor.inventory import CheckId
from monitor.judge.account import MAINTENANCE, Amounts, no_amounts
from monitor.judge.belief import Answers, Belief, is_decided, settle
from monitor.judge.calendar import Calendar

Open = tuple[tuple[CheckId, Belief], ...]
"""The undecided checks and what is believed of each."""


class Line:
    """What is believed of one check, from which moment on.

    Attributes:
        turns: Moments and beliefs, in order; the first covers the joint account's cursor.
        reached: The start of the newest run.
        good_until: From here on silence is unknown.
        wait: A run that started longer ago than this has been heard of.
    """

    __slots__ = ("good_until", "reached", "turns", "wait")

    def __init__(self, at: int, good_until: int, wait: int) -> None:
        self.turns: list[tuple[int, Belief]] = [(at, Belief.PENDING)]
        self.reached = at
        self.good_until = good_until
        self.wait = wait

    def turn(self, at: int, belief: Belief, good_until: int) -> None:
        """Say what is believed from a moment on."""
        self.fall_silent(at)
        last, before = self.turns[-1]
        if belief is not before:
            if at > last:
                self.turns.append((at, belief))
            else:
                self.turns[-1] = (last, belief)
        self.reached = max(self.reached, at)
        self.good_until = good_until

    def answer(self, answers: Answers) -> None:
        """Put what it turned out to be in the place of what was open."""
        self.turns = [(at, settle(belief, answers)) for at, belief in self.turns]

    def fall_silent(self, until: int) -> None:
        """Turn to unknown where nothing was heard for too long before ``until``."""
        last, belief = self.turns[-1]
        if until > self.good_until and belief is not Belief.UNKNOWN:
            if self.good_until > last:
                self.turns.append((self.good_until, Belief.UNKNOWN))
            else:
                self.turns[-1] = (last, Belief.UNKNOWN)

    def at(self, moment: int) -> Belief:
        """Return what is believed of a moment."""
        found = self.turns[0][1]
        for start, belief in self.turns[1:]:
            if start > moment:
                break
            found = belief
        return found

    def forget(self, before: int) -> None:
        """Drop the turns that are over."""
        while len(self.turns) > 1 and self.turns[1][0] <= before:
            del self.turns[0]


class Joint:
    """How long a connection was in each state."""

    __slots__ = ("_held", "amounts", "calendar", "cursor", "lines")

    def __init__(self, at: int) -> None:
        self.amounts: Amounts = no_amounts()
        self.calendar: Calendar | None = None
        self.cursor = at
        self.lines: dict[CheckId, Line] = {}
        self._held: dict[tuple[Belief, Open], int] = {}

    def answer(self, check_id: CheckId, answers: Answers) -> None:
        """Move what depended on a check to what it turned out to be."""
        self.lines[check_id].answer(answers)
        held, self._held = self._held, {}
        for (worst, undecided), amount in held.items():
            self._hold(
                worst,
                tuple((one, settle(belief, answers) if one == check_id else belief) for one, belief in undecided),
                amount,
            )

    def credit(self, now: int) -> None:
        """Account for the time that every check has reached; runs that started long before ``now`` are all known."""
        lines = self.lines.values()
        until = min([max(line.reached, now - line.wait) for line in lines], default=now)
        if until <= self.cursor:
            return
        is_even = True
        for line in lines:
            if until > line.good_until:
                line.fall_silent(until)
            is_even = is_even and len(line.turns) == 1
        if is_even:
            self._lay(self.cursor, until)
        else:
            cuts = {at for line in lines for at, _ in line.turns if self.cursor < at < until}
            for start, end in pairwise(sorted({self.cursor, until, *cuts})):
                self._lay(start, end)
            for line in lines:
                line.forget(until)
        self.cursor = until

    def drop(self, check_id: CheckId) -> None:
        """Take a check out; of what depended on it nobody will ever know more."""
        self.lines.pop(check_id, None)
        held, self._held = self._held, {}
        for (worst, undecided), amount in held.items():
            self._hold(
                worst,
                tuple((one, Belief.UNKNOWN if one == check_id else belief) for one, belief in undecided),
                amount,
            )

    @property
    def held_back(self) -> int:
        """How many microseconds are not decided yet."""
        return sum(self._held.values())

    def _lay(self, start: int, end: int) -> None:
        inside = 0 if self.calendar is None else self.calendar.inside(start, end)
        self.amounts[MAINTENANCE] += inside
        beliefs = [line.at(start) for line in self.lines.values()]
        worst = max(beliefs, default=Belief.PENDING)
        if worst <= Belief.DOWN:
            self.amounts[worst] += end - start - inside
        else:
            self._hold(Belief.PENDING, tuple(zip(self.lines, beliefs, strict=True)), end - start - inside)

    def _hold(self, worst: Belief, beliefs: Open, amount: int) -> None:
        undecided = []
        for one, belief in beliefs:
            if is_decided(belief):
                worst = max(worst, belief)
            else:
                undecided.append((one, belief))
        if worst is Belief.DOWN or not undecided:
            self.amounts[worst] += amount
        else:
            key = (worst, tuple(undecided))
            self._held[key] = self._held.get(key, 0) + amount
