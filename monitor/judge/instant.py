"""Moments and spans as whole microseconds: sums of integers do not drift."""

from datetime import UTC, datetime, timedelta

MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Return a moment as microseconds since the epoch, exactly (until the year 2100 and far beyond)."""
    return round(at.timestamp() * 1e6)


def length(span: timedelta) -> int:
    """Return a span in microseconds, exactly."""
    return span // MICROSECOND


def moment(at: int) -> datetime:
    """Return microseconds since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(at // 1_000_000, UTC) + timedelta(microseconds=at % 1_000_000)
