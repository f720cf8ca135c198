"""How long totals of days are kept: of so many days that have any, whatever the clock says.

A clock that leaps ahead by years therefore costs the oldest day and not all of them.
"""

import sqlite3
from collections.abc import Set as AbstractSet
from datetime import date

AT_ONCE = 20_000
"""Rows deleted with one batch; what is left over goes with the next ones, so that none takes long."""

# SQLite would read every row of the index for a DISTINCT; this leaps from day to day.
ALL = """
WITH RECURSIVE found (day) AS (
    SELECT max(day) FROM days
    UNION ALL
    SELECT (SELECT max(days.day) FROM days WHERE days.day < found.day) FROM found WHERE found.day IS NOT NULL
)
SELECT day FROM found WHERE day IS NOT NULL
"""
OLD = "DELETE FROM days WHERE (series, day) IN (SELECT series, day FROM days WHERE day < ? LIMIT ?)"


class Days:
    """The days that have totals. Used inside the transaction that writes them.

    Attributes:
        keep: Of how many days, the newest ones, totals are kept.
    """

    def __init__(self, connection: sqlite3.Connection, keep: int) -> None:
        self.keep = keep
        self._connection = connection
        self._known: set[str] | None = None
        self._has_more = True

    def tidy(self, written: AbstractSet[date]) -> None:
        """Delete what is too old, once totals of these days are written."""
        if self._known is None:
            self._known = {day for (day,) in self._connection.execute(ALL)}
        new = {day.isoformat() for day in written} - self._known
        if not new and not self._has_more:
            return
        self._known |= new
        if len(self._known) <= self.keep:
            self._has_more = False
            return
        first = sorted(self._known)[-self.keep]
        deleted = self._connection.execute(OLD, (first, AT_ONCE)).rowcount
        self._has_more = deleted >= AT_ONCE
        if not self._has_more:
            self._known = {day for day in self._known if day >= first}

    def forget(self) -> None:
        """Look anew which days there are: the transaction was rolled back."""
        self._known, self._has_more = None, True
