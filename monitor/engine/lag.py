"""Loop lag: how long the event loop stood still, and whether a run was under way meanwhile."""

from monitor.vitals import Vitals


class Lag:
    """The seconds that the loop lost in lags over the limit, summed up.

    The engine says when it means to wake up and when it did. A run compares ``spent`` at its begin and its end: a
    difference means that the loop stood still in between and its measurement is worth nothing. ``spent`` counts a lag
    that is still going on too, because after a stall other callbacks may run before the engine's own wake-up.
    """

    def __init__(self, limit_seconds: float, vitals: Vitals) -> None:
        self._limit = limit_seconds
        self._vitals = vitals
        self._planned = float("inf")
        self._total = 0.0

    def plan(self, wake_at: float) -> None:
        """Say when the engine means to wake up."""
        self._planned = wake_at

    def woke(self, now: float) -> float:
        """Note the wake-up, and return how late it was."""
        late = max(0.0, now - self._planned)
        self._vitals.loop_lag.add(late)
        self._vitals.loop_lag_newest_seconds = late
        if late > self._limit:
            self._total += late
        self._planned = float("inf")
        return late

    def late(self, now: float) -> float:
        """Return by how much the wake-up is overdue."""
        return now - self._planned

    def spent(self, now: float) -> float:
        """Return all seconds lost so far, those of a lag under way included."""
        late = now - self._planned
        return self._total + late if late > self._limit else self._total
