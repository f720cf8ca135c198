"""Cells of rows: read from what drivers return, compared, and shown without what may be a person's.

A cell may hold anything, names and numbers of people among it. What is shown of one is a number, a time or a yes or
no, and only where configuration treats the cell as such; of text nothing but that it is text.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from math import isfinite
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.source import Cell

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far two clocks that are kept by NTP may at worst be apart."""
ORDERS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "less_than": ("<", lt), "at_most": ("<=", le), "more_than": (">", gt), "at_least": (">=", ge),
}  # fmt: skip
MOST_DIGITS_BITS = 200


class NoCell:
    """Stands for a value that is none of a cell's: a list, an object, a type nobody knows."""


NO_CELL = NoCell()


def cell_of(value: Any, zone: tzinfo | None, most: int) -> Cell | NoCell:
    """Return what a driver read as a cell.

    Args:
        value: As the driver has it.
        zone: Of times that have none.
        most: Characters of text.

    Raises:
        ProbeError: The text is longer, or a time has no zone and none is configured.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, Decimal):
        return number_in(value)
    if isinstance(value, str):
        return _capped(value, most)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _capped(bytes(value[: most + 1]).hex(), 2 * most)
    if isinstance(value, datetime):
        return with_zone(value, zone)
    if isinstance(value, date):
        return with_zone(datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001 - that is the question
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, UUID) else NO_CELL


def number_in(value: Decimal) -> int | float | None:
    """Return a decimal as the number it is; None for NaN, and an infinity for what no float holds."""
    if value.is_nan():
        return None
    if value.is_finite() and value == value.to_integral_value() and value.adjusted() < MOST_DIGITS_BITS:
        return int(value)
    return float(value)


def with_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return a time in UTC.

    Raises:
        ProbeError: It has no zone and none is configured, or it lies beyond the calendar.
    """
    if moment.tzinfo is None:
        if zone is None:
            raise ProbeError(Reason.CONTENT, "a time has no zone; say which one with time_zone: Asia/Ho_Chi_Minh")
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def time_of(value: Cell, zone: tzinfo | None = None) -> datetime | None:
    """Return the time a cell says, also one written as text in ISO 8601 with its zone; None for anything else."""
    if isinstance(value, str) and 10 <= len(value) <= 40 and value.isascii():
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return with_zone(value, zone)


def number_of(value: Cell) -> int | float | None:
    """Return the number a cell says, also one written as text; None for anything else, NaN and infinities included."""
    if isinstance(value, (bool, datetime)):
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text) if len(text) < 40 and text.isascii() and "_" not in text else None
        except ValueError:
            return None
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, int) and value.bit_length() <= MOST_DIGITS_BITS else None


def holds(comparison: str, value: Cell, limit: Any) -> bool:
    """Return whether a cell is as it should be."""
    if comparison == "exists":
        return (value is not None) is limit
    if comparison in ("equals", "not_equals"):
        return value is not None and is_equal(value, limit) is (comparison == "equals")
    if comparison in ("matches", "not_matches"):
        if value is None:
            return False
        text = value if isinstance(value, str) else str(plain(value))
        return (limit.search(text.encode("utf-8", "replace")) is not None) is (comparison == "matches")
    number = number_of(value)
    return number is not None and bool(ORDERS[comparison][1](number, limit))


def is_equal(value: Cell, limit: bool | float | str) -> bool:  # noqa: FBT001 - a value, not a switch
    """Return whether a cell is the expected one: true is true, 1 or "true" nowhere else but where it is a bool."""
    if isinstance(limit, bool):
        # MySQL, Oracle and SQL Server have no boolean of their own; 0 and 1 stand for it.
        return value is limit or (isinstance(value, int) and value == int(limit))
    if isinstance(limit, str):
        return isinstance(value, str) and value == limit
    number = number_of(value)
    return number is not None and number == limit


def shown(value: Cell, *, is_number: bool) -> str:
    """Return what a message may say of a cell: the value itself only where configuration takes it for a number."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(plain(value))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") if is_number else "a time"
    if isinstance(value, str):
        return "a text"
    if not is_number:
        return "a number"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value) if value.bit_length() <= MOST_DIGITS_BITS else "a number of more than 60 digits"


def plain(value: Any) -> Any:
    """Return true and false as configuration writes them, and anything else as it is."""
    return ("true" if value else "false") if isinstance(value, bool) else value


def _capped(text: str, most: int) -> str:
    if len(text) > most:
        raise ProbeError(Reason.TOO_LARGE, f"a cell is longer than {most} characters")
    return text
