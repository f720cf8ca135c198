"""Packed outcomes by check, with the check that has most of them always at hand."""

from monitor.inventory import CheckId
from monitor.sinks.slim import Shape, Slim

PER_CHECK = 250
"""Bytes for a check that has any: its list, its shape's share and its places in two dictionaries."""


class Shelf:
    """Outcomes of one sort.

    Attributes:
        most: How many are kept of one check.
        used_bytes: About how much memory they take.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used_bytes = 0
        self._rows: dict[CheckId, list[Slim]] = {}
        self._by_count: list[dict[CheckId, None]] = [{} for _ in range(most + 2)]
        self._top = 0

    def of(self, check_id: CheckId) -> list[Slim]:
        """Return what is kept of a check, the oldest first."""
        return self._rows.get(check_id, [])

    def shape(self, check_id: CheckId) -> Shape | None:
        """Return the shape of the newest one that is kept of a check."""
        row = self._rows.get(check_id)
        return row[-1].shape if row else None

    def add(self, check_id: CheckId, one: Slim) -> None:
        """Keep one more; of a check that has its share already, the oldest goes."""
        if self.most == 0:
            return
        row = self._rows.get(check_id)
        if row is None:
            self._rows[check_id] = row = []
            self.used_bytes += PER_CHECK
        row.append(one)
        self.used_bytes += one.cost
        self._move(check_id, len(row) - 1, len(row))
        if len(row) > self.most:
            self._drop(check_id)

    def drop_one(self) -> bool:
        """Drop the oldest one of the check that has most; return whether there was any."""
        while self._top and not self._by_count[self._top]:
            self._top -= 1
        if not self._top:
            return False
        check_id, _ = self._by_count[self._top].popitem()
        self._drop(check_id)
        return True

    def rename(self, former: CheckId, check_id: CheckId) -> None:
        """Keep what was kept of a check under its new name."""
        row = self._rows.pop(former, None)
        if row is not None:
            self._rows[check_id] = row
            del self._by_count[len(row)][former]
            self._by_count[len(row)][check_id] = None

    def remove(self, check_id: CheckId) -> None:
        """Drop all that is kept of a check."""
        while check_id in self._rows:
            self._drop(check_id)

    def _drop(self, check_id: CheckId) -> None:
        row = self._rows[check_id]
        self.used_bytes -= row.pop(0).cost
        self._move(check_id, len(row) + 1, len(row))
        if not row:
            del self._rows[check_id]
            self.used_bytes -= PER_CHECK

    def _move(self, check_id: CheckId, before: int, now: int) -> None:
        self._by_count[before].pop(check_id, None)
        if now:
            self._by_count[now][check_id] = None
            self._top = max(self._top, now)
