"""The runs under way: started as tasks, ended at their deadline whether or not their probe agrees."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from datetime import timedelta

from monitor.clock import Clock
from monitor.engine.blame import Blame
from monitor.engine.deadlines import Deadlines
from monitor.engine.explanation import explain, is_ambiguous
from monitor.engine.lag import Lag
from monitor.engine.readings import checked, is_sound
from monitor.engine.run import Landed, Places, Run
from monitor.inventory import Check, CheckId
from monitor.observation import Observation, Reason, down, unknown
from monitor.plugin.probe import Where
from monitor.vitals import Vitals

SETTLE_SECONDS = 0.1
"""A cancelled probe may take so long to clean up before it counts as abandoned."""
HELD_LIMIT = 100
"""So many abandoned runs of one plugin may live at once; then its checks do not run until some end."""


class Flight:
    """Runs under way. A probe that swallows its cancellation lives on, but nobody waits for it any more."""

    def __init__(self, clock: Clock, vitals: Vitals, places: Places, lag: Lag, beat_seconds: float) -> None:
        self._monotonic = clock.monotonic
        self._vitals = vitals
        self._places = places
        self._lag = lag
        self._blame = Blame(clock, vitals)
        self._deadlines: Deadlines[Run] = Deadlines(beat_seconds)
        self._under_way: set[Run] = set()
        self._leaving: deque[tuple[float, Run]] = deque()
        self._held: dict[CheckId, Run] = {}
        self._held_of_plugin: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, check: Check, due: float | None, landed: Landed) -> Run:
        """Start a run; ``landed`` is called exactly once, unless the run is cancelled."""
        run = Run(check, due, landed)
        self._under_way.add(run)
        self._vitals.in_flight += 1
        run.task = asyncio.get_running_loop().create_task(self._look(run))
        return run

    def expire(self, now: float) -> None:
        """End every run whose deadline has passed, and count those that ended but do not leave."""
        for run in self._deadlines.expired(now):
            self._end_late(run)
        while self._leaving and self._leaving[0][0] <= now:
            run = self._leaving.popleft()[1]
            if run.task is not None:
                self._hold(run)

    def end_late(self, run: Run) -> None:
        """End one run whose deadline has passed, if it is still under way."""
        if not run.is_over:
            self._deadlines.remove(run, run.deadline)
            self._end_late(run)

    def next(self) -> float | None:
        """Return when ``expire`` has something to do at the earliest; None when nothing is under way."""
        first = self._deadlines.next()
        if self._leaving and (first is None or self._leaving[0][0] < first):
            return self._leaving[0][0]
        return first

    def refusal(self, check: Check) -> str:
        """Return why a run of this check must not start now; empty when it may."""
        if not self._held:
            return ""
        if check.id in self._held:
            held = self._monotonic() - self._held[check.id].ended
            return f"an earlier run still holds on, {held:.0f} s after it was cancelled"
        if self._held_of_plugin[check.plugin] >= HELD_LIMIT:
            return f"{HELD_LIMIT} runs of {check.plugin} hold on after they were cancelled"
        return ""

    def cancel(self, run: Run) -> None:
        """End a run without a result."""
        if run.is_over:
            return
        self._decide(run)
        self._deadlines.remove(run, run.deadline)
        self._dismiss(run)
        if not run.began:  # a task that is cancelled before its first step never takes it
            self._leave(run)

    async def stop(self, within: timedelta) -> None:
        """End all runs without a result and wait for their tasks, for so long at most."""
        for run in tuple(self._under_way):
            self.cancel(run)
        tasks = [run.task for run in self._remaining() if run.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=within.total_seconds())

    def _remaining(self) -> Iterable[Run]:
        return (*(run for _, run in self._leaving), *self._held.values())

    async def _look(self, run: Run) -> None:
        check = run.check
        began = run.began = self._monotonic()
        run.lost_seconds = self._lag.spent(began)
        deadline = began + check.timeout.total_seconds()
        run.deadline = self._deadlines.add(run, deadline)
        try:
            if check.where is Where.IN_LOOP:
                run.vantage = vantage = self._places.network.vantage(check, deadline)
                seen: object = await check.probe.observe(vantage)
            else:
                seen = await self._places.observe(run, deadline)
        except GeneratorExit:  # the loop is gone
            raise
        except BaseException as error:  # noqa: BLE001 - foreign code: SystemExit would end the loop, a bare raise too
            if not run.is_over:
                observation = explain(error)
                if observation.reason is Reason.PLUGIN:
                    self._blame.error(check, error)
                self._land(run, observation, is_failure=True)
        else:
            if not run.is_over:
                if not is_sound(seen):
                    self._blame.nonsense(check, seen)
                    seen = unknown(Reason.PLUGIN, f"observe returned {type(seen).__name__}, not a sound Observation")
                self._land(run, seen, is_failure=check.where is Where.WORKER)
        finally:
            self._leave(run)

    def _land(self, run: Run, seen: Observation, *, is_failure: bool) -> None:
        self._decide(run)
        self._deadlines.remove(run, run.deadline)
        observation = checked(run.check, seen, run.noted, self._vitals)
        run.landed(run, observation, is_failure and is_ambiguous(observation))

    def _end_late(self, run: Run) -> None:
        self._decide(run)
        run.phases, run.noted = dict(run.phases or {}), tuple(run.noted)  # its task may still write
        seconds = run.check.timeout.total_seconds()
        observation = checked(
            run.check, down(Reason.TIMEOUT, f"no answer within {seconds:g} s"), run.noted, self._vitals
        )
        self._dismiss(run)
        run.landed(run, observation, True)  # noqa: FBT003

    def _decide(self, run: Run) -> None:
        run.is_over = True
        run.ended = self._monotonic()
        run.lost_seconds = self._lag.spent(run.ended) - run.lost_seconds
        vantage = run.vantage
        if vantage is not None:
            run.phases, run.noted = vantage.phases, vantage.noted

    def _dismiss(self, run: Run) -> None:
        if run.task is not None:
            run.task.cancel()
            self._leaving.append((run.ended + SETTLE_SECONDS, run))

    def _leave(self, run: Run) -> None:
        if run.vantage is not None:
            run.vantage.close()
            run.vantage = None
        run.task = None  # breaks a reference cycle, which the garbage collector would have to find
        self._under_way.discard(run)
        self._vitals.in_flight -= 1
        if self._held.get(run.check.id) is run:
            del self._held[run.check.id]
            self._held_of_plugin[run.check.plugin] -= 1

    def _hold(self, run: Run) -> None:
        self._vitals.abandoned += 1
        self._held[run.check.id] = run
        self._held_of_plugin[run.check.plugin] += 1
        self._blame.abandoned(run.check)
        if run.vantage is not None:
            run.vantage.close()
