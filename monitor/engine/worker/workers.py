"""All plugins that run in processes of their own: one warm process each."""

import asyncio
import sys
from collections.abc import Sequence

from monitor.clock import Clock
from monitor.engine.worker.life import Run
from monitor.engine.worker.report import WorkerResult
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.worker import Worker
from monitor.inventory import Check, Inventory
from monitor.network.exchanges import KnownExchanges
from monitor.network.memory import Blank, Memories
from monitor.network.secrets import SecretStore
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe
from monitor.settings import Settings
from monitor.vitals import Vitals

BRISK_SECONDS = 0.05
IDLE_SECONDS = 1.0
LATE_SECONDS = 0.25
STARTING_AT_ONCE = 2


class Workers:
    """Where probes run that are not trusted in the daemon. Lives in one event loop, in the main thread."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        vitals: Vitals,
        *,
        paths: Sequence[str] | None = None,
        exchanges: KnownExchanges | None = None,
        memories: Memories | None = None,
    ) -> None:
        """Start nothing yet.

        Plugins are looked for in ``paths``, beside the interpreter's own places; in those of this process by default.
        ``exchanges`` and ``memories`` are what the network of the daemon has.
        """
        self._exchanges = exchanges or KnownExchanges()
        self._memories = memories or Blank()
        self._settings = settings
        self._clock = clock
        self._vitals = vitals
        self._paths = tuple(path for path in (sys.path if paths is None else paths) if path)
        self._secrets = SecretStore()
        self._workers: dict[str, Worker] = {}
        self._leaving: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._next_sweep = 0.0

    async def observe(self, check: Check, deadline: float) -> WorkerResult:
        """Look once, in the worker of the check's plugin.

        Returns or raises within ``ANSWER_SECONDS`` after ``deadline``, which is on the monotonic clock.

        Raises:
            ProbeError: The worker ended because of this run, is not ready or quarantined; or a secret cannot be read.
        """
        probe = check.probe
        if not isinstance(probe, RemoteProbe):
            raise ProbeError(Reason.PLUGIN, f"{check.kind} cannot run in a worker: it was not made for one")
        worker = self._workers.get(probe.plugin)
        if worker is None:
            worker = self._worker(probe.plugin)
        secrets = []
        for secret in probe.secrets:
            text = self._secrets.reveal(secret)
            worker.veil.add(text)
            kind = "file" if secret.file is not None else "env" if secret.env is not None else "credential"
            secrets.append((kind, str(getattr(secret, kind)), text))
        future: asyncio.Future[WorkerResult] = asyncio.get_running_loop().create_future()
        run = Run(next(worker.numbers), check, probe, deadline, secrets, future)
        run.exchanges = {system: self._exchanges.of(system) for system in probe.systems}
        try:
            run.memory = self._memories.read(check.id)
        except ProbeError as error:  # of no concern to a probe that does not ask for it
            run.memory_refusal = error.detail
        worker.take(run)
        if self._timer is None or self._next_sweep - self._clock.monotonic() > BRISK_SECONDS:
            self._sweep_in(BRISK_SECONDS)
        try:
            return await future
        except asyncio.CancelledError:
            worker.leave(run)
            raise

    async def start(self, inventory: Inventory) -> None:
        """Start a process for each plugin that needs one; does not wait until they have loaded."""
        self.replace(inventory)

    def replace(self, inventory: Inventory, settings: Settings | None = None) -> None:
        """Start what a new inventory needs and end what it does not; what is needed as before runs on.

        New ``settings`` are in force from now on; a plugin whose terms they change gets a new process.
        """
        self._settings = settings or self._settings
        checks = [check for check in inventory.checks.values() if check.where is Where.WORKER]
        wanted = {check.probe.plugin for check in checks if isinstance(check.probe, RemoteProbe)}
        kept = {id(check) for check in checks}
        for plugin, worker in [*self._workers.items()]:
            if plugin not in wanted or worker.terms != self._terms(plugin):
                self._end(self._workers.pop(plugin))
            else:
                worker.keep(kept)
        for plugin in sorted(wanted - self._workers.keys()):
            self._worker(plugin)
        self._sweep_in(0.0)

    async def close(self) -> None:
        """End every process, and wait until all have been reaped."""
        if self._timer is not None:
            self._timer.cancel()
        for worker in self._workers.values():
            self._end(worker)
        self._workers.clear()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=1.0)

    def _worker(self, plugin: str) -> Worker:
        worker = self._workers[plugin] = Worker(self._terms(plugin), self._clock, self._vitals)
        return worker

    def _terms(self, plugin: str) -> Terms:
        return Terms.of(plugin, self._settings, self._paths)

    def _end(self, worker: Worker) -> None:
        self._vitals.quarantined.discard(worker.plugin)
        gone = worker.close()
        if gone is not None and not gone.done():
            self._leaving.add(gone)
            gone.add_done_callback(self._leaving.discard)

    def _sweep_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_sweep = self._clock.monotonic() + seconds
        self._timer = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Look after every worker. When this loop was held up, what they said in time may still be unread."""
        now = self._clock.monotonic()
        is_late = now - self._next_sweep > LATE_SECONDS
        workers = self._workers.values()
        for worker in workers:
            if not is_late:
                worker.sweep(now)
        starting = sum(worker.seat.is_starting for worker in workers)
        for worker in workers:
            if starting < STARTING_AT_ONCE and worker.wants_process:
                worker.seat.begin()
                starting += worker.seat.is_starting
        is_brisk = is_late or any(worker.is_busy for worker in workers)
        self._sweep_in(BRISK_SECONDS if is_brisk else IDLE_SECONDS)
