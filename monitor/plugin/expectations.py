"""Expectations on rows: what has to be true of their number or of a cell, and how bad it is when it is not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Literal

from monitor.measure import Reading
from monitor.observation import Observation, Reason, Status, degraded, down, up
from monitor.plugin.cells import CLOCK_TOLERANCE, ORDERS, holds, plain, shown, time_of
from monitor.plugin.fields import Duration, Pattern
from monitor.plugin.quantities import written_duration
from monitor.plugin.source import Row

COMPARISONS = ("equals", "not_equals", *ORDERS, "matches", "not_matches", "exists", "max_age")
OwnReason = Literal["content", "service_fault", "backlog", "stale", "mismatch", "self_reported", "maintenance"]
Tell = Callable[..., None]
"""``vantage.judged``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is not as it should be."""

    reason: Reason
    detail: str
    status: Status = Status.DOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One comparison with the answer: ``{column: waiting, less_than: 100, level: degraded}``.

    Attributes:
        column: Whose cell is compared; without it, the number of rows is.
        of: The cell of the first row, that of every row there is, or of any one.
        equals: Numbers equal numbers, also when they are written as text; true is 1 where there are no booleans.
        not_equals: The opposite; NULL is neither.
        less_than, at_most, more_than, at_least: A limit; a cell that is no number fails.
        matches: A pattern that is found somewhere in the text.
        not_matches: A pattern that is found nowhere in the text.
        exists: Whether there is a value at all, anything but NULL.
        max_age: The cell is a time, at most so old, and not in the future.
        level: What the check is when the expectation is not met.
        reason: Why, then; otherwise ``content``, or ``stale`` for an age.
    """

    column: str | None = None
    of: Literal["first", "every", "any"] = "first"
    equals: bool | int | float | str | None = None
    not_equals: bool | int | float | str | None = None
    less_than: int | float | None = None
    at_most: int | float | None = None
    more_than: int | float | None = None
    at_least: int | float | None = None
    matches: Pattern | None = None
    not_matches: Pattern | None = None
    exists: bool | None = None
    max_age: Duration | None = None
    level: Literal["degraded", "down"] = "down"
    reason: OwnReason | None = None

    def __post_init__(self) -> None:
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"write exactly one comparison: {', '.join(COMPARISONS)}")
        limit = getattr(self, given[0])
        if isinstance(limit, float) and not isfinite(limit):
            raise ValueError(f"{given[0]} is not a finite number")
        if self.column is None and (given[0] not in ("equals", "not_equals", *ORDERS) or isinstance(limit, bool | str)):
            raise ValueError(f"without a column the number of rows is compared, which {given[0]} cannot; name a column")

    @property
    def comparison(self) -> str:
        """The one that was given."""
        return next(name for name in COMPARISONS if getattr(self, name) is not None)

    @property
    def limit(self) -> Any:
        """What is compared with."""
        return getattr(self, self.comparison)

    def judge(self, rows: Sequence[Row], now: datetime, tell: Tell) -> Finding | None:
        """Return what is wrong, or None, and tell of it in either case. No cell of text is ever repeated."""
        reason = Reason(self.reason) if self.reason else Reason.STALE if self.max_age else Reason.CONTENT
        words, seen = self._seen(rows, now)
        tell(words, seen or "as expected", holds=not seen)
        return Finding(reason=reason, detail=f"{words} ({seen})", status=Status(self.level)) if seen else None

    def _seen(self, rows: Sequence[Row], now: datetime) -> tuple[str, str]:
        """Return the expectation in words, and what was there instead; empty when it is met."""
        if self.column is None:
            met = holds(self.comparison, len(rows), self.limit)
            return f"rows {written(self.comparison, self.limit)}", "" if met else f"were {len(rows)}"
        where = {"first": "", "every": " in every row", "any": " in any row"}[self.of]
        words = f"{self.column} {written(self.comparison, self.limit)}{where}"
        if not rows:
            return words, "no row"
        looked = rows[:1] if self.of == "first" else rows
        faults = [self._fault(row, now) for row in looked]
        if self.of == "any":
            return words, faults[0] if all(faults) else ""
        return words, next(filter(None, faults), "")

    def _fault(self, row: Row, now: datetime) -> str:
        assert self.column is not None  # noqa: S101 - for the type
        if self.column not in row:
            return "no such column"
        value = row[self.column]
        if self.max_age is not None:
            return too_old(time_of(value), self.max_age, now)
        if holds(self.comparison, value, self.limit):
            return ""
        limit = self.limit
        is_number = self.comparison in ORDERS or (isinstance(limit, int | float) and not isinstance(limit, bool))
        return f"was {shown(value, is_number=is_number and self.comparison != 'exists')}"


def too_old(moment: datetime | None, limit: timedelta, now: datetime) -> str:
    """Return what is wrong with the age of something made at a moment; empty when nothing is."""
    if moment is None:
        return "was no time"
    age = timedelta(seconds=round((now - moment).total_seconds()))
    if age < -CLOCK_TOLERANCE:
        return f"lies {written_duration(-age)} in the future"
    return f"was {written_duration(age)} old" if age > limit else ""


def written(comparison: str, limit: Any) -> str:
    """Return a comparison as a message shows it."""
    if comparison == "exists":
        return "is there" if limit else "is NULL"
    if comparison == "max_age":
        return f"at most {written_duration(limit)} old"
    if comparison in ("matches", "not_matches"):
        return f"{'matches' if comparison == 'matches' else 'does not match'} '{limit.pattern}'"
    sign = {"equals": "==", "not_equals": "!="}.get(comparison) or ORDERS[comparison][0]
    return f"{sign} {plain(limit)}"


def slow(took: float, degraded_over: timedelta | None, down_over: timedelta | None, tell: Tell) -> Iterator[Finding]:
    """Yield that an answer took too long, if it did; ``took`` is in seconds."""
    for limit, status in ((down_over, Status.DOWN), (degraded_over, Status.DEGRADED)):
        if limit is None:
            continue
        seconds = limit.total_seconds()
        tell(f"{status} over {seconds:g} s", f"{took:.3f} s", holds=took <= seconds)
        if took > seconds:
            yield Finding(reason=Reason.SLOW, detail=f"answered in {took:.3f} s, limit {seconds:g} s", status=status)
            return


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding that decides, with the details of all that are as bad; None when there are none."""
    bad = [one for one in findings if one.status is Status.DOWN] or findings
    if not bad:
        return None
    return replace(bad[0], detail="; ".join(one.detail for one in bad))


def verdict(findings: Sequence[Finding], readings: Sequence[Reading], detail: str = "") -> Observation:
    """Return the observation that findings and readings amount to; ``detail`` is for when all is well."""
    found = worst(findings)
    if found is None:
        return up(*readings, detail=detail)
    say = degraded if found.status is Status.DEGRADED else down
    return say(found.reason, found.detail, *readings)
