"""What kept the history from being written, as one of a few words."""

import errno
import sqlite3

from monitor.sinks.history.schema import DamagedError

KINDS = {
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read_only",
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_CANTOPEN": "missing",
    "SQLITE_CORRUPT": "corrupt",
    "SQLITE_NOTADB": "corrupt",
    "SQLITE_IOERR": "io",
}

NUMBERS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.EIO: "io",
}


def kind_of(error: Exception) -> str:
    """Return the member of a closed set that says what went wrong."""
    if isinstance(error, DamagedError):
        return "corrupt"
    if isinstance(error, sqlite3.Error):
        name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
        return KINDS.get(name, "other")
    return NUMBERS.get(error.errno or 0, "other") if isinstance(error, OSError) else "other"
