"""Whether what was reached so far, at the pace of the last three months, is enough by a deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

LOOKED_BACK = timedelta(days=90)
FAR = 36_500
"""Days from now beyond which nobody wants to know the date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a number grows, and how fast it has to.

    Attributes:
        per_day: Gained a day, over the last 90 days or since the first date known; None when no two dates are.
        needed_per_day: To be gained each day until the deadline; None without one, when it is past or all is reached.
        reached_on: When the goal is reached at this pace; None when it is already, or never will be.
        is_enough: Whether the goal is reached by the deadline; None without a deadline, or when nothing is known.
    """

    per_day: float | None = None
    needed_per_day: float | None = None
    reached_on: date | None = None
    is_enough: bool | None = None


def pace(
    history: Sequence[tuple[date, float]], connected: float | None, needed: float, deadline: date | None, today: date
) -> Pace:
    """Return the pace of a number.

    Args:
        history: Days and the number reached on each, in order.
        connected: The number today; None when it is not known.
        needed: The number to reach.
        deadline: The last day on which it counts.
        today: The present day.
    """
    if connected is None:
        return Pace()
    per_day = _per_day(history, connected, today)
    if connected >= needed:
        return Pace(per_day=per_day, is_enough=None if deadline is None else True)
    reached_on = _reached_on(connected, needed, per_day, today)
    if deadline is None:
        return Pace(per_day=per_day, reached_on=reached_on)
    left = (deadline - today).days
    if left <= 0:
        return Pace(per_day=per_day, reached_on=reached_on, is_enough=False)
    is_enough = None if per_day is None else reached_on is not None and reached_on <= deadline
    needed_per_day = (needed - connected) / left
    return Pace(per_day=per_day, needed_per_day=needed_per_day, reached_on=reached_on, is_enough=is_enough)


def _per_day(history: Sequence[tuple[date, float]], connected: float, today: date) -> float | None:
    """Return what was gained a day since the day looked back to, or since the first one known if that is later."""
    if not history:
        return None
    begin = today - LOOKED_BACK
    before = [value for day, value in history if day <= begin]
    if before:
        return (connected - before[-1]) / LOOKED_BACK.days
    first, _ = history[0]
    on_the_first = [value for day, value in history if day == first][-1]
    days = (today - first).days
    return (connected - on_the_first) / days if days > 0 else None


def _reached_on(connected: float, needed: float, per_day: float | None, today: date) -> date | None:
    if per_day is None or per_day <= 0:
        return None
    days = (needed - connected) / per_day
    return today + timedelta(days=ceil(days - 1e-6)) if days <= FAR else None
