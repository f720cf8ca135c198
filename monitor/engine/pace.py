"""Looks that are late through our own fault, let out beside the beats without a burst."""

from monitor.inventory import CheckId

SHARE = 0.15
"""Extra runs allowed, as a share of the mean rate: with the beats themselves it stays under 1.2."""
BURST = 8.0
"""So many may go out together after a quiet time, so that a single one is not kept waiting."""


class Pace:
    """A queue with a budget. A check is in it once at most, and leaves it when its own beat comes first."""

    def __init__(self) -> None:
        self._queue: dict[CheckId, None] = {}
        self._budget = BURST
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, check_id: CheckId) -> None:
        """Queue a check, unless it is there already."""
        self._queue[check_id] = None

    def drop(self, check_id: CheckId) -> None:
        """Take a check out, present or not."""
        self._queue.pop(check_id, None)

    def take(self, now: float, rate: float) -> list[CheckId]:
        """Return the checks that may go out now, beside the ``rate`` of runs a second that the beats make."""
        self._budget = min(BURST, self._budget + (now - self._since) * rate * SHARE)
        self._since = now
        out = [check_id for check_id, _ in zip(self._queue, range(int(self._budget)), strict=False)]
        for check_id in out:
            del self._queue[check_id]
        self._budget -= len(out)
        return out
