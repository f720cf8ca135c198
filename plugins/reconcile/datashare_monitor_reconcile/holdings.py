"""What one end of an exchange holds, window by window; read from rows whose keys are never shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.plugin import Cell, ProbeError, Reason, Row, Rows, Vantage
from monitor.plugin.cells import CLOCK_TOLERANCE, number_of, time_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How the columns of both sources are called.

    Attributes:
        count: Records of the window; none of it is not known, so it is a fault.
        window: What tells windows apart, such as a day; without it, each side is one row.
        newest: When the newest record of the window was made.
        checksum: Over the records of the window, worked out alike at both ends; none of a window with records is not
            known, so it is a fault.
    """

    count: str = "count"
    window: str | None = None
    newest: str | None = "newest"
    checksum: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """One window at one end."""

    count: int
    checksum: Cell = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """All windows of one end.

    Attributes:
        windows: Nothing when the consumer has none of them.
        newest: None when there is no record, or nobody says.
    """

    windows: Mapping[Cell, Window]
    newest: datetime | None

    @property
    def count(self) -> int:
        """Records in all windows."""
        return sum(one.count for one in self.windows.values())


async def held(side: str, source: Rows, columns: Columns, vantage: Vantage, *, may_be_empty: bool) -> Holdings:
    """Return what one end holds; with ``may_be_empty``, an end that has no window holds nothing.

    Raises:
        ProbeError: It cannot be read, or what it says cannot be; names the end.
        OSError: No connection.
    """
    try:
        holdings = await _read(source, columns, vantage)
        if not holdings.windows and not may_be_empty:
            raise ProbeError(Reason.CONTENT, "no row")
        return holdings
    except ProbeError as error:
        raise ProbeError(error.reason, f"{side}: {error.detail}") from error
    except ConnectionRefusedError as error:
        raise ProbeError(Reason.REFUSED, f"{side}: the connection was refused") from error


async def _read(source: Rows, columns: Columns, vantage: Vantage) -> Holdings:
    windows: dict[Cell, Window] = {}
    newest = None
    async for row in source.rows(vantage):
        key = _cell(row, columns.window) if columns.window else None
        if key in windows:
            raise ProbeError(Reason.CONTENT, "two rows for one window" if columns.window else "more than one row")
        windows[key] = window = Window(_count(_cell(row, columns.count)), _cell(row, columns.checksum))
        if columns.checksum and window.count and window.checksum is None:
            raise ProbeError(Reason.CONTENT, "the checksum of a window is NULL")
        moment = _time(row, columns, vantage.now())
        newest = max(filter(None, (newest, moment)), default=None)
    return Holdings(windows, newest)


def _cell(row: Row, column: str | None) -> Cell:
    if column is None:
        return None
    if column not in row:
        raise ProbeError(Reason.CONTENT, f"no column {column}")
    return row[column]


def _count(cell: Cell) -> int:
    number = number_of(cell)
    if number is None:
        raise ProbeError(Reason.CONTENT, "the count of a window is NULL" if cell is None else "a count is no number")
    if number < 0 or number != int(number):
        raise ProbeError(Reason.CONTENT, f"a count is {number:g}, which counts nothing")
    return int(number)


def _time(row: Row, columns: Columns, now: datetime) -> datetime | None:
    cell = _cell(row, columns.newest)
    moment = time_of(cell)
    if moment is None and cell is not None:
        raise ProbeError(Reason.CONTENT, f"a cell of {columns.newest} is no time")
    if moment is not None and moment - now > CLOCK_TOLERANCE:
        raise ProbeError(Reason.CONTENT, f"a cell of {columns.newest} lies in the future")
    return moment
