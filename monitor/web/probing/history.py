"""The newest results, and the newest failures among the older ones, for whoever wants to know what happened."""

from collections import deque
from dataclasses import dataclass

from monitor.web.probing.result import Result


@dataclass(frozen=True, slots=True)
class Kept:
    """One result that is kept, and its number."""

    id: int
    result: Result


class History:
    """So many results, and as many failures that would have been dropped."""

    def __init__(self, limit: int) -> None:
        self._results: deque[Kept] = deque()
        self._failures: deque[Kept] = deque(maxlen=limit)
        self._limit = limit
        self._last = 0

    def add(self, result: Result) -> None:
        """Keep a result."""
        self._last += 1
        self._results.append(Kept(self._last, result))
        if len(self._results) > self._limit:
            dropped = self._results.popleft()
            if not dropped.result.is_success:
                self._failures.append(dropped)

    def newest_first(self) -> list[Kept]:
        """Return all that is kept."""
        return [*reversed(self._results), *reversed(self._failures)]

    def numbered(self, number: int) -> Result | None:
        """Return the result with a number, or None when it is not kept."""
        return next((one.result for one in self.newest_first() if one.id == number), None)

    def newest_of(self, target: str) -> Result | None:
        """Return the newest result of a target, or None when none is kept."""
        return next((one.result for one in self.newest_first() if one.result.target == target), None)
