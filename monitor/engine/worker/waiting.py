"""Runs that wait for their plugin's process."""

from collections import deque
from collections.abc import Iterable

from monitor.engine.worker.life import Life, Run
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


class Waiting:
    """A queue: first come, first served."""

    def __init__(self) -> None:
        self._runs: deque[Run] = deque()

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, run: Run) -> None:
        """Put a run at the end."""
        self._runs.append(run)

    def put_back(self, runs: Iterable[Run]) -> None:
        """Put runs in front of all others."""
        self._runs.extendleft(reversed([*runs]))

    def remove(self, run: Run) -> bool:
        """Take a run out; False when it does not wait."""
        try:
            self._runs.remove(run)
        except ValueError:
            return False
        return True

    def expire(self, now: float, detail: str) -> None:
        """Fail the runs whose deadline has passed."""
        late = [run for run in self._runs if now >= run.deadline]
        for run in late:
            self._runs.remove(run)
            fail(run, ProbeError(Reason.WORKER, detail))

    def fail(self, error: ProbeError) -> None:
        """Fail all."""
        while self._runs:
            fail(self._runs.popleft(), error)

    def next(self, life: Life, limit: int) -> Run | None:
        """Take out and return the run that a process can be given now; a suspect runs alone."""
        while self._runs and self._runs[0].result.done():
            self._runs.popleft()
        if not self._runs or len(life.runs) >= limit:
            return None
        if life.runs and (self._runs[0].is_suspect or next(iter(life.runs.values())).is_suspect):
            return None
        return self._runs.popleft()


def fail(run: Run, error: ProbeError) -> None:
    """End a run with an error, unless it has ended."""
    if not run.result.done():
        run.result.set_exception(error)
