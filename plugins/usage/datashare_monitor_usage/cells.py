"""Cells of rows: moments, numbers and texts, or nothing that can be counted."""

from datetime import UTC, datetime

from monitor.plugin import Cell

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
"""In seconds."""
MOST_TEXT = 256
MOST = 1 << 53
MILLISECONDS = 1e11
"""From the year 5138 on in seconds, and from 1973 on in milliseconds."""


class MalformedError(Exception):
    """A row cannot be counted."""


def moment(cell: Cell) -> float:
    """Return the moment that a cell tells, in seconds since the epoch.

    Raises:
        MalformedError: It tells none, or not of which zone.
    """
    if isinstance(cell, str):
        try:
            cell = (
                float(cell) if cell.replace(".", "", 1).isdecimal() and cell.isascii() else datetime.fromisoformat(cell)
            )
        except ValueError:
            raise MalformedError from None
    if isinstance(cell, datetime):
        if cell.tzinfo is None:
            raise MalformedError
        return max(0.0, (cell - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 < cell < MOST:
        raise MalformedError
    return cell / 1000 if cell >= MILLISECONDS else float(cell)


def number(cell: Cell) -> float:
    """Return a number that is not negative.

    Raises:
        MalformedError: It is none.
    """
    if isinstance(cell, str):
        try:
            cell = float(cell) if len(cell) < 40 else None
        except ValueError:
            cell = None
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell < MOST:
        raise MalformedError
    return cell


def text(cell: Cell) -> str:
    """Return a cell as text of some length at most."""
    return "" if cell is None else str(cell)[:MOST_TEXT]
