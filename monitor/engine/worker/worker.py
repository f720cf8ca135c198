"""One plugin's place to run: its process kept warm, its runs given out, and what follows when a process ends."""

import itertools
from asyncio import Future
from datetime import timedelta

import structlog

from monitor.clock import Clock
from monitor.engine.worker import report
from monitor.engine.worker.life import Life, Run
from monitor.engine.worker.news import News
from monitor.engine.worker.process import Process, described
from monitor.engine.worker.quarantine import Quarantine
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.veil import Veil
from monitor.engine.worker.verdict import Verdict, overdue, settle
from monitor.engine.worker.waiting import Waiting, fail
from monitor.engine.worker.wire import GarbageError, Message
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.vitals import Vitals

LOADING_SECONDS = 30.0
CLOSING_SECONDS = 0.1
"""Between the end of a channel and the word that its process has ended."""
KEEPER_SECONDS = 0.5
"""A keeper that does not kill within this is killed itself."""
RETRY_SECONDS = 1.0
UNLOADABLE_SECONDS = 60.0


class Worker:
    """The daemon's side of one plugin's process.

    Attributes:
        terms: What the process is told at its start.
        veil: The secrets that the plugin was given.
        numbers: Of its runs.
    """

    def __init__(self, terms: Terms, clock: Clock, vitals: Vitals) -> None:
        self.terms = terms
        self.plugin = terms.plugin
        self.veil = Veil()
        self.numbers = itertools.count(1)
        self._clock = clock
        self._vitals = vitals
        self._log = structlog.get_logger()
        self._quarantine = Quarantine()
        self._waiting = Waiting()
        self._errors = News()
        self._process: Process | None = None
        self._life: Life | None = None
        self._ending: tuple[float, str] | None = None
        self._not_before = 0.0
        self._failure = ""
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something may have to be done within a second."""
        return bool(self._waiting or self._ending or (self._life and (self._life.runs or not self._life.is_ready)))

    @property
    def is_starting(self) -> bool:
        """Whether its process is loading the plugin."""
        return self._life is not None and not self._life.is_ready

    @property
    def wants_process(self) -> bool:
        """Whether it has no process and may have one now."""
        return self._process is None and not self._is_closed and self._clock.monotonic() >= self._not_before

    def take(self, run: Run) -> None:
        """Make a run as soon as there is room.

        Raises:
            ProbeError: The plugin is quarantined, or cannot be loaded.
        """
        if refusal := self._refusal():
            raise refusal
        self._waiting.add(run)
        self._give()

    def leave(self, run: Run) -> None:
        """Forget a run that nobody waits for any more."""
        if not self._waiting.remove(run) and self._life is not None and run.number in self._life.runs:
            self._life.cancel(run)

    def keep(self, checks: set[int]) -> None:
        """Have the process forget every check but these, by identity."""
        if self._life is not None:
            self._life.keep(checks)

    def begin(self) -> None:
        """Start a process for the plugin."""
        self._vitals.quarantined.discard(self.plugin)
        try:
            if self._process is None:
                self._process = Process(self.plugin, self.veil, self._ended, self._gone)
            channel = self._process.begin()
        except OSError as error:
            self._log.error("worker.start_failed", plugin=self.plugin, error=str(error))
            self._not_before = self._clock.monotonic() + RETRY_SECONDS
            if self._process is not None:
                self._process.close()
            return
        self._life = Life(channel, self.terms, self._clock.monotonic(), self._heard, self._lost)

    def close(self) -> "Future[None] | None":
        """End everything; what is returned, if anything, is done when the last process has been reaped."""
        self._is_closed = True
        stopped = ProbeError(Reason.WORKER, "its worker is stopped")
        if self._life is not None:
            for run in self._life.runs.values():
                fail(run, stopped)
            self._life.end()
            self._life = None
        self._waiting.fail(stopped)
        if self._process is None:
            return None
        self._process.close()
        return self._process.gone

    def sweep(self, now: float) -> None:
        """Look for what did not happen in time."""
        life, process = self._life, self._process
        if process is not None:
            process.printed.look(now)
        if self._waiting:
            is_ready = life is not None and life.is_ready
            self._waiting.expire(now, "no slot of its worker was free" if is_ready else "its worker was not ready")
        if self._ending is not None:
            self._look_at_end(now)
        elif life is None:
            if process is not None and not self._is_closed and now >= self._not_before:
                self.begin()
        elif not life.is_ready:
            if now - life.began > LOADING_SECONDS:
                self._kill(life, Verdict(f"it did not load the plugin within {LOADING_SECONDS:g} s"))
        elif life.runs and process is not None:
            holder = life.runs.get(process.marker.holder)
            if verdict := overdue(life.runs.values(), holder, process.marker.held_seconds(), now):
                self._kill(life, verdict)

    def _look_at_end(self, now: float) -> None:
        since, why = self._ending or (now, "")
        if self._life is not None and now - since > CLOSING_SECONDS:
            self._kill(self._life, Verdict(why))
        elif self._process is not None and now - since > KEEPER_SECONDS:
            self._process.close()

    def _give(self) -> None:
        life = self._life
        while life is not None and life.is_ready and (run := self._waiting.next(life, self.terms.limits.in_flight)):
            try:
                life.give(run)
            except ValueError as error:
                fail(run, ProbeError(Reason.PLUGIN, str(error)))

    def _heard(self, life: Life, message: Message) -> None:
        if "run" in message:
            self._answered(life, message)
        elif "ready" in message and not life.is_ready:
            life.is_ready = True
            self._failure = ""
            self._vitals.plugin_failures.pop(self.plugin, None)
            self._log.info("worker.started", plugin=self.plugin, isolated=message["ready"] is True)
        elif "failed" in message and not life.is_ready:
            self._unloadable(life, self.veil.cover(report.text(message["failed"])))
        else:
            raise GarbageError("a message is neither a result nor the first word")
        self._give()

    def _answered(self, life: Life, message: Message) -> None:
        number = message["run"]
        run = life.runs.get(number) if isinstance(number, int) else None
        if run is None:
            raise GarbageError("a result is of no run")
        result = report.read(message, run.check, self.veil, self._vitals)
        mishap = report.mishap(message, self.veil)
        del life.runs[run.number]
        if not run.result.done():
            run.result.set_result(result)
        if mishap.raised:
            self._vitals.plugin_errors[self.plugin] += 1
        if mishap.trace and self._errors.is_news(mishap.raised, self._clock.monotonic()):
            keys = {"plugin": self.plugin, "check": run.check.id, "error": mishap.raised}
            self._log.error("plugin.raised", **keys, traceback=mishap.trace)
        if mishap.stuck:
            self._kill(life, Verdict(f"{run.check.id}: {mishap.stuck}", is_clear=True))
        elif mishap.worn:
            self._kill(life, Verdict(mishap.worn, is_clear=True, counts=False))

    def _unloadable(self, life: Life, failure: str) -> None:
        self._failure = self._vitals.plugin_failures[self.plugin] = failure
        self._not_before = self._clock.monotonic() + UNLOADABLE_SECONDS
        self._log.error("plugin.load_failed", plugin=self.plugin, error=failure)
        life.end()
        self._life = None
        self._turn_away()

    def _lost(self, life: Life, why: str) -> None:
        """Take note that a channel is of no use any more: the process ends, or must."""
        if why:
            self._kill(life, Verdict(why))
        elif self._ending is None:
            self._ending = (self._clock.monotonic(), "it closed its channel")

    def _ended(self, status: int) -> None:
        """Take note that a process has ended, and start the next one."""
        self._ending = None
        if self._life is not None and self._process is not None:
            holder = self._life.runs.get(self._process.marker.holder)
            verdict = Verdict(described(status), (holder,) if holder else (), is_clear=holder is not None)
            self._conclude(self._life, verdict)
        if self._process is not None and not self._is_closed and self._clock.monotonic() >= self._not_before:
            self.begin()

    def _gone(self) -> None:
        """Take note that the keeper has ended."""
        self._process, self._ending = None, None
        if self._life is not None:
            self._conclude(self._life, Verdict("its keeper was ended"))

    def _kill(self, life: Life, verdict: Verdict) -> None:
        self._conclude(life, verdict)
        if self._process is not None:
            self._ending = (self._clock.monotonic(), verdict.why)
            self._process.kill()

    def _conclude(self, life: Life, verdict: Verdict) -> None:
        """Draw the consequences of the end of a process before its time."""
        now = self._clock.monotonic()
        checks = [run.check.id for run in verdict.culprits]
        if verdict.counts:
            self._vitals.workers_killed[self.plugin] += 1
            self._not_before = self._quarantine.kill(now)
            self._log.error("worker.killed", plugin=self.plugin, why=verdict.why, checks=checks)
        else:
            self._log.warning("worker.replaced", plugin=self.plugin, why=verdict.why)
        life.end()
        self._life = None
        settlement = settle(life.runs.values(), verdict, now)
        for run, detail in settlement.failed:
            fail(run, ProbeError(Reason.WORKER, detail))
        self._vitals.rerun["worker"] += len(settlement.again)
        self._waiting.put_back(settlement.again)
        if self._quarantine.until(now) is not None:
            self._vitals.quarantined.add(self.plugin)
            self._log.error("plugin.quarantined", plugin=self.plugin, seconds=self._not_before - now)
            self._turn_away()

    def _turn_away(self) -> None:
        """Fail what waits, and have no process for a while."""
        if refusal := self._refusal():
            self._waiting.fail(refusal)
        if self._process is not None:
            self._process.close()

    def _refusal(self) -> ProbeError | None:
        """Return why no run can be taken now, if none can."""
        now = self._clock.monotonic()
        if now >= self._not_before:
            return None
        if (until := self._quarantine.until(now)) is not None:
            at = self._clock.now() + timedelta(seconds=until - now)
            detail = f"the plugin {self.plugin} is quarantined until {at:%H:%M:%S} UTC"
            return ProbeError(Reason.WORKER, f"{detail}: its worker ended before its time too often")
        if self._failure:
            return ProbeError(Reason.PLUGIN, f"the plugin {self.plugin} cannot be loaded: {self._failure}")
        return None
