"""Runs that are over but whose probes have not left: cancelled ones that clean up, and abandoned ones that hold on."""

import asyncio
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from monitor.clock import Clock
from monitor.engine.blame import Blame
from monitor.engine.run import Run
from monitor.inventory import Check, CheckId
from monitor.vitals import Vitals

Settled = Callable[[CheckId], None]

SETTLE_SECONDS = 0.1
"""A cancelled probe may take so long to clean up before it counts as abandoned, unless it has a ``leaves_within``."""
LONGEST_SETTLE_SECONDS = 10.0
HELD_LIMIT = 100
"""So many abandoned runs of one plugin may live at once; then its checks do not run until some end."""
TRIES = 5
"""A coroutine may ignore that it is closed too; some only do so a few times."""


class Departures:
    """Where runs go between their result and the end of their task; ``settled`` hears when a check may go on."""

    def __init__(self, clock: Clock, vitals: Vitals, blame: Blame, settled: Settled) -> None:
        self._monotonic = clock.monotonic
        self._vitals = vitals
        self._blame = blame
        self._settled = settled
        self._cancelled: deque[tuple[float, Run]] = deque()
        self._leaving: Counter[CheckId] = Counter()
        self._held: dict[CheckId, set[Run]] = {}
        self._held_of_plugin: Counter[str] = Counter()

    def dismiss(self, run: Run) -> None:
        """Cancel the task of a run whose result is decided."""
        if run.task is not None:
            run.is_dismissed = True
            run.task.cancel()
            insort(self._cancelled, (run.ended + settle_seconds(run.check), run), key=lambda each: each[0])
            self._leaving[run.check.id] += 1

    def left(self, run: Run) -> None:
        """Note that the task of a run has ended that was dismissed."""
        check = run.check
        held = self._held.get(check.id)
        if held and run in held:
            held.remove(run)
            self._held_of_plugin[check.plugin] -= 1
            if not held:
                del self._held[check.id]
        else:
            self._settle(check.id)

    def look(self, now: float) -> None:
        """Count those as abandoned that were cancelled and are still here."""
        while self._cancelled and self._cancelled[0][0] <= now:
            run = self._cancelled.popleft()[1]
            if run.task is not None:
                self._vitals.abandoned += 1
                self._held.setdefault(run.check.id, set()).add(run)
                self._held_of_plugin[run.check.plugin] += 1
                self._blame.abandoned(run.check)
                if run.vantage is not None:
                    run.vantage.close()
                self._settle(run.check.id)

    def next(self) -> float | None:
        """Return when ``look`` has something to do at the earliest, or None."""
        return self._cancelled[0][0] if self._cancelled else None

    def is_leaving(self, check_id: CheckId) -> bool:
        """Tell whether a cancelled run of this check is cleaning up, so that the next one has to wait a little."""
        return check_id in self._leaving

    def refusal(self, check: Check) -> str:
        """Return why a run of this check must not start; empty when it may."""
        if not self._held:
            return ""
        if check.id in self._held:
            seconds = self._monotonic() - min(run.ended for run in self._held[check.id])
            return f"an earlier run still holds on, {seconds:.0f} s after it was cancelled"
        if self._held_of_plugin[check.plugin] >= HELD_LIMIT:
            return f"{HELD_LIMIT} runs of {check.plugin} hold on after they were cancelled"
        return ""

    async def wait(self, seconds: float) -> None:
        """Wait until all have left, for so long at most, and tear down those that stay."""
        runs = (*(run for _, run in self._cancelled), *(run for held in self._held.values() for run in held))
        tasks = [run.task for run in runs if run.task is not None]
        if tasks:
            _, staying = await asyncio.wait(tasks, timeout=seconds)
            for task in staying:
                tear_down(task)
            await asyncio.sleep(0)

    def _settle(self, check_id: CheckId) -> None:
        self._leaving[check_id] -= 1
        if not self._leaving[check_id]:
            del self._leaving[check_id]
            self._settled(check_id)


def settle_seconds(check: Check) -> float:
    """Return how long a cancelled run of this check may take to clean up."""
    said = getattr(check.probe, "leaves_within", None)
    seconds = said.total_seconds() if isinstance(said, timedelta) else 0.0
    return min(max(seconds, SETTLE_SECONDS), LONGEST_SETTLE_SECONDS)


def tear_down(task: asyncio.Task[None]) -> None:
    """End a task that swallows its cancellation: left alone, it would keep the loop from ever closing."""
    coroutine = task.get_coro()
    for _ in range(TRIES):
        with suppress(BaseException):  # foreign code, for the last time
            coroutine.close()
            break
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    task.cancel()
