"""What is due when: edges of maintenance windows on the wall clock, silence on the monotonic clock. Two heaps."""

from collections.abc import Iterator
from heapq import heappop, heappush

from monitor.inventory import CheckId, TargetId

AT_ONCE = 500
"""The most of each sort that one call yields, so that a wave of them does not hold the loop for long."""


class Timetable:
    """Remembers when to look at what."""

    def __init__(self) -> None:
        self._edges: list[tuple[int, TargetId]] = []
        self._silence: list[tuple[float, CheckId]] = []

    def open_or_close(self, target_id: TargetId, at: int) -> None:
        """Look at the windows of a target at a moment, in microseconds since the epoch."""
        heappush(self._edges, (at, target_id))

    def forget_edges(self) -> None:
        """Look at no windows any more, until asked again."""
        self._edges.clear()

    def watch(self, check_id: CheckId, at: float) -> None:
        """Look whether a check is silent at a moment of the monotonic clock."""
        heappush(self._silence, (at, check_id))

    def edges(self, now: int) -> Iterator[TargetId]:
        """Yield targets whose windows may have opened or closed."""
        for _ in range(AT_ONCE):
            if not self._edges or self._edges[0][0] > now:
                return
            yield heappop(self._edges)[1]

    def silent(self, monotonic: float) -> Iterator[tuple[float, CheckId]]:
        """Yield checks that may be silent, and for when that look was planned."""
        for _ in range(AT_ONCE):
            if not self._silence or self._silence[0][0] > monotonic:
                return
            yield heappop(self._silence)
