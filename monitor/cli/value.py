"""Values of measures as a person reads them; the unit is the end of the measure's name."""

import math
from datetime import UTC, datetime

from monitor.measure import Measure
from monitor.web.pages.strip import milliseconds
from monitor.web.pages.words import Language, say_in, span

DAY_SECONDS = 86_400
SOON_SECONDS = 2 * DAY_SECONDS
MOMENTS = ("_timestamp_seconds", "_expiry")
KIB = 1024


def value_text(measure: Measure, value: float, now: datetime) -> str:
    """Return a value with its unit: ``2026-05-04 07:00 UTC, in 3 days`` for a moment, ``12.0 ms`` for seconds."""
    if not math.isfinite(value):
        return str(value)
    if measure.name.endswith(MOMENTS):
        return moment_text(value, now)
    if measure.name.endswith("_seconds") and value >= 0:
        return milliseconds(value) if value < 60 else span(value, say_in(Language.EN))
    if measure.name.endswith("_bytes") and value >= KIB:
        return f"{value / KIB:,.1f} KiB" if value < KIB * KIB else f"{value / KIB / KIB:,.1f} MiB"
    if measure.name.endswith("_ratio"):
        return f"{value * 100:.4g} %"
    return f"{value:.10g}"


def moment_text(seconds: float, now: datetime) -> str:
    """Return a moment in Unix time, and how far off it is."""
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.10g}"
    return f"{when:%Y-%m-%d %H:%M} UTC, {distance(when, now)}"


def distance(when: datetime, now: datetime) -> str:
    """Return how far off a moment is: ``in 12 days``, ``3 h ago``."""
    away = (when - now).total_seconds()
    length = abs(away)
    is_far = length >= SOON_SECONDS
    text = f"{int(length // DAY_SECONDS):,} days" if is_far else span(length, say_in(Language.EN))
    return f"in {text}" if away >= 0 else f"{text} ago"
