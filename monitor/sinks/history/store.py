"""The one connection that writes to the history store. Used by one thread at a time; everything here may wait."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from monitor.inventory import CheckId, ProgrammeId
from monitor.sinks.history.batch import Batch, DayCount, Entry, Labels, Totals, Written
from monitor.sinks.history.days import Days
from monitor.sinks.history.schema import DamagedError, UnusableError, prepare

T = TypeVar("T")

BUSY_SECONDS = 1.0
"""How long a write waits for somebody else's lock."""

SERIES = """
INSERT INTO series (of_check, measure, labels, total) VALUES (?, ?, ?, ?)
ON CONFLICT (of_check, measure, labels) DO UPDATE SET total = total + excluded.total
"""
DAYS = """
INSERT INTO days (series, day, amount)
SELECT key, ?, ? FROM series WHERE of_check = ? AND measure = ? AND labels = ?
ON CONFLICT (series, day) DO UPDATE SET amount = amount + excluded.amount
"""
COUNTS = """
INSERT INTO counts (programme, day, connected, required) VALUES (?, ?, ?, ?)
ON CONFLICT (programme, day) DO UPDATE SET
    connected = CASE WHEN required = excluded.required
        THEN max(connected, excluded.connected) ELSE excluded.connected END,
    required = excluded.required
"""
OLD_COUNTS = """
DELETE FROM counts WHERE programme = :programme AND day < (
    SELECT day FROM counts WHERE programme = :programme ORDER BY day DESC LIMIT 1 OFFSET :newer
)
"""


@dataclass(slots=True)
class Kept:
    """All that the store holds for the daemon to begin with."""

    memories: dict[CheckId, bytes] = field(default_factory=dict)
    totals: dict[CheckId, Totals] = field(default_factory=dict)
    counts: dict[ProgrammeId, dict[date, DayCount]] = field(default_factory=dict)


class Store:
    """An open database file.

    Attributes:
        identity: Of the database, so that another one in its place is noticed.
        batch: Number of the newest batch that was written.
    """

    def __init__(self, path: Path, identity: str = "", keep_days: int = 400) -> None:
        """Open the file; make it unless it is the one of this ``identity`` that is wanted.

        Args:
            path: The file.
            identity: Empty when any file will do, or none yet.
            keep_days: Of how many days that have totals these are kept.

        Raises:
            UnusableError: It is another one, or not ours, or damaged, or another monitor writes to it.
            OSError: Its folder is not there or not ours to write to.
            sqlite3.Error: It cannot be opened or written to.
        """
        if identity and not path.exists():
            raise UnusableError("it is gone: bring it back, or restart the monitor to begin a new one")
        self._path = path
        self._lock = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _claim(self._lock)
            if not path.exists():  # SQLite makes its other files as readable as this one
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except BaseException:
            os.close(self._lock)
            raise
        try:
            with _readable():
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                prepare(self._connection)
                identity_read, batch = self._connection.execute("SELECT identity, batch FROM store").fetchone()
                self.identity, self.batch = _of(str, identity_read), _of(int, batch)
            if identity not in {"", self.identity}:
                raise UnusableError("another database is in its place: bring it back, or restart the monitor")
            self._days = Days(self._connection, keep_days)
            self._place = _place(path)
        except BaseException:
            self.close()
            raise

    def kept(self) -> Kept:
        """Return all memories, totals and counts.

        Raises:
            UnusableError: They are damaged.
            sqlite3.Error: They cannot be read.
        """
        kept = Kept()
        with _readable():
            for check_id, memory in self._connection.execute("SELECT id, memory FROM checks WHERE memory != x''"):
                kept.memories[CheckId(_of(str, check_id))] = _of(bytes, memory)
            found = self._connection.execute(
                "SELECT id, measure, labels, total FROM series JOIN checks ON checks.key = of_check"
            )
            for check_id, measure, labels, total in found:
                kept.totals.setdefault(check_id, {}).setdefault(measure, {})[_labels(labels)] = _of(float, total)
            for programme, day, connected, required in self._connection.execute(
                "SELECT programme, day, connected, required FROM counts ORDER BY day"
            ):
                count = DayCount(date.fromisoformat(day), _of(float, connected), _of(float, required))
                kept.counts.setdefault(ProgrammeId(_of(str, programme)), {})[count.day] = count
        return kept

    def write(self, batch: Batch, number: int) -> Written:
        """Write a batch in one transaction, unless the one of this number is there already, and return its totals.

        When a commit fails it may yet be found in the file, once that is opened anew; the number tells.

        Raises:
            UnusableError: The file is not in its place any more, or damaged.
            OSError: Nor is its folder.
            sqlite3.Error: Nothing was written.
        """
        with suppress(FileNotFoundError):
            if _place(self._path) == self._place:
                with _readable():
                    return self._write(batch, number)
        raise UnusableError("it was moved or deleted while the monitor wrote to it")

    def close(self) -> None:
        """Close the file; what is not committed is dropped."""
        with suppress(sqlite3.Error):
            self._connection.close()
        os.close(self._lock)

    def _write(self, batch: Batch, number: int) -> Written:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if number > self.batch:
                for former, check_id in batch.renames.items():
                    self._rename(former, check_id)
                for check_id, entry in batch.entries.items():
                    self._add(check_id, entry)
                self._count(batch.counts)
                self._days.tidy({day for entry in batch.entries.values() for _, _, day in entry.amounts})
                connection.execute("UPDATE store SET batch = ?", (number,))
            totals = {check_id: self._totals(check_id, entry) for check_id, entry in batch.entries.items()}
            written = Written(totals, batch.counts)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            self._days.forget()
            raise
        self.batch = max(number, self.batch)
        return written

    def _rename(self, former: CheckId, check_id: CheckId) -> None:
        self._connection.execute("UPDATE OR IGNORE checks SET id = ? WHERE id = ?", (check_id, former))

    def _add(self, check_id: CheckId, entry: Entry) -> None:
        execute = self._connection.execute
        execute("INSERT OR IGNORE INTO checks (id) VALUES (?)", (check_id,))
        [key] = execute("SELECT key FROM checks WHERE id = ?", (check_id,)).fetchone()
        if entry.memory is not None:
            execute("UPDATE checks SET memory = ? WHERE key = ?", (entry.memory, key))
        amounts = [(name, json.dumps(labels), day, amount) for (name, labels, day), amount in entry.amounts.items()]
        self._connection.executemany(SERIES, ((key, name, labels, amount) for name, labels, _, amount in amounts))
        rows = ((day.isoformat(), amount, key, name, labels) for name, labels, day, amount in amounts)
        self._connection.executemany(DAYS, rows)

    def _count(self, counts: Mapping[tuple[ProgrammeId, date], DayCount]) -> None:
        for (programme, _), count in counts.items():
            self._connection.execute(COUNTS, (programme, count.day.isoformat(), count.connected, count.required))
            self._connection.execute(OLD_COUNTS, {"programme": programme, "newer": self._days.keep - 1})

    def _totals(self, check_id: CheckId, entry: Entry) -> Totals:
        """Return the new totals of all measures that an entry adds to."""
        totals: Totals = {}
        for measure in {name for name, _, _ in entry.amounts}:
            found: Iterable[tuple[str, float]] = self._connection.execute(
                "SELECT labels, total FROM series JOIN checks ON checks.key = of_check WHERE id = ? AND measure = ?",
                (check_id, measure),
            )
            totals[measure] = {_labels(labels): _of(float, total) for labels, total in found}
        return totals


@contextmanager
def _readable() -> Iterator[None]:
    """Tell of what no monitor has written; sqlite3 itself may fail to decode what SQLite says of a damaged file."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise DamagedError from error


def _labels(text: str) -> Labels:
    return tuple([_of(str, one) for one in _of(list, json.loads(text))])


def _of(kind: type[T], value: object) -> T:
    """Return a value that a table holds; a damaged one may be of any kind."""
    if not isinstance(value, kind):
        raise TypeError(kind)
    return value


def _claim(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UnusableError("another monitor writes to it: name another file under history.path") from None


def _place(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_dev, facts.st_ino
