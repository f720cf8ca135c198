"""Where one plugin's process sits: started, watched, ended and started again, unless the plugin is quarantined."""

from asyncio import Future
from collections.abc import Callable

import structlog

from monitor.clock import Clock
from monitor.engine.worker.life import Life
from monitor.engine.worker.process import Process, described
from monitor.engine.worker.quarantine import Quarantine
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.verdict import Verdict, overdue
from monitor.engine.worker.wire import Message
from monitor.network.veil import Veil
from monitor.vitals import Vitals

LOADING_SECONDS = 30.0
CLOSING_SECONDS = 0.1
"""Between the end of a channel and the word that its process has ended."""
KEEPER_SECONDS = 0.5
"""A keeper that does not kill within this is ended itself."""
RETRY_SECONDS = 1.0


class Seat:
    """The process of one plugin, or its absence.

    Attributes:
        life: The process that takes runs; None between two of them.
        process: The keeper, and what can be done to the plugin's process; None when there is none.
        quarantine: Of this plugin.
        not_before: When the next process may start, on the monotonic clock.
    """

    def __init__(
        self,
        terms: Terms,
        clock: Clock,
        vitals: Vitals,
        veil: Veil,
        heard: Callable[[Life, Message], None],
        over: Callable[[Life, Verdict], None],
    ) -> None:
        """Start nothing yet; ``heard`` is told what a process says, ``over`` that one ends before its time."""
        self.life: Life | None = None
        self.process: Process | None = None
        self.quarantine = Quarantine()
        self.not_before = 0.0
        self._terms = terms
        self._clock = clock
        self._vitals = vitals
        self._veil = veil
        self._heard = heard
        self._over = over
        self._ending: tuple[float, str] | None = None
        self._is_closed = False
        self._log = structlog.get_logger()

    @property
    def is_ending(self) -> bool:
        """Whether a process has been told to end, or seems to have ended."""
        return self._ending is not None

    @property
    def is_starting(self) -> bool:
        """Whether the process is loading the plugin."""
        return self.life is not None and not self.life.is_ready

    @property
    def may_begin(self) -> bool:
        """Whether a process may be started now."""
        return not self._is_closed and self._clock.monotonic() >= self.not_before

    def begin(self) -> None:
        """Start a process."""
        self._vitals.quarantined.discard(self._terms.plugin)
        try:
            if self.process is None:
                self.process = Process(self._terms.plugin, self._veil, self._ended, self._gone)
            channel = self.process.begin()
        except OSError as error:
            self._log.error("worker.start_failed", plugin=self._terms.plugin, error=str(error))
            self.rest(RETRY_SECONDS)
            return
        self.life = Life(channel, self._terms, self._clock.monotonic(), self._heard, self._lost)

    def rest(self, seconds: float) -> None:
        """Have no process for a while."""
        self.not_before = self._clock.monotonic() + seconds
        self._leave()
        if self.process is not None:
            self.process.close()

    def close(self) -> "Future[None] | None":
        """End everything; what is returned, if anything, is done when the last process has been reaped."""
        self._is_closed = True
        self._leave()
        if self.process is None:
            return None
        self.process.close()
        return self.process.gone

    def kill(self, verdict: Verdict) -> None:
        """End the process before its time."""
        self._conclude(verdict)
        if self.process is not None:
            self._ending = (self._clock.monotonic(), verdict.why)
            self.process.kill()

    def sweep(self, now: float) -> None:
        """Look for what did not happen in time."""
        if self.process is None:
            return
        self.process.printed.look(now)
        if self._ending is not None:
            since, why = self._ending
            if self.life is not None and now - since > CLOSING_SECONDS:
                self.kill(Verdict(why))
            elif now - since > KEEPER_SECONDS:
                self.process.close()
        elif self.life is not None:
            if verdict := self._overdue(self.life, self.process, now):
                self.kill(verdict)
        elif self.may_begin:
            self.begin()

    def _overdue(self, life: Life, process: Process, now: float) -> Verdict | None:
        if life.is_ready:
            holder = life.runs.get(process.marker.holder)
            return overdue(life.runs.values(), holder, process.marker.held_seconds(), now) if life.runs else None
        if now - life.began > LOADING_SECONDS:
            return Verdict(f"it did not load the plugin within {LOADING_SECONDS:g} s")
        return None

    def _lost(self, life: Life, why: str) -> None:
        """Take note that a channel is of no use any more: the process ends, or must."""
        if life is not self.life:
            return
        if why:
            self.kill(Verdict(why))
        elif self._ending is None:
            self._ending = (self._clock.monotonic(), "it closed its channel")

    def _ended(self, status: int) -> None:
        """Take note that a process has ended, and start the next one."""
        self._ending = None
        if self.life is not None and self.process is not None:
            holder = self.life.runs.get(self.process.marker.holder)
            self._conclude(Verdict(described(status), (holder,) if holder else (), is_clear=holder is not None))
        if self.process is not None and self.may_begin:
            self.begin()

    def _gone(self) -> None:
        """Take note that the keeper has ended."""
        self.process, self._ending = None, None
        self._conclude(Verdict("its keeper was ended"))

    def _conclude(self, verdict: Verdict) -> None:
        """Count the end of a process before its time, and tell."""
        life = self._leave()
        if life is None:
            return
        plugin, now = self._terms.plugin, self._clock.monotonic()
        if verdict.counts:
            self._vitals.workers_killed[plugin] += 1
            self.not_before = self.quarantine.kill(now)
            checks = [run.check.id for run in verdict.culprits]
            self._log.error("worker.killed", plugin=plugin, why=verdict.why, checks=checks)
        else:
            self._log.warning("worker.replaced", plugin=plugin, why=verdict.why)
        self._over(life, verdict)
        if self.quarantine.until(now) is not None:
            self._vitals.quarantined.add(plugin)
            self._log.error("plugin.quarantined", plugin=plugin, seconds=self.not_before - now)
            if self.process is not None:
                self.process.close()

    def _leave(self) -> Life | None:
        life, self.life = self.life, None
        if life is not None:
            life.end()
        return life
