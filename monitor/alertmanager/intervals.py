"""Maintenance windows as Alertmanager's time intervals.

Alertmanager knows days and minutes of a calendar in a time zone, and no moment that is counted from another one. A
window that crosses midnight becomes a piece for each day, and one that begins or ends inside a minute is rounded
outwards. In the night in which the clocks change, a window ends by the clock on the wall, not by its length.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from monitor.inventory import OneOffWindow, WeeklyWindow, Window

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONGEST = timedelta(days=400)
"""A single window that is longer is no maintenance, and a page of configuration."""
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Interval = Mapping[str, object]


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """Minutes of one day, from 0 to 1440; the end is not part of it."""

    start: int
    end: int

    @property
    def times(self) -> dict[str, str]:
        """The piece as Alertmanager writes it."""
        return {"start_time": _clock(self.start), "end_time": _clock(self.end)}


def intervals(window: Window, zone: ZoneInfo) -> list[Interval]:
    """Return the intervals in which a window is open."""
    found = _weekly(window) if isinstance(window, WeeklyWindow) else _single(window, zone)
    return [{**one, "location": zone.key} for one in found]


def can_be_said(window: Window) -> bool:
    """Return whether Alertmanager can be told of a window."""
    return isinstance(window, WeeklyWindow) or window.length <= LONGEST


def _weekly(window: WeeklyWindow) -> Iterator[dict[str, object]]:
    by_day: dict[int, list[Piece]] = defaultdict(list)
    length = min(_minutes(window.length, window.start.second), WEEK_MINUTES)
    for day in window.days:
        first = day * DAY_MINUTES + window.start.hour * 60 + window.start.minute
        for number, piece in _cut(first, first + length):
            by_day[number % 7].append(piece)
    days_of: dict[tuple[Piece, ...], list[int]] = defaultdict(list)
    for day in sorted(by_day):
        days_of[_merged(by_day[day])].append(day)
    for pieces, days in days_of.items():
        yield {"weekdays": [NAMES[day] for day in days], "times": [piece.times for piece in pieces]}


def _single(window: OneOffWindow, zone: ZoneInfo) -> Iterator[dict[str, object]]:
    local = window.start.astimezone(zone).replace(tzinfo=None)
    end = local + window.length
    begin = local.replace(second=0, microsecond=0)
    midnight = datetime.combine(begin.date(), datetime.min.time())
    first = (begin - midnight) // MINUTE
    cut = [(begin.date() + number * DAY, piece) for number, piece in _cut(first, -((midnight - end) // MINUTE))]
    for (year, month, piece), days in groupby(cut, lambda one: (one[0].year, one[0].month, one[1])):
        named = [day for day, _ in days]
        yield {
            "years": [str(year)],
            "months": [str(month)],
            "days_of_month": [_days(named[0], named[-1])],
            "times": [piece.times],
        }


def _days(first: date, last: date) -> str:
    return str(first.day) if first == last else f"{first.day}:{last.day}"


def _cut(first: int, end: int) -> Iterator[tuple[int, Piece]]:
    """Cut minutes at midnights; yields the number of each day with its piece."""
    while first < end:
        number, start = divmod(first, DAY_MINUTES)
        until = min(end, (number + 1) * DAY_MINUTES)
        yield number, Piece(start, start + until - first)
        first = until


def _merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    merged: list[Piece] = []
    for piece in sorted(pieces):
        if merged and piece.start <= merged[-1].end:
            merged[-1] = Piece(merged[-1].start, max(merged[-1].end, piece.end))
        else:
            merged.append(piece)
    return tuple(merged)


def _minutes(length: timedelta, seconds: int) -> int:
    return -(-(length + timedelta(seconds=seconds)) // MINUTE)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
