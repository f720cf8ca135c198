"""Outcomes on their way out, handed on together."""

from collections import deque

from monitor.engine.needs import Emit
from monitor.observation import Status
from monitor.outcome import Outcome

AT_ONCE = 100
"""Handed on in one turn of the loop: a few milliseconds, also when a thousand runs end at the same moment."""
ENOUGH = 50
"""So many do not wait for more."""
PATIENCE_SECONDS = 0.1
"""How long good news waits for more of its kind."""


class Outbox:
    """Keeps outcomes until there are enough of them, or one that does not say up; both are looked at once a beat.

    Judging and rendering one takes a quarter of the time when its code and data are still in the processor's caches
    from the one before; and no run that waits for its answer is measured along with them.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._kept: deque[Outcome] = deque()
        self._leaves_at: float | None = None
        self._is_urgent = False

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, outcome: Outcome) -> None:
        """Keep one outcome; one that brings a memory goes out at once, for the next run of its check reads it."""
        self._kept.append(outcome)
        if outcome.memory is not None:
            self.empty()
            return
        if outcome.observation.status is not Status.UP:
            self._is_urgent = True

    def send(self, now: float) -> None:
        """Hand on what should not wait beyond ``now``, on the monotonic clock; the oldest first."""
        if not self._kept:
            return
        if self._leaves_at is None:
            self._leaves_at = now + PATIENCE_SECONDS
        if self._is_urgent or now >= self._leaves_at or len(self._kept) >= ENOUGH:
            self.empty(AT_ONCE)

    def empty(self, most: int | None = None) -> None:
        """Hand on so many outcomes, or all."""
        for _ in range(len(self._kept) if most is None else min(most, len(self._kept))):
            self._emit(self._kept.popleft())
        if not self._kept:
            self._is_urgent, self._leaves_at = False, None
