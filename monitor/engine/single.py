"""Looks made on request, beside the beats: nobody judges them, and no witness is asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from monitor.clock import Clock
from monitor.engine.departures import SETTLE_SECONDS
from monitor.engine.flight import Flight
from monitor.engine.lag import Lag
from monitor.engine.needs import Network
from monitor.engine.run import Places, Run
from monitor.engine.threads import Threads
from monitor.inventory import Check
from monitor.observation import Observation, Reason
from monitor.plugin.errors import ProbeError
from monitor.vitals import Vitals

THREADS = 64
BEAT_SECONDS = 0.02


class NoWorkers:
    """Stands where worker processes would be: their networks are not those of a look on request."""

    async def observe(self, check: Check, deadline: float) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(Reason.WORKER, f"{check.kind} runs in a worker, and cannot be looked with on request")


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a look: its observation, and the run that made it."""

    run: Run
    observation: Observation


class Single:
    """Makes one look at a time of each check it is given; any number of checks."""

    def __init__(self, clock: Clock, vitals: Vitals, network: Network) -> None:
        self._clock = clock
        self._threads = Threads(THREADS)
        self._flight = Flight(
            clock,
            vitals,
            Places(network, NoWorkers(), self._threads),
            Lag(float("inf"), vitals),
            BEAT_SECONDS,
            lambda _: None,
        )

    def refusal(self, check: Check) -> str:
        """Return why a look must not start, because too many of its plugin never ended; empty when it may."""
        return self._flight.departures.refusal(check)

    async def look(self, check: Check) -> Looked:
        """Look once, and return at the timeout of the check at the latest, whatever its probe does."""
        loop = asyncio.get_running_loop()
        landed: asyncio.Future[Looked] = loop.create_future()
        take: Callable[[Run, Observation, bool], None] = lambda run, seen, _: landed.set_result(Looked(run, seen))  # noqa: E731
        run = self._flight.start(check, None, take)
        timer = loop.call_later(check.timeout.total_seconds(), self._end, run)
        try:
            return await landed
        finally:
            timer.cancel()
            self._flight.cancel(run)

    async def stop(self, within: timedelta) -> None:
        """End every look without a result; those that do not leave in time are left behind."""
        self._threads.close()
        await self._flight.stop(within)

    def _end(self, run: Run) -> None:
        self._flight.end_late(run)
        asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._count)

    def _count(self) -> None:
        self._flight.expire(self._clock.monotonic())
