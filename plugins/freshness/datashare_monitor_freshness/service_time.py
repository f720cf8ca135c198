"""Service time: the hours in which somebody works, so in which data may be expected to come.

Public holidays of Việt Nam come from the library ``holidays``, those of the lunar calendar and days off that a decree
moves among them; so do the Saturdays that are worked in return. A decree that the installed library does not know yet
is written into the configuration.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
MOST_DAYS = 3660
"""Of older data the service time is not counted: it is taken to be as old as it is by the calendar."""


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """When a service is on duty.

    Attributes:
        days: Numbers of weekdays, Monday is 0.
        begins, ends: Of each such day, from its midnight.
        working_days: Whether public holidays are none of them.
        off, worked: Days that a decree has taken out or put in, whatever weekday and calendar say.
    """

    days: frozenset[int]
    begins: timedelta
    ends: timedelta
    working_days: bool
    zone: ZoneInfo
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much service time lies between two moments; nothing when the second is not the later one."""
        if end <= start:
            return timedelta(0)
        if end - start > timedelta(days=MOST_DAYS):
            return end - start
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        on_duty = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return sum((self._on(day, start, end) for day in on_duty if self.is_on(day)), timedelta(0))

    def is_on(self, day: date) -> bool:
        """Tell whether the service is on duty on some day."""
        if day in self.off or day in self.worked:
            return day in self.worked
        if not self.working_days:
            return day.weekday() in self.days
        calendar = vietnam()
        if day in calendar:
            return False
        return day.weekday() in self.days or day in calendar.weekend_workdays

    def _on(self, day: date, start: datetime, end: datetime) -> timedelta:
        midnight = datetime.combine(day, time(), self.zone)
        # In UTC, so that a day with a change of clocks is as long as it is: Python subtracts clocks within one zone.
        of_duty = ((midnight + offset).astimezone(UTC) for offset in (self.begins, self.ends))
        begins, ends = (max(start, min(end, moment)) for moment in of_duty)
        return max(ends - begins, timedelta(0))


def service_time(
    hours: Mapping[str, str] | None,
    zone: ZoneInfo,
    *,
    working_days: bool,
    off: Collection[date] = (),
    worked: Collection[date] = (),
) -> ServiceTime:
    """Return the service time that configuration describes: ``{days: mon-fri, from: "07:00", to: "18:00"}``.

    Args:
        hours: Days and times; None for every hour of every day, of working days only if they are asked for.
        zone: Of the times.
        working_days: Whether public holidays and weekends are no days of service.
        off: Further days on which nobody works.
        worked: Further days on which somebody does.

    Raises:
        ValueError: Something of it is none; says what to write.
    """
    said = dict(hours or {})
    if unknown := sorted(said.keys() - {"days", "from", "to"}):
        raise ValueError(f'hours has no key "{unknown[0][:40]}"; write days, from and to')
    days = weekdays(said.get("days", "mon-fri" if working_days else "mon-sun"))
    begins, ends = clock(said.get("from", "00:00")), clock(said.get("to", "24:00"))
    if ends <= begins:
        raise ValueError("hours end before they begin; write a service that runs over midnight as two checks")
    if (off or worked) and not working_days:
        raise ValueError(
            "extra_days_off and extra_working_days change the calendar; write working_days: true with them"
        )
    if both := sorted(set(off) & set(worked)):
        raise ValueError(f"{both[0]} is in extra_days_off and in extra_working_days; take it out of one")
    return ServiceTime(
        days=days,
        begins=begins,
        ends=ends,
        working_days=working_days,
        zone=zone,
        off=frozenset(off),
        worked=frozenset(worked),
    )


def weekdays(text: str) -> frozenset[int]:
    """Return the numbers of weekdays written ``mon-fri`` or ``mon,wed,sat-sun``.

    Raises:
        ValueError: They are not.
    """
    found: set[int] = set()
    for part in text.replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(f'"{text[:40]}" names no weekdays; write mon-fri, or mon,wed,sat')
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < begin:
            raise ValueError(f'"{part}" runs backwards; a week begins with mon')
        found.update(range(begin, end + 1))
    return frozenset(found)


def clock(text: str) -> timedelta:
    """Return how long after midnight a time of day is.

    Raises:
        ValueError: It is none.
    """
    if not CLOCK.fullmatch(text):
        raise ValueError(f'"{text[:40]}" is no time of day; write "07:00" in quotation marks')
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@lru_cache(maxsize=1)
def vietnam() -> holidays.HolidayBase:
    """Return the calendar of public holidays; a year is worked out when it is first asked for."""
    return holidays.country_holidays("VN")
