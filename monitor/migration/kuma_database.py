"""Monitors in the database of Uptime Kuma 2 or 1, ``kuma.db``: read only, and never believed to be what it says.

The columns are those of ``db/knex_init_db.js`` and ``db/knex_migrations`` of Uptime Kuma 2.0, and called there as its
version 1 called them in a backup, apart from the spelling.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from monitor.migration.foreign import ForeignError

TABLE = "monitor"
NEEDED = frozenset({"id", "name", "type", "url", "hostname", "active", "interval"})
KEPT = frozenset(
    {
        "accepted_statuscodes", "basic_auth_user", "dns_resolve_server", "dns_resolve_type", "oauth_auth_method",
        "oauth_client_id", "oauth_scopes", "oauth_token_url",
    }
)  # fmt: skip
"""Names that a backup spells as the database does; all others are in camel case there."""
SECRET = re.compile(r"pass|secret|tls_key|connection_string|sasl|push_token", re.IGNORECASE)
"""Columns that nobody here needs to see."""
MOST_MONITORS = 10_000
MOST_COLUMNS = 500
MOST_BYTES = 1024 * 1024
"""Of one value."""
MOST_STEPS, AT_ONCE = 100_000, 1000
"""What SQLite's machine may do for the whole reading, in thousands: some seconds, and many times what is needed."""
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})


def monitors_in(path: Path) -> list[dict[str, Any]]:
    """Return the monitors of a database as a backup has them.

    Raises:
        ForeignError: It is no database, damaged, too large, or not of Uptime Kuma.
    """
    try:
        with closing(_opened(path)) as database:
            columns = _columns(database, path)
            wanted = ", ".join(map(_quoted, columns))
            rows = database.execute(f"SELECT {wanted} FROM {TABLE} LIMIT ?", (MOST_MONITORS + 1,))  # noqa: S608
            found = [dict(_facts(columns, row)) for row in rows]
            tags = _tags(database)
    except (sqlite3.Error, OverflowError) as error:
        raise ForeignError(f"{path}\n  cannot be read as a database: {_said(error)}") from None
    if len(found) > MOST_MONITORS:
        raise ForeignError(f"{path}\n  has more than {MOST_MONITORS:,} monitors; delete those that are not wanted")
    return [{**one, "tags": tags[one["id"]]} if one.get("id") in tags else one for one in found]


def _opened(path: Path) -> sqlite3.Connection:
    # What is still in the log of a running Uptime Kuma counts; without one nothing is written beside the file.
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.is_file() and log.stat().st_size else "mode=ro&immutable=1"
    database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{how}", uri=True, isolation_level=None, timeout=5)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    database.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS)
    steps = iter(range(MOST_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, AT_ONCE)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY)
    return database


def _is_table(database: sqlite3.Connection, name: str) -> bool:
    """Tell whether there is a table of this name; a view or a virtual table could be anything."""
    made = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    return made is not None and re.match(r"\s*create\s+table\b", str(made[0]), re.IGNORECASE) is not None


def _tags(database: sqlite3.Connection) -> dict[object, list[dict[str, str]]]:
    """Return the tags of each monitor that has any, by its id and as a backup has them, but for their values."""
    found: dict[object, list[dict[str, str]]] = {}
    if all(_is_table(database, name) for name in ("monitor_tag", "tag")):
        asked = "SELECT one.monitor_id, tag.name FROM monitor_tag AS one JOIN tag ON tag.id = one.tag_id LIMIT ?"
        with suppress(sqlite3.OperationalError):  # other columns than those of Uptime Kuma
            for monitor, name in database.execute(asked, (MOST_MONITORS,)):
                found.setdefault(monitor, []).append({"name": str(name)})
    return found


def _columns(database: sqlite3.Connection, path: Path) -> list[str]:
    """Return the columns to read."""
    if not _is_table(database, TABLE):
        raise ForeignError(f"{path}\n  has no table {TABLE}, so it is no database of Uptime Kuma")
    columns = [str(column[1]) for column in database.execute(f'PRAGMA table_info("{TABLE}")')]
    if missing := sorted(NEEDED - {*columns}):
        raise ForeignError(f"{path}\n  its table {TABLE} lacks {', '.join(missing)}, so it is not of Uptime Kuma")
    return [column for column in columns if not SECRET.search(column)]


def _facts(columns: list[str], row: tuple[object, ...]) -> Iterator[tuple[str, Any]]:
    for column, value in zip(columns, row, strict=True):
        name = column.removesuffix("_json")
        if value is None or isinstance(value, bytes):
            continue
        if name != column:
            try:
                value = json.loads(str(value))  # noqa: PLW2901
            except (ValueError, RecursionError):
                continue
        yield (name if name in KEPT else _camel(name)), value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    hints = {
        "interrupted": "it takes too long, as no database of Uptime Kuma does",
        "string or blob too big": f"a value in it is longer than {MOST_BYTES >> 20} MiB",
        "file is not a database": "it is damaged, or encrypted",
    }
    return hints.get(said, said)
