"""Maintenance windows, objectives and service hours, from the shapes that files have."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.config.documents.agency import ObjectiveShape, ServiceHoursShape, SuccessShape, WindowShape
from monitor.config.documents.shape import read_moment, read_time
from monitor.inventory import Objective, OneOffWindow, ServiceHours, SuccessObjective, WeeklyWindow, Window
from monitor.plugin.quantities import written_duration

WEEK = timedelta(days=7)
NO_OBJECTIVE = Objective()
PERCENTILES = ("p50", "p90", "p95", "p99")
LIKE_P95 = ("p95", "p99", "p90", "p50")


def window(shape: WindowShape, zone: ZoneInfo) -> Window:
    """Return a maintenance window.

    Raises:
        ValueError: Its start is neither a time of day, with ``every``, nor a moment, without.
    """
    if shape.every is None:
        if shape.start[:3].count(":") or len(shape.start) <= 5:
            read_time(shape.start)
            raise ValueError(f'"{shape.start}" has no day; write every: sat beside it, or from: 2026-05-04 22:00')
        return OneOffWindow(start=read_moment(shape.start).replace(tzinfo=zone), length=shape.length)
    if shape.length > WEEK:
        raise ValueError("a window that comes back every week is not longer than 7d")
    return WeeklyWindow(days=shape.every, start=read_time(shape.start), length=shape.length)


def objective(shape: ObjectiveShape) -> Objective:
    """Return an objective, percentages as ratios.

    Raises:
        ValueError: Of two percentiles of the latency the higher one has the shorter limit.
    """
    limits = [(str(name), shape.latency[name]) for name in PERCENTILES if name in shape.latency]
    for (low, limit), (high, other) in pairwise(limits):
        if other < limit:
            raise ValueError(
                f"{high} within {written_duration(other)} and {low} within {written_duration(limit)} contradict each "
                f"other; give {high} the longer one"
            )
    found = Objective(
        availability=_ratio(shape.availability),
        freshness=shape.freshness,
        completeness=_ratio(shape.completeness),
        success=None if shape.success is None else _success(shape.success),
        latency=dict(limits),
    )
    return NO_OBJECTIVE if found == NO_OBJECTIVE else found


def _success(shape: SuccessShape) -> SuccessObjective:
    return SuccessObjective(rate=round(shape.rate / 100, 12), minimum=shape.minimum)


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, 12)


def slow_after(held_to: Objective) -> timedelta | None:
    """Return how long a run may take before it counts as slow; one limit must do for all percentiles."""
    return next((held_to.latency[name] for name in LIKE_P95 if name in held_to.latency), None)


def service_hours(shape: ServiceHoursShape) -> ServiceHours:
    """Return service hours.

    Raises:
        ValueError: They end before they begin.
    """
    if shape.start >= shape.end and (shape.end.hour or shape.end.minute):
        raise ValueError(f"the hours end at {shape.end:%H:%M}, before they begin; write the end of a day as 24:00")
    return ServiceHours(days=shape.days, start=shape.start, end=shape.end)
