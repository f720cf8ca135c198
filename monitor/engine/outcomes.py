"""The records of runs, and of those that did not take place."""

from datetime import UTC, datetime

from monitor.clock import Clock
from monitor.engine.run import Run
from monitor.inventory import Check
from monitor.observation import Observation, Reason, Status, unknown
from monitor.outcome import Outcome


class Outcomes:
    """Makes outcomes, with times of the wall clock.

    The offset between the clocks is read anew all the time: a step of the wall clock shows in the records, while the
    schedule, which took its own once, does not move.
    """

    def __init__(self, clock: Clock, vantage: str) -> None:
        self._clock = clock
        self._vantage = vantage
        self._offset = 0.0
        self.read_clock()

    def read_clock(self) -> None:
        """Take the offset between the clocks anew."""
        self._offset = self._clock.now().timestamp() - self._clock.monotonic()

    def of(self, run: Run, observation: Observation) -> Outcome:
        """Return the record of a run. What it wrote into its memory goes along only if it is known what it saw."""
        is_known = observation.status is not Status.UNKNOWN
        return Outcome(
            check=run.check.id,
            vantage=self._vantage,
            started=datetime.fromtimestamp(run.began + self._offset, UTC),
            duration_seconds=run.duration_seconds,
            observation=observation,
            phases=run.phases or {},
            memory=run.memory if is_known else None,
        )

    def of_none(self, check: Check, reason: Reason, detail: str) -> Outcome:
        """Return the record of a run that did not take place."""
        return Outcome(
            check=check.id,
            vantage=self._vantage,
            started=self._clock.now(),
            duration_seconds=0.0,
            observation=unknown(reason, detail),
            is_run=False,
        )
