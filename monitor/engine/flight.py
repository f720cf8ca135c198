"""The runs under way: started as tasks, ended at their deadline whether or not their probe agrees."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from monitor.clock import Clock
from monitor.engine.blame import Blame
from monitor.engine.deadlines import Deadlines
from monitor.engine.departures import Departures, Settled
from monitor.engine.explanation import explain, is_ambiguous
from monitor.engine.lag import Lag
from monitor.engine.readings import checked, is_sound
from monitor.engine.run import Landed, Places, Run
from monitor.engine.worker import ANSWER_SECONDS
from monitor.inventory import Check
from monitor.observation import Observation, Reason, down, unknown
from monitor.plugin.errors import let_go
from monitor.plugin.patience import noting
from monitor.plugin.probe import Where
from monitor.vitals import Vitals


def patience_seconds(check: Check) -> float:
    """Return how long a run may be under way: its timeout, and a moment for a worker to say why nothing came of it."""
    grace = ANSWER_SECONDS if check.where is Where.WORKER else 0.0
    return check.timeout.total_seconds() + grace


class Flight:
    """Runs under way. A probe that swallows its cancellation lives on, but nobody waits for it any more."""

    def __init__(
        self, clock: Clock, vitals: Vitals, places: Places, lag: Lag, beat_seconds: float, settled: Settled
    ) -> None:
        self._monotonic = clock.monotonic
        self._vitals = vitals
        self._places = places
        self._lag = lag
        self._settled = settled
        self._blame = Blame(clock, vitals)
        self._deadlines: Deadlines[Run] = Deadlines(beat_seconds)
        self._under_way: set[Run] = set()
        self.departures = Departures(clock, vitals, self._blame, settled)

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
        self.departures.look(now)

    def end_late(self, run: Run) -> None:
        """End one run whose deadline has passed, if it is still under way."""
        if not run.is_over:
            self._deadlines.remove(run, run.deadline)
            self._end_late(run)

    def next(self) -> float | None:
        """Return when ``expire`` has something to do at the earliest; None when nothing is under way."""
        return min(filter(None, (self._deadlines.next(), self.departures.next())), default=None)

    def cancel(self, run: Run) -> None:
        """End a run without a result."""
        if run.is_over:
            return
        self._decide(run)
        self._deadlines.remove(run, run.deadline)
        self.departures.dismiss(run)
        if not run.began:  # a task that is cancelled before its first step never takes it
            self._leave(run)

    async def stop(self, within: timedelta) -> None:
        """End all runs without a result, wait for their tasks for so long at most, and tear down those that stay."""
        for run in tuple(self._under_way):
            self.cancel(run)
        await self.departures.wait(within.total_seconds())

    async def _look(self, run: Run) -> None:
        check = run.check
        began = run.began = self._monotonic()
        run.awaited = noting()
        run.lost_seconds = self._lag.spent(began)
        deadline = began + check.timeout.total_seconds()
        run.deadline = self._deadlines.add(run, began + patience_seconds(check))
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
            let_go(error)
        else:
            if not run.is_over:
                if not is_sound(seen):
                    self._blame.nonsense(check, seen)
                    seen = unknown(Reason.PLUGIN, f"observe returned {type(seen).__name__}, not a sound Observation")
                elif run.vantage is not None:
                    run.memory = run.vantage.remembered
                self._land(run, seen, is_failure=check.where is Where.WORKER)
        finally:
            self._leave(run)

    def _land(self, run: Run, seen: Observation, *, is_failure: bool) -> None:
        self._decide(run)
        self._deadlines.remove(run, run.deadline)
        if run.vantage is not None and (detail := run.vantage.covered(seen.detail)) != seen.detail:
            seen = replace(seen, detail=detail)
        observation = checked(run.check, seen, run.noted, self._vitals, run.like)
        run.landed(run, observation, is_failure and is_ambiguous(observation))

    def _end_late(self, run: Run) -> None:
        self._decide(run)
        run.phases, run.noted = dict(run.phases or {}), tuple(run.noted)  # its task may still write
        seconds = run.check.timeout.total_seconds()
        late = down(Reason.TIMEOUT, self._in_vain(run) or f"no answer within {seconds:g} s")
        if run.check.where is Where.WORKER:
            late = unknown(Reason.WORKER, f"the worker did not say within {seconds:g} s what became of the run")
        observation = checked(run.check, late, run.noted, self._vitals)
        self.departures.dismiss(run)
        run.landed(run, observation, True)  # noqa: FBT003

    def _in_vain(self, run: Run) -> str:
        """Return what the probe of a run waits for; empty when it does not say."""
        failure = "".join(run.awaited[-1:])
        return run.vantage.covered(failure) if run.vantage is not None else failure

    def _decide(self, run: Run) -> None:
        run.is_over = True
        run.ended = self._monotonic()
        run.lost_seconds = self._lag.spent(run.ended) - run.lost_seconds
        vantage = run.vantage
        if vantage is not None:
            run.phases, run.noted = vantage.phases, vantage.noted

    def _leave(self, run: Run) -> None:
        if run.vantage is not None:
            run.vantage.close()
            run.vantage = None
        run.task = None  # breaks a reference cycle, which the garbage collector would have to find
        self._under_way.discard(run)
        self._vitals.in_flight -= 1
        if run.is_dismissed:
            self.departures.left(run)
