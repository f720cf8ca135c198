"""One plugin's place to run: its process kept warm, its runs given out, and what became of a process that ended."""

import asyncio
import itertools
from collections import deque
from collections.abc import Iterable
from datetime import timedelta

import structlog

from monitor.clock import Clock
from monitor.engine.worker import report
from monitor.engine.worker.life import Life, Run
from monitor.engine.worker.process import Process, described
from monitor.engine.worker.quarantine import Quarantine
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.veil import Veil
from monitor.engine.worker.wire import GarbageError, Message
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.vitals import Vitals

GRACE_SECONDS = 0.25
"""A run whose process has not answered so long after its deadline ends it."""
HOLD_SECONDS = 1.0
"""An asynchronous run that holds the loop so long while others wait ends its process."""
LOADING_SECONDS = 30.0
CLOSING_SECONDS = 0.1
"""Between the end of a channel and the word that its process has ended."""
KEEPER_SECONDS = 0.5
"""A keeper that does not kill within this is killed itself."""
UNLOADABLE_SECONDS = 60.0
LEAST_SECONDS = 0.05
"""With less than this left a run is not made anew."""


class Worker:
    """The daemon's side of one plugin's process.

    Attributes:
        terms: What the process was told at its start.
    """

    def __init__(self, terms: Terms, clock: Clock, vitals: Vitals) -> None:
        self.terms = terms
        self.plugin = terms.plugin
        self._clock = clock
        self._vitals = vitals
        self._log = structlog.get_logger()
        self._veil = Veil()
        self._quarantine = Quarantine()
        self._numbers = itertools.count(1)
        self._queue: deque[Run] = deque()
        self._process: Process | None = None
        self._life: Life | None = None
        self._ending: tuple[float, str] | None = None
        self._not_before = 0.0
        self._failure = ""
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something may happen within a second that nobody else would notice."""
        return bool(self._queue or self._ending or (self._life and (self._life.runs or not self._life.is_ready)))

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
        now = self._clock.monotonic()
        if now < self._not_before and (refusal := self._refusal(now)):
            raise refusal
        self._queue.append(run)
        self._give()

    def number(self) -> int:
        """Return a number for a new run."""
        return next(self._numbers)

    def cover(self, secret: str) -> str:
        """Return a secret that is about to be given away, and keep it out of what comes back."""
        self._veil.add(secret)
        return secret

    def leave(self, run: Run) -> None:
        """Forget a run that nobody waits for any more."""
        if run in self._queue:
            self._queue.remove(run)
        elif self._life is not None and run.number in self._life.runs:
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
                self._process = Process(self.plugin, self._veil, self._ended, self._gone)
            channel = self._process.begin()
        except OSError as error:
            self._log.error("worker.start_failed", plugin=self.plugin, error=str(error))
            self._not_before = self._clock.monotonic() + 1.0
            if self._process is not None:
                self._process.close()
            return
        self._life = Life(channel, self.terms, self._clock.monotonic(), self._heard, self._lost)

    def close(self) -> asyncio.Future[None] | None:
        """End everything; what is returned, if anything, is done when the last process has been reaped."""
        self._is_closed = True
        if self._life is not None:
            self._settle(self._life, (), "the monitor stops")
        self._fail(self._queue, Reason.WORKER, "the monitor stops")
        if self._process is None:
            return None
        self._process.close()
        return self._process.gone

    def sweep(self, now: float) -> None:
        """Look for what did not happen in time."""
        if self._process is not None:
            self._process.printed.look(now)
        if self._queue:
            word = "no slot of its worker was free" if self._life and self._life.is_ready else "its worker is not ready"
            self._fail([run for run in self._queue if now >= run.deadline], Reason.WORKER, word)
        if self._ending is not None:
            self._overdue_end(now)
        elif self._life is not None and not self._life.is_ready:
            if now - self._life.began > LOADING_SECONDS:
                self._kill(self._life, (), f"it did not load within {LOADING_SECONDS:g} s")
        elif self._life is not None:
            self._overdue_run(self._life, now)
        elif self._process is not None and not self._is_closed and now >= self._not_before:
            self.begin()

    def _overdue_end(self, now: float) -> None:
        since, why = self._ending or (now, "")
        if self._life is not None and now - since > CLOSING_SECONDS:
            self._kill(self._life, (), why)
        elif self._process is not None and now - since > KEEPER_SECONDS:
            self._process.close()

    def _overdue_run(self, life: Life, now: float) -> None:
        marker = self._process.marker if self._process else None
        holder = life.runs.get(marker.holder) if marker else None
        held = marker.held_seconds() if marker and holder else 0.0
        overdue = [run for run in life.runs.values() if now > run.deadline + GRACE_SECONDS]
        if holder is not None and (overdue or (held > HOLD_SECONDS and len(life.runs) > 1)):
            why = (
                f"it held its worker for {held:.1f} s; a long computation belongs into a plain function, not async def"
            )
            self._kill(life, (holder,), why)
        elif overdue:
            self._kill(life, overdue, "its worker did not answer when its time was up")

    def _heard(self, life: Life, message: Message) -> None:
        if "run" in message:
            self._answered(life, message)
        elif "ready" in message and not life.is_ready:
            life.is_ready = True
            self._failure = ""
            self._vitals.plugin_failures.pop(self.plugin, None)
            self._log.info("worker.started", plugin=self.plugin, isolated=message["ready"] is True)
        elif "failed" in message and not life.is_ready:
            self._unloadable(life, self._veil.cover(report.text(message["failed"])))
        else:
            raise GarbageError("a message is neither a result nor the first word")
        self._give()

    def _answered(self, life: Life, message: Message) -> None:
        number = message["run"]
        run = life.runs.get(number) if isinstance(number, int) else None
        if run is None:
            raise GarbageError("a result is of no run")
        result = report.read(message, run.check, self._veil, self._vitals)
        stuck = report.text(message["stuck"]) if "stuck" in message else ""
        del life.runs[number]
        if not run.result.done():
            run.result.set_result(result)
        if "raised" in message:
            self._raised(run, message)
        if stuck:
            self._kill(life, (), self._veil.cover(stuck)[:200], culprit=run)

    def _raised(self, run: Run, message: Message) -> None:
        self._vitals.plugin_errors[self.plugin] += 1
        if "trace" in message:
            error, trace = (self._veil.cover(report.text(message[name])) for name in ("raised", "trace"))
            self._log.error("plugin.raised", plugin=self.plugin, check=run.check.id, error=error, traceback=trace)

    def _unloadable(self, life: Life, failure: str) -> None:
        self._failure = failure
        self._vitals.plugin_failures[self.plugin] = failure
        self._not_before = self._clock.monotonic() + UNLOADABLE_SECONDS
        self._log.error("plugin.load_failed", plugin=self.plugin, error=failure)
        self._settle(life, (), failure)
        self._fail(self._queue, Reason.PLUGIN, f"the plugin cannot be loaded: {failure}")
        if self._process is not None:
            self._process.close()

    def _lost(self, life: Life, why: str) -> None:
        """Take note that a channel is of no use any more: the process ends, or must."""
        if why:
            self._kill(life, (), why)
        elif self._ending is None:
            self._ending = (self._clock.monotonic(), "it closed its channel")

    def _ended(self, status: int) -> None:
        """Take note that a process has ended, and start the next one."""
        self._ending = None
        if self._life is not None:
            marker = self._process.marker if self._process else None
            holder = self._life.runs.get(marker.holder) if marker else None
            self._untimely(self._life, (holder,) if holder else (), described(status))
        if not self._is_closed and self._process is not None and self._clock.monotonic() >= self._not_before:
            self.begin()

    def _gone(self) -> None:
        """Take note that the keeper has ended."""
        self._process, self._ending = None, None
        if self._life is not None:
            self._untimely(self._life, (), "its keeper ended")

    def _kill(self, life: Life, culprits: Iterable[Run], why: str, culprit: Run | None = None) -> None:
        self._untimely(life, culprits, why, culprit)
        self._ending = (self._clock.monotonic(), why)
        if self._process is not None:
            self._process.kill()

    def _untimely(self, life: Life, culprits: Iterable[Run], why: str, culprit: Run | None = None) -> None:
        """Count the end of a process before its time, and settle the runs it had."""
        culprits = [*culprits]
        now = self._clock.monotonic()
        self._vitals.workers_killed[self.plugin] += 1
        self._not_before = self._quarantine.kill(now)
        blamed = [run.check.id for run in (*culprits, *([culprit] if culprit else []))]
        self._log.error("worker.killed", plugin=self.plugin, why=why, checks=blamed)
        self._settle(life, culprits, why, is_known=culprit is not None)
        if refusal := self._refusal(now):
            self._vitals.quarantined.add(self.plugin)
            self._log.error("plugin.quarantined", plugin=self.plugin, seconds=self._not_before - now)
            self._fail(self._queue, refusal.reason, refusal.detail)
            if self._process is not None:
                self._process.close()

    def _settle(self, life: Life, culprits: Iterable[Run], why: str, *, is_known: bool = False) -> None:
        """Fail the culprits among a process's runs, and queue the others again.

        With ``is_known``, who is to blame is known and none of these.
        """
        life.end()
        self._life = None
        culprits = {*culprits}
        others = [run for run in life.runs.values() if run not in culprits]
        is_suspect = not culprits and not is_known and len(others) > 1
        if not culprits and not is_known and len(others) == 1:
            culprits, others = {*others}, []
        self._fail(culprits, Reason.WORKER, f"its worker was ended: {why}")
        again = [run for run in others if run.deadline - self._clock.monotonic() > LEAST_SECONDS and run.lives < 3]
        self._fail([run for run in others if run not in again], Reason.WORKER, f"its worker was lost: {why}")
        for run in again:
            run.is_suspect = run.is_suspect or is_suspect
        if not self._is_closed:
            self._vitals.rerun["worker"] += len(again)
        self._queue.extendleft(reversed(again))

    def _fail(self, runs: Iterable[Run], reason: Reason, detail: str) -> None:
        for run in [*runs]:
            if run in self._queue:
                self._queue.remove(run)
            if not run.result.done():
                run.result.set_exception(ProbeError(reason, detail[:500]))

    def _refusal(self, now: float) -> ProbeError | None:
        """Return why no run can be taken now."""
        until = self._quarantine.until(now)
        if until is not None:
            at = self._clock.now() + timedelta(seconds=until - now)
            detail = f"the plugin {self.plugin} is quarantined until {at:%H:%M:%S} UTC: its worker had to be ended"
            return ProbeError(Reason.WORKER, f"{detail} too often")
        if self._failure and now < self._not_before:
            return ProbeError(Reason.PLUGIN, f"the plugin cannot be loaded: {self._failure}")
        return None

    def _give(self) -> None:
        """Give runs to the process while it has room; a suspect runs alone."""
        life = self._life
        while life is not None and life.is_ready and not life.is_over and self._queue:
            first = self._queue[0]
            if len(life.runs) >= self.terms.limits.in_flight:
                return
            if life.runs and (first.is_suspect or any(run.is_suspect for run in life.runs.values())):
                return
            self._queue.popleft()
            if first.result.done():
                continue
            try:
                life.give(first)
            except ValueError as error:
                self._fail([first], Reason.PLUGIN, str(error))
