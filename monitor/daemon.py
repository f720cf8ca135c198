"""The composition root: build, serve, reload on SIGHUP, stop on SIGTERM."""

import asyncio
import gc
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import structlog

from monitor.clock import SystemClock
from monitor.config import Difference, Loaded, difference, load_in_child
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.garbage import Garbage
from monitor.inventory import CheckId, Inventory
from monitor.judge import Judge
from monitor.modules import load_modules
from monitor.network import Network
from monitor.outcome import Confirmed, InventoryReplaced, Sink
from monitor.plugin.heartbeat import listens
from monitor.rest import at_rest, awake
from monitor.settings import Settings, Web
from monitor.shard import part
from monitor.sinks.fanout import FanOut
from monitor.sinks.history import Counts, Ledger, NoHistory
from monitor.sinks.journal import journal
from monitor.sinks.metrics import Metrics
from monitor.sinks.newest import NewestOutcomes
from monitor.supervision import Supervisor
from monitor.web import Access, Running, application, listen
from monitor.web.probing import OFF, Prober

STOP_WITHIN = timedelta(seconds=1.5)
"""For runs under way, and again for open connections: the whole stop takes less than five seconds."""
BREATH_SECONDS = 0.01
"""Between two steps of putting an inventory into force: runs and answers under way go on meanwhile."""
ADVANCE_SECONDS = 1.0
"""How often the judge looks for maintenance edges and overdue checks, and how memory has grown."""

log = structlog.get_logger("monitor")


class NotListeningError(Exception):
    """The listening address cannot be used."""

    def __init__(self, place: str, cause: OSError) -> None:
        why = os.strerror(cause.errno) if cause.errno else cause
        super().__init__(f"cannot listen on {place}: {why}; name another address with --listen")


class Daemon:
    """All parts of one running monitor, put together."""

    def __init__(
        self, directory: Path, settings: Settings, reload_asked: asyncio.Event, access: Access | None = None
    ) -> None:
        self.directory = directory
        self.reload_asked = reload_asked
        self.settings = settings
        self.inventory = Inventory()
        self.why_unready = "starting"
        self.clock = SystemClock()
        self.access = access or Access()
        self.vitals = self.access.vitals
        self.vitals.shard = settings.shard
        self.supervisor = Supervisor(os.environ)
        self.metrics = Metrics(self.vitals)
        self.ledger = self._ledger(settings)
        memories = self.ledger or NoHistory()
        self.counts: Counts | None = None
        self.network = Network(settings, self.clock, self.vitals, environment=os.environ, memories=memories)
        self.workers = Workers(settings, self.clock, self.vitals, exchanges=self.network.exchanges, memories=memories)
        self.newest = NewestOutcomes(settings.newest)
        sinks: dict[str, Sink] = {"metrics": self.metrics, "newest": self.newest, "journal": journal(log)}
        if self.ledger is not None:
            self.counts = Counts(self._state, self.ledger.record)
            sinks |= {"history": self.ledger, "counts": self.counts}
        self.judge = Judge(self.clock, FanOut(sinks, self.vitals), self._recheck)
        self.engine = Engine(settings, self.clock, self.vitals, self.network, self.workers, self.judge.take)
        self.prober = Prober(self.network, self.clock, self.vitals, settings.probe)
        self.running = Running(
            settings=settings,
            clock=self.clock,
            vitals=self.vitals,
            started=self.clock.now(),
            inventory=lambda: self.inventory,
            configured=lambda: self._configured,
            state=self.judge.state,
            fault=self.judge.fault,
            trace=self.judge.trace,
            newest=self.newest,
            metrics=self.metrics,
            reload=self.reload,
            unready=lambda: self.why_unready,
            inbox=self.network.heartbeats.box,
            keep=self.ledger.keep if self.ledger is not None else None,
            reveal=self.network.reveal,
            recheck=lambda check: self._recheck(check, timedelta(0)),
            counted=memories.counted,
            probing=replace(OFF, prober=self.prober),
        )
        self._reloading = asyncio.Lock()
        self._configured = settings
        self._in_force: Loaded | None = None
        self._day = date.min

    def _ledger(self, settings: Settings) -> Ledger | None:
        """Return the ledger, if a history is kept; it sums up increments then."""
        file = settings.history.file(os.environ.get("STATE_DIRECTORY"))
        if file is None:
            return None
        self.metrics.expect_totals()
        return Ledger(Path(file), self.clock, self.vitals, self.metrics.count, keep_days=settings.history.days)

    async def run(self, loaded: Loaded) -> None:
        """Serve until SIGTERM or SIGINT.

        Raises:
            NotListeningError: The listening address is taken, or not ours.
        """
        self._configured = loaded.settings
        stopped = asyncio.Event()
        async with AsyncExitStack() as stack:
            if self.ledger is not None:
                await self.ledger.start()
                stack.push_async_callback(self.ledger.close)
            await self.network.start()
            stack.push_async_callback(self.network.close)
            web = self.settings.web
            try:
                shown = application(self.running, self.access)
                listener = await listen(shown, web.address, web.port, stop_within=STOP_WITHIN)
            except OSError as error:
                raise NotListeningError(_place(web, web.port), error) from error
            stack.push_async_callback(listener.close)
            stack.callback(self.access.close)
            stack.push_async_callback(self.prober.stop, STOP_WITHIN)
            stack.push_async_callback(self.workers.close)
            await self.workers.start(part(loaded.inventory or Inventory(), self.settings.shard))
            await self._put_into_force(loaded)
            self._listen_to_signals(stopped)
            work = (self.engine.run(), self._advance(), self._follow_days(), self._stay_alive(), self.access.watch())
            tasks = [asyncio.create_task(each) for each in work]
            stack.push_async_callback(self._stop, tasks)
            self.why_unready = ""
            self.supervisor.tell("READY=1")
            address = f"http{'s' if self.access.config.tls else ''}://{_place(web, listener.port)}"
            log.info("monitor.started", address=address, checks=len(self.inventory.checks))
            await asyncio.wait([*tasks, waiting := asyncio.create_task(stopped.wait())], return_when="FIRST_COMPLETED")
            waiting.cancel()
            self.why_unready = "stopping"
            self.supervisor.tell("STOPPING=1")
            for task in tasks:
                if task.done():
                    task.result()  # nothing but a bug of ours ends one: let it be seen
        log.info("monitor.stopped")

    async def reload(self) -> Sequence[str]:
        """Read the configuration anew and put it into force, whole or not at all; return what kept it from that."""
        async with self._reloading:
            self.supervisor.tell("RELOADING=1", f"MONOTONIC_USEC={self.clock.monotonic() * 1e6:.0f}")
            loaded = await load_in_child(self.directory, self._in_force)
            problems = [problem for problem in loaded.problems if problem.is_error]
            if loaded.inventory is not None:
                problems += await self.access.read()
            if problems or loaded.inventory is None:
                self.vitals.reload_ok = False
                self.vitals.reloads["rejected"] += 1
                log.error("config.rejected", problems=[problem.one_line for problem in problems])
            else:
                changes = (await self._put_into_force(loaded)).counts()
                self.vitals.reloads["accepted"] += 1
                watched = {"checks": len(self.inventory.checks), "agencies": len(self.inventory.agencies)}
                log.info("config.reloaded", **watched, changes=changes)
                if warnings := [problem.one_line for problem in loaded.problems]:
                    log.warning("config.doubted", problems=warnings)
                if waiting := _differing(loaded.settings, self._configured):
                    log.warning("config.restart_needed", settings=waiting, remedy="they apply at a start")
            self.supervisor.tell("READY=1")
            return [str(problem) for problem in problems]

    async def _put_into_force(self, loaded: Loaded) -> Difference:
        self._in_force = loaded
        await self._load_modules()
        changes = await self._watch(loaded)
        self.vitals.plugin_failures = {plugin.name: plugin.failure for plugin in loaded.plugins if plugin.failure}
        for name, failure in self.vitals.plugin_failures.items():
            log.error("plugin.load_failed", plugin=name, failure=failure)
        self.vitals.reload_ok = True
        self.vitals.reload_time = self.clock.now().timestamp()
        # What was just built lives until the next reload: the collector need not walk through it again and again.
        gc.freeze()
        return changes

    async def _watch(self, loaded: Loaded) -> Difference:
        """Hand the inventory round; between two steps the loop does what waits, so that no probe waits for all."""
        whole = loaded.inventory or Inventory()
        self._day = self._today(whole)
        inventory = await asyncio.to_thread(lambda: part(awake(whole, self._day), self.settings.shard))
        # In a thread: agencies and programmes come anew with every reload, and have to be compared field by field.
        changes = await asyncio.to_thread(difference, self.inventory, inventory)
        # A heartbeat that is let in because its check is known has to find a box that stays.
        self.network.heartbeats.keep({*_listening(self.inventory), *_listening(inventory)})
        self.inventory = inventory
        await asyncio.sleep(BREATH_SECONDS)
        # The judge goes first: of a check that it does not know yet it would drop the outcome.
        replaced = InventoryReplaced(
            inventory=inventory,
            added=changes.checks.added,
            changed=changes.checks.changed,
            removed=changes.checks.removed,
            plugins={plugin.name: plugin.version for plugin in loaded.plugins},
        )
        for _ in self.judge.replacing(replaced):
            await asyncio.sleep(0)
        await asyncio.sleep(BREATH_SECONDS)
        self.network.heartbeats.keep(_listening(inventory))
        self.network.exchanges.replace(whole)  # calls are counted for everybody, wherever their connection is watched
        if shared := sorted(f"{system}: {name}" for system, name in self.network.exchanges.shared):
            log.warning("config.names_shared", external_ids=shared, remedy="give each connection a name of its own")
        self.workers.replace(inventory)
        self.engine.replace(inventory)
        return changes

    async def turn_day(self) -> None:
        """On a new day, let connections rest that are suspended or retired from today on, and wake up others."""
        whole = None if self._in_force is None else self._in_force.inventory
        if whole is None or self._today(whole) == self._day:
            return
        async with self._reloading:
            if self._in_force is None or self._in_force.inventory is None:
                return
            self._day = self._today(self._in_force.inventory)
            if at_rest(self._in_force.inventory, self._day) != self.inventory.resting:
                changes = (await self._watch(self._in_force)).counts()
                log.info("connections.rested", resting=len(self.inventory.resting), changes=changes)

    def _today(self, inventory: Inventory) -> date:
        return self.clock.now().astimezone(inventory.time_zone).date()

    async def _load_modules(self) -> None:
        """Read the module file, which was in order a moment ago; when it is not any more, the modules in force stay."""
        name = self.settings.probe.modules
        if name is None or not self.settings.probe.allow:
            return
        modules, problems = await load_modules(self.directory / name)
        if wrong := [problem.one_line for problem in problems if problem.is_error]:
            log.error("modules.rejected", problems=wrong)
        else:
            self.prober.modules = modules

    def _state(self, subject: str) -> Confirmed:
        return self.judge.state(subject)

    def _recheck(self, check: CheckId, after: timedelta) -> None:
        self.engine.recheck(check, self.clock.monotonic() + after.total_seconds())

    def _listen_to_signals(self, stopped: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[Sequence[str]]] = set()

        def reload() -> None:
            if len(reloads) > 1:  # one that has not begun reads all that there is to read
                return
            task = loop.create_task(self.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)
        if self.reload_asked.is_set():
            reload()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)

    async def _advance(self) -> None:
        garbage = Garbage()
        while True:
            await asyncio.sleep(ADVANCE_SECONDS)
            self.judge.advance(self.clock.now())
            if self.counts is not None:
                self.counts.look(self.clock.now(), self.clock.monotonic())
            garbage.look(self.clock.monotonic())

    async def _follow_days(self) -> None:
        while True:
            await asyncio.sleep(ADVANCE_SECONDS)
            await self.turn_day()

    async def _stay_alive(self) -> None:
        expected = self.supervisor.watchdog
        if expected is None:
            await asyncio.Event().wait()
            return
        while True:
            self.supervisor.tell("WATCHDOG=1")
            await asyncio.sleep(expected.total_seconds() / 3)

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        await self.engine.stop(STOP_WITHIN)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _differing(one: Settings, other: Settings) -> list[str]:
    names = [field.name for field in fields(Settings)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _listening(inventory: Inventory) -> Iterator[CheckId]:
    """Yield the checks whose targets report in by themselves."""
    return (check.id for check in inventory.checks.values() if listens(check.probe))


def _place(web: Web, port: int) -> str:
    return f"[{web.address}]:{port}" if web.address.version == 6 else f"{web.address}:{port}"
