"""One plugin's worker: runs wait here, are given to its process, and get their results."""

import itertools
from asyncio import Future
from datetime import timedelta

import structlog

from monitor.clock import Clock
from monitor.engine.worker import report
from monitor.engine.worker.life import Life, Run
from monitor.engine.worker.news import News
from monitor.engine.worker.seat import Seat
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.verdict import Verdict, settle
from monitor.engine.worker.waiting import Waiting, fail
from monitor.engine.worker.wire import GarbageError, Message
from monitor.network.veil import Veil
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.vitals import Vitals

UNLOADABLE_SECONDS = 60.0


class Worker:
    """The daemon's side of one plugin's process.

    Attributes:
        terms: What the process is told at its start.
        veil: The secrets that the plugin was given.
        numbers: Of its runs.
        seat: Where the process sits.
    """

    def __init__(self, terms: Terms, clock: Clock, vitals: Vitals) -> None:
        self.terms = terms
        self.plugin = terms.plugin
        self.veil = Veil()
        self.numbers = itertools.count(1)
        self.seat = Seat(terms, clock, vitals, self.veil, self._heard, self._over)
        self._clock = clock
        self._vitals = vitals
        self._waiting = Waiting()
        self._errors = News()
        self._failure = ""
        self._log = structlog.get_logger()

    @property
    def is_busy(self) -> bool:
        """Whether something may have to be done within a second."""
        life = self.seat.life
        return bool(self._waiting or self.seat.is_ending or (life is not None and (life.runs or not life.is_ready)))

    @property
    def wants_process(self) -> bool:
        """Whether it has no process and may have one now."""
        return self.seat.process is None and self.seat.may_begin

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
        life = self.seat.life
        if not self._waiting.remove(run) and life is not None and run.number in life.runs:
            life.cancel(run)

    def keep(self, checks: set[int]) -> None:
        """Have the process forget every check but these, by identity."""
        if self.seat.life is not None:
            self.seat.life.keep(checks)

    def sweep(self, now: float) -> None:
        """Look for what did not happen in time."""
        if self._waiting:
            is_ready = self.seat.life is not None and self.seat.life.is_ready
            self._waiting.expire(now, "no slot of its worker was free" if is_ready else "its worker was not ready")
        self.seat.sweep(now)

    def close(self) -> "Future[None] | None":
        """End everything; what is returned, if anything, is done when the last process has been reaped."""
        stopped = ProbeError(Reason.WORKER, "its worker is stopped")
        for run in self.seat.life.runs.values() if self.seat.life is not None else ():
            fail(run, stopped)
        self._waiting.fail(stopped)
        return self.seat.close()

    def _give(self) -> None:
        life = self.seat.life
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
            self._unloadable(self.veil.cover(report.text(message["failed"])))
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
            self.seat.kill(Verdict(f"{run.check.id}: {mishap.stuck}", is_clear=True))
        elif mishap.worn:
            self.seat.kill(Verdict(mishap.worn, is_clear=True, counts=False))

    def _unloadable(self, failure: str) -> None:
        self._failure = self._vitals.plugin_failures[self.plugin] = failure
        self._log.error("plugin.load_failed", plugin=self.plugin, error=failure)
        self.seat.rest(UNLOADABLE_SECONDS)
        self._turn_away()

    def _over(self, life: Life, verdict: Verdict) -> None:
        """Settle the runs of a process that ends before its time."""
        settlement = settle(life.runs.values(), verdict, self._clock.monotonic())
        for run, detail in settlement.failed:
            fail(run, ProbeError(Reason.WORKER, detail))
        self._vitals.rerun["worker"] += len(settlement.again)
        self._waiting.put_back(settlement.again)
        self._turn_away()

    def _turn_away(self) -> None:
        """Fail what waits when nothing can be taken."""
        if refusal := self._refusal():
            self._waiting.fail(refusal)

    def _refusal(self) -> ProbeError | None:
        """Return why no run can be taken now, if none can."""
        now = self._clock.monotonic()
        if now >= self.seat.not_before:
            return None
        if (until := self.seat.quarantine.until(now)) is not None:
            at = self._clock.now() + timedelta(seconds=until - now)
            detail = f"the plugin {self.plugin} is quarantined until {at:%H:%M:%S} UTC"
            return ProbeError(Reason.WORKER, f"{detail}: its worker ended before its time too often")
        if self._failure:
            return ProbeError(Reason.PLUGIN, f"the plugin {self.plugin} cannot be loaded: {self._failure}")
        return None
