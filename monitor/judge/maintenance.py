"""Planned maintenance: which windows cover a target, and when they are open.

A weekly window opens at its local time on its days, in the inventory's time zone, and stays open for its length in real
hours: four hours are four hours in the night in which the clocks change, too. A start that the clocks jump over opens
as much later as they jump; of a start that comes twice, the first one counts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.inventory import Inventory, OneOffWindow, TargetId, WeeklyWindow, Window
from monitor.judge.instant import length, microseconds, moment

Span = tuple[int, int]
"""From a moment up to, but not including, another; microseconds since the epoch."""

DAY = timedelta(days=1)


def windows_of(inventory: Inventory, target_id: TargetId) -> tuple[Window, ...]:
    """Return the windows that cover a target: its own, and for a connection those of all systems on its path."""
    system = inventory.systems.get(target_id)
    if system is not None:
        return system.maintenance
    connection = inventory.connections.get(target_id)
    if connection is None:
        return ()
    windows = connection.maintenance
    for system_id in connection.hops:
        passed = inventory.systems.get(TargetId(system_id))
        if passed is not None and passed.maintenance:
            windows += passed.maintenance
    return tuple(dict.fromkeys(windows)) if windows else ()


def spans(windows: tuple[Window, ...], zone: ZoneInfo, start: int, end: int) -> list[Span]:
    """Return when any of the windows is open, for all openings that touch ``[start, end)``; merged and in order."""
    merged: list[Span] = []
    for opened, closed in sorted(_openings(windows, zone, start, end)):
        if merged and opened <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closed))
        else:
            merged.append((opened, closed))
    return merged


def _openings(windows: tuple[Window, ...], zone: ZoneInfo, start: int, end: int) -> Iterator[Span]:
    for window in windows:
        for opened in _starts(window, zone, start, end):
            closed = opened + length(window.length)
            if opened < end and closed > start:
                yield opened, closed


def _starts(window: Window, zone: ZoneInfo, start: int, end: int) -> Iterator[int]:
    if isinstance(window, OneOffWindow):
        yield microseconds(window.start)
        return
    day = moment(start).astimezone(zone).date() - window.length - DAY
    last = moment(end).astimezone(zone).date() + DAY
    while day <= last:
        if day.weekday() in window.days:
            yield microseconds(_opening(window, datetime(day.year, day.month, day.day, tzinfo=zone)))
        day += DAY


def _opening(window: WeeklyWindow, midnight: datetime) -> datetime:
    start = window.start
    local = midnight.replace(hour=start.hour, minute=start.minute, second=start.second, microsecond=start.microsecond)
    return local.astimezone(UTC)
