"""The engine: starts every check on its beat and hands on what became of it."""

import asyncio
from datetime import timedelta

from monitor.clock import Clock
from monitor.engine.blocking import Watch
from monitor.engine.books import Books
from monitor.engine.doubt import Doubt, of_our_network
from monitor.engine.flight import Flight, patience_seconds
from monitor.engine.lag import Lag
from monitor.engine.landing import Landing
from monitor.engine.needs import Emit, Network, Workers
from monitor.engine.outbox import Outbox
from monitor.engine.outcomes import Outcomes
from monitor.engine.pace import Pace
from monitor.engine.questions import questions
from monitor.engine.run import Places
from monitor.engine.schedule import SLACK_SECONDS, Schedule
from monitor.engine.slots import Slots
from monitor.engine.starts import Starts
from monitor.engine.threads import Threads
from monitor.engine.turns import Turn, Turns
from monitor.engine.witness import Witness, is_loopback
from monitor.inventory import Check, CheckId, Inventory
from monitor.observation import Observation
from monitor.outcome import Outcome
from monitor.settings import Settings
from monitor.vitals import Vitals

IDLE_SECONDS = 0.25
"""How often the loop's lag is sampled while no run is under way."""


class Engine:
    """Runs the checks of an inventory until it is stopped. Lives in one event loop; nothing in it is thread-safe."""

    def __init__(
        self, settings: Settings, clock: Clock, vitals: Vitals, network: Network, workers: Workers, emit: Emit
    ) -> None:
        self._monotonic = clock.monotonic
        self._beat = settings.beat.total_seconds()
        self._wall_offset = clock.now().timestamp() - clock.monotonic()
        self._schedule = Schedule(self._wall_offset, settings.beat)
        self._lag = Lag(settings.lag.total_seconds(), vitals)
        self._watch = Watch(settings.lag.total_seconds(), lambda: self._lag.late(clock.monotonic()))
        self._threads = Threads()
        self._flight = Flight(
            clock, vitals, Places(network, workers, self._threads), self._lag, self._beat, self._settled
        )
        self._outcomes = Outcomes(clock, settings.vantage)
        self._outbox = Outbox(emit)
        self._books = Books(Turns(), Slots(settings.slots), Pace(), vitals, self._outcomes, self._outbox.put)
        self._doubt = Doubt(Witness(questions(settings, network, clock), clock, vitals), network, clock.monotonic)
        self._landing = Landing(self._books, self._doubt, self._freed)
        self._starts = Starts(self._books, self._flight, self._landing.landed)
        self._timer: asyncio.TimerHandle | None = None
        self._stopped: asyncio.Future[None] | None = None
        vitals.in_flight_limit = settings.slots.process

    def replace(self, inventory: Inventory) -> None:
        """Put a new inventory into force; checks configured as before keep their beat, state and run under way."""
        for turn in self._books.turns.replace(inventory.checks):
            self._starts.drop(turn)
        self._schedule.replace(inventory.checks, self._monotonic())
        self._books.slots.tidy()
        self._doubt.keep(inventory.checks.values())
        if self._timer is not None:
            self._arm()

    def recheck(self, check_id: CheckId, at: float) -> None:
        """Look once more beside the beat, unless a beat is close to ``at`` on the monotonic clock."""
        self._schedule.once(check_id, at, self._monotonic())

    async def run(self) -> None:
        """Run until cancelled or stopped."""
        self._stopped = asyncio.get_running_loop().create_future()
        self._arm()
        self._watch.start()
        try:
            await self._stopped
        finally:
            await self.stop(timedelta(0))

    async def stop(self, within: timedelta) -> None:
        """End every run without a result; those that do not leave in time are left behind."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for turn in self._books.turns.replace({}):
            self._starts.drop(turn)
        self._watch.stop()
        self._landing.close()
        self._threads.close()
        self._outbox.empty()
        await self._flight.stop(within)
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_result(None)

    async def run_once(self, check: Check) -> Outcome:
        """Run one check now, beside everything else, and return its outcome without handing it on."""
        loop = asyncio.get_running_loop()
        landed: asyncio.Future[tuple[Observation, bool]] = loop.create_future()
        run = self._flight.start(check, None, lambda _, seen, may_be_ours: landed.set_result((seen, may_be_ours)))
        if self._timer is not None:
            self._arm()
        timer = loop.call_later(patience_seconds(check), self._flight.end_late, run)
        try:
            observation, may_be_ours = await landed
        finally:
            timer.cancel()
            self._flight.cancel(run)
        if may_be_ours and not is_loopback(check.host) and await self._doubt.is_our_network(run):
            observation = of_our_network(observation)
        self._outcomes.read_clock()
        return self._outcomes.of(run, observation)

    def _settled(self, check_id: CheckId) -> None:
        self._starts.settled(check_id)

    def _freed(self, turn: Turn) -> None:
        self._starts.request(turn)

    def _tick(self) -> None:
        now = self._monotonic()
        self._lag.woke(now)
        starts, pace = self._starts, self._books.pace
        try:
            self._outcomes.read_clock()
            self._flight.expire(now + SLACK_SECONDS)
            self._outbox.send(now)
            due = self._schedule.due(now)
            for check_id, at in due.beats:
                starts.keep_beat(check_id, at)
            for check_id in due.missed:
                starts.make_up(check_id)
            for check_id in due.once:
                starts.look_beside(check_id, now)
            for check_id in pace.take(now, self._schedule.rate):
                starts.look_beside(check_id, now)
            starts.start()
        finally:
            self._arm()

    def _arm(self) -> None:
        now = self._monotonic()
        if len(self._flight) or len(self._outbox) or len(self._books.pace) or self._books.slots.waiting:
            beats = (now + self._wall_offset + SLACK_SECONDS) // self._beat + 1
            wake_at = beats * self._beat - self._wall_offset
        else:
            wake_at = max(now, min(now + IDLE_SECONDS, self._schedule.next() or now + IDLE_SECONDS))
        self._lag.plan(wake_at)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(wake_at - now, self._tick)
