"""Which check is due when: one heap on the monotonic clock, which no step of the wall clock moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from heapq import heapify, heappop, heappush, heapreplace

from monitor.engine.phase import BEAT, next_due
from monitor.inventory import Check, CheckId

GRACE_SECONDS = 0.2
"""A start later than this has missed its beat: what piled up while the process stood still must not start at once."""
SLACK_SECONDS = 0.0015
"""Timers of uvloop have millisecond steps and may fire that much early."""
CLOSE = 0.25
"""A recheck is left to a beat that comes within this share of its delay, before or after."""


@dataclass(slots=True)
class Slot:
    """The place of one check in the schedule: its next beat, and a one-off look beside it."""

    every: float
    beat: float
    once: float | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now.

    Attributes:
        beats: Checks to start, with the moment at which they were due.
        missed: Checks whose beat passed too long ago; their next beat is set already.
        once: Checks whose one-off look is due.
    """

    beats: list[tuple[CheckId, float]]
    missed: list[CheckId]
    once: list[CheckId]


class Schedule:
    """The beats of all checks.

    The difference between wall and monotonic clock is taken once: phases are anchored at the epoch, so a restart finds
    the same beats, but from then on only the monotonic clock counts.
    """

    def __init__(self, wall_offset: float, beat: timedelta = BEAT) -> None:
        self._offset = wall_offset
        self._grid = beat
        self._slots: dict[CheckId, Slot] = {}
        self._heap: list[tuple[float, CheckId]] = []
        self.rate = 0.0
        """Runs a second when every check keeps its beat."""

    def replace(self, checks: Mapping[CheckId, Check], now: float) -> None:
        """Take a new set of checks; one that keeps its interval keeps its beat."""
        slots: dict[CheckId, Slot] = {}
        for check_id, check in checks.items():
            kept = self._slots.get(check_id)
            every = check.every.total_seconds()
            slots[check_id] = kept if kept and kept.every == every else Slot(every, self._first(check, now))
        self._slots = slots
        self._heap = [(slot.beat, check_id) for check_id, slot in slots.items()]
        self._heap += [(slot.once, check_id) for check_id, slot in slots.items() if slot.once is not None]
        heapify(self._heap)
        self.rate = sum(1 / slot.every for slot in slots.values())

    def once(self, check_id: CheckId, at: float, now: float) -> None:
        """Ask for a look beside the beat, which does not move; a beat that is close anyway is enough.

        A later wish takes the place of an earlier one.
        """
        slot = self._slots.get(check_id)
        if slot is None:
            return
        if abs(slot.beat - at) <= CLOSE * max(at - now, 0.0):
            slot.once = None
            return
        slot.once = max(at, now)
        heappush(self._heap, (slot.once, check_id))

    def next(self) -> float | None:
        """Return when the next check is due; None without checks. May be early, after a recheck was called off."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Due:
        """Take out all that is due, and set the beats that follow."""
        due = Due([], [], [])
        heap = self._heap
        limit = now + SLACK_SECONDS
        while heap and heap[0][0] <= limit:
            at, check_id = heap[0]
            slot = self._slots.get(check_id)
            if slot is not None and slot.beat == at:
                following = at + slot.every
                if now - at <= GRACE_SECONDS:
                    due.beats.append((check_id, at))
                else:
                    due.missed.append(check_id)
                    following += max(0.0, (now - at) // slot.every) * slot.every
                slot.beat = following
                heapreplace(heap, (following, check_id))
                continue
            heappop(heap)
            if slot is not None and slot.once == at:
                slot.once = None
                due.once.append(check_id)
        return due

    def _first(self, check: Check, now: float) -> float:
        return next_due(check.id, check.every, now + self._offset, self._grid) - self._offset
