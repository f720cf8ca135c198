"""Revocation lists that were believed, kept within bounds until they have to be replaced."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(days=1)
"""A list may hold for months, and be replaced tomorrow because something was revoked."""
MOST_LISTS = 256
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A list, and until when it is good."""

    data: bytes
    until: datetime


class Shelf:
    """Keeps lists by where they are from."""

    def __init__(self, most_lists: int = MOST_LISTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_lists = most_lists
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, place: str, now: datetime) -> bytes | None:
        """Return a list that is still good."""
        found = self._kept.get(place)
        if found is None:
            return None
        if now >= found.until:
            self._drop(place)
            return None
        self._kept.move_to_end(place)
        return found.data

    def keep(self, place: str, data: bytes, next_update: datetime | None, now: datetime) -> None:
        """Keep a list until it has to be replaced; one that does not say when is not kept."""
        self._drop(place)
        if next_update is None or len(data) > self._most_bytes:
            return
        self._kept[place] = Kept(data, min(next_update, now + LONGEST))
        self._bytes += len(data)
        while self._bytes > self._most_bytes or len(self._kept) > self._most_lists:
            self._drop(next(iter(self._kept)))

    def _drop(self, place: str) -> None:
        gone = self._kept.pop(place, None)
        self._bytes -= len(gone.data) if gone is not None else 0
