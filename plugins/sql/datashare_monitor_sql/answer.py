"""What a database answered, once it is known to be no more than the check allows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datashare_monitor_sql.database import Database
from monitor.plugin import ProbeError, Reason, Row
from monitor.plugin.cells import NO_CELL, NoCell, cell_of

MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer, in its order.

    Attributes:
        took: Seconds from the statement to the last row.
    """

    rows: tuple[Row, ...]
    took: float = 0.0


def rows_of(columns: Sequence[Any], records: Iterable[Sequence[Any]], database: Database) -> tuple[Row, ...]:
    """Return records as rows; a cell that holds a list or an object is left out.

    Raises:
        ProbeError: There are more rows or columns, or longer cells, than the check allows.
    """
    names = [str(name) for name in columns]
    if len(names) > MOST_COLUMNS:
        raise ProbeError(Reason.TOO_LARGE, f"{len(names)} columns, limit {MOST_COLUMNS}")
    rows: list[Row] = []
    for record in records:
        if len(rows) == database.max_rows:
            raise ProbeError(Reason.TOO_LARGE, f"more than {database.max_rows} rows; ask for fewer, or raise max_rows")
        rows.append(_row(names, record, database))
    return tuple(rows)


def _row(names: Sequence[str], record: Sequence[Any], database: Database) -> Row:
    zone = database.zone
    cells = ((name, cell_of(value, zone, database.max_cell)) for name, value in zip(names, record, strict=True))
    return {name: cell for name, cell in cells if cell is not NO_CELL and not isinstance(cell, NoCell)}
