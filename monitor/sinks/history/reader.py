"""Reads the history store beside its writer: read-only, and never checkpointing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from monitor.inventory import CheckId


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotal:
    """What the runs of a check have added to one series, of one local day."""

    check: CheckId
    measure: str
    labels: tuple[str, ...]
    day: date
    amount: float


def day_totals(path: Path, measure: str) -> Iterator[DayTotal]:
    """Yield what was counted of a measure, by check, label values and day.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    with closing(reading(path)) as connection:
        found = connection.execute(
            "SELECT id, measure, labels, day, amount FROM days JOIN series ON series.key = series"
            " JOIN checks ON checks.key = of_check WHERE measure = ? ORDER BY id, day, labels",
            (measure,),
        )
        for check_id, name, labels, day, amount in found:
            yield DayTotal(
                check=CheckId(check_id),
                measure=name,
                labels=tuple(json.loads(labels)),
                day=date.fromisoformat(day),
                amount=amount,
            )


def reading(path: Path) -> sqlite3.Connection:
    """Open the store for reading.

    SQLite before 3.51.3 can spoil a file that two connections checkpoint, so that this one never does.
    """
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection
