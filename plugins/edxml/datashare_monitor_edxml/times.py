"""Times as document exchanges write them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONGEST = 64
NUMERIC = {"unix": 1.0, "unix_ms": 1000.0}
SAMPLE = datetime(2026, 11, 29, 13, 45, 30, tzinfo=UTC)


def check_format(text: str) -> None:
    """Return if times can be written so.

    Raises:
        ValueError: They cannot.
    """
    if text == "iso" or text in NUMERIC:
        return
    hint = 'write iso, unix, unix_ms or a pattern such as "%Y/%m/%d %H:%M:%S"'
    try:
        read = datetime.strptime(SAMPLE.strftime(text), text)  # noqa: DTZ007 - the zone is another option
    except ValueError:
        raise ValueError(f'time_format: "{text[:40]}" is no pattern of a time; {hint}') from None
    if read.date() != SAMPLE.date():
        raise ValueError(f'time_format: "{text[:40]}" has no year, month and day; {hint}')


def check_zone(name: str) -> None:
    """Return if there is such a time zone.

    Raises:
        ValueError: There is not.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'time_zone: there is no "{name[:40]}"; write one such as Asia/Ho_Chi_Minh') from None


def moment(value: Any, time_format: str, zone: str) -> datetime | None:
    """Return the time that a value of the list is, in UTC; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
        return None
    try:
        if time_format in NUMERIC:
            return datetime.fromtimestamp(float(value) / NUMERIC[time_format], UTC)
        text = str(value).strip()
        iso = time_format == "iso"
        read = datetime.fromisoformat(text) if iso else datetime.strptime(text, time_format)  # noqa: DTZ007
        return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
