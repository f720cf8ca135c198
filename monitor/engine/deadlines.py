"""Deadlines of runs, kept in buckets of one beat: a run that ends in time costs a set entry, not a timer."""

from heapq import heappop, heappush
from math import ceil
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Deadlines(Generic[Item]):
    """Items and the beat after which each is late."""

    def __init__(self, beat_seconds: float) -> None:
        self._beat = beat_seconds
        self._buckets: dict[int, set[Item]] = {}
        self._order: list[int] = []

    def add(self, item: Item, at: float) -> int:
        """Keep an item until ``at``, rounded up to the beat; the number returned is for ``remove``."""
        number = ceil(at / self._beat)
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = set()
            heappush(self._order, number)
        bucket.add(item)
        return number

    def remove(self, item: Item, number: int) -> None:
        """Forget an item, present or not."""
        bucket = self._buckets.get(number)
        if bucket is not None:
            bucket.discard(item)

    def expired(self, now: float) -> list[Item]:
        """Take out and return every item whose deadline has passed."""
        late: list[Item] = []
        while self._order and self._order[0] * self._beat <= now:
            late.extend(self._buckets.pop(heappop(self._order)))
        return late

    def next(self) -> float | None:
        """Return the first moment at which an item may be late, or None."""
        while self._order and not self._buckets[self._order[0]]:
            del self._buckets[heappop(self._order)]
        return self._order[0] * self._beat if self._order else None
