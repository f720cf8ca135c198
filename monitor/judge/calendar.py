"""When the windows of one target are open, worked out some weeks ahead and kept."""

from bisect import bisect_right
from zoneinfo import ZoneInfo

from monitor.inventory import OneOffWindow, Window
from monitor.judge.instant import microseconds
from monitor.judge.maintenance import Span, spans

AHEAD = 15 * 86_400_000_000
"""Longer than the two weeks after which every weekly pattern has shown an edge, unless it has none."""
BEHIND = 2 * 86_400_000_000
"""Checks that share a calendar are not all accounted for up to the same moment."""


class Calendar:
    """The windows of a target. Targets with the same windows share one."""

    __slots__ = ("_from", "_one_offs", "_spans", "_to", "_windows", "_zone")

    def __init__(self, windows: tuple[Window, ...], zone: ZoneInfo) -> None:
        self._windows = windows
        self._zone = zone
        self._one_offs = sorted(microseconds(one.start) for one in windows if isinstance(one, OneOffWindow))
        self._from = self._to = 0
        self._spans: list[Span] = []

    def inside(self, start: int, end: int) -> int:
        """Return how many microseconds of ``[start, end)`` lie inside a window."""
        self._reach(start, end)
        total = 0
        for index in range(self._after(start) - 1, len(self._spans)):
            opened, closed = self._spans[index] if index >= 0 else (start, start)
            if opened >= end:
                break
            total += max(0, min(end, closed) - max(start, opened))
        return total

    def is_inside(self, at: int) -> bool:
        """Return whether a window is open at a moment; it is no longer open at its end."""
        self._reach(at, at + 1)
        index = self._after(at) - 1
        return index >= 0 and at < self._spans[index][1]

    def next_edge(self, at: int) -> int | None:
        """Return the next moment after ``at`` at which to look again, or None when no window comes any more.

        It is an edge, but for windows that are always open, which have none.
        """
        self._reach(at, at + AHEAD)
        edges = [edge for span in self._spans for edge in span if at < edge < self._to]
        if edges:
            return min(edges)
        if len(self._one_offs) < len(self._windows):
            return self._to
        return next((start for start in self._one_offs if start > at), None) if not self.is_inside(at) else self._to

    def _after(self, at: int) -> int:
        return bisect_right(self._spans, (at, 1 << 63))

    def _reach(self, start: int, end: int) -> None:
        if start < self._from or end > self._to:
            self._from, self._to = start - BEHIND, end + AHEAD
            self._spans = spans(self._windows, self._zone, self._from, self._to)
