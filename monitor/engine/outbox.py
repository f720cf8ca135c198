"""Outcomes on their way out, handed on together once a beat."""

from collections import deque

from monitor.engine.needs import Emit
from monitor.outcome import Outcome

AT_ONCE = 100
"""Handed on in one turn of the loop: a few milliseconds, also when a thousand runs end at the same moment."""


class Outbox:
    """Keeps outcomes until the next beat.

    Judging and rendering one takes a quarter of the time when its code and data are still in the processor's caches
    from the one before; and no run that waits for its answer is measured along with them.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._kept: deque[Outcome] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, outcome: Outcome) -> None:
        """Keep one outcome."""
        self._kept.append(outcome)

    def send(self, most: int = AT_ONCE) -> None:
        """Hand on so many outcomes, the oldest first."""
        for _ in range(min(most, len(self._kept))):
            self._emit(self._kept.popleft())
