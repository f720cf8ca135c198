"""The tables of the history store, by version."""

import sqlite3
import uuid

APPLICATION = 0x64736D68
"""``dsmh``, in the header of the file: so ``file`` and we know whose it is."""

STEPS = (
    """
    CREATE TABLE store (identity TEXT NOT NULL, batch INTEGER NOT NULL) STRICT;
    CREATE TABLE checks (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, memory BLOB NOT NULL DEFAULT x'') STRICT;
    CREATE TABLE series (
        key INTEGER PRIMARY KEY,
        of_check INTEGER NOT NULL REFERENCES checks (key),
        measure TEXT NOT NULL,
        labels TEXT NOT NULL,
        total REAL NOT NULL,
        UNIQUE (of_check, measure, labels)
    ) STRICT;
    CREATE TABLE days (
        series INTEGER NOT NULL REFERENCES series (key),
        day TEXT NOT NULL,
        amount REAL NOT NULL,
        PRIMARY KEY (series, day)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE INDEX days_by_day ON days (day);
    CREATE TABLE counts (
        programme TEXT NOT NULL,
        day TEXT NOT NULL,
        connected REAL NOT NULL,
        required REAL NOT NULL,
        PRIMARY KEY (programme, day)
    ) STRICT, WITHOUT ROWID
    """,
)
"""What each version adds to the one before. ``labels`` is a JSON list of values, ``day`` a local date."""

VERSION = len(STEPS)


class UnusableError(Exception):
    """The file is none that this monitor can write to; the message says what to do."""


class DamagedError(UnusableError):
    """What the file holds was never written by a monitor."""

    def __init__(self) -> None:
        super().__init__("it is damaged: bring back a copy of it, or move it away and restart the monitor")


def prepare(connection: sqlite3.Connection) -> None:
    """Bring the tables up to this version, all of it or nothing.

    Raises:
        UnusableError: The file belongs to something else, or to a newer monitor.
        sqlite3.Error: It cannot be written to.
    """
    if (_number(connection, "user_version"), _number(connection, "application_id")) == (VERSION, APPLICATION):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version, application = _number(connection, "user_version"), _number(connection, "application_id")
        if version > VERSION:
            raise UnusableError(
                f"it is of version {version}, this monitor knows {VERSION}: run the newer monitor again"
            )
        if application != APPLICATION and (version or connection.execute("SELECT 1 FROM sqlite_schema").fetchone()):
            raise UnusableError("it is the database of something else: name another file under history.path")
        for step in STEPS[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        if not version:
            connection.execute("INSERT INTO store VALUES (?, 0)", (uuid.uuid4().hex,))
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
