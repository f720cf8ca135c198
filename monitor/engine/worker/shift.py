"""The work of a plugin's process: runs come in over the channel, and each is answered once."""

import asyncio
import os
import time
from base64 import b64decode
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from monitor.engine.threads import Threads
from monitor.engine.worker import confinement
from monitor.engine.worker.account import Account, nonsense
from monitor.engine.worker.look import Look
from monitor.engine.worker.scope import Scope
from monitor.engine.worker.stock import Stock
from monitor.engine.worker.wire import Frames, Message, frame
from monitor.inventory import Check, CheckId
from monitor.network import Network
from monitor.observation import Reason, unknown
from monitor.plugin.exchange import Exchange
from monitor.plugin.probe import Probe
from monitor.plugin.secret import Secret
from monitor.settings import PluginSettings

TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Known:
    """A check that the daemon has introduced.

    Attributes:
        fault: Why its probe cannot be built; empty when it can.
    """

    check: Check
    is_synchronous: bool
    fault: str = ""


class Shift(asyncio.Protocol):
    """The child's end of the channel."""

    def __init__(
        self,
        network: Network,
        stock: Stock,
        limits: PluginSettings,
        words: memoryview,
        threads: Threads,
        threads_left: int,
    ) -> None:
        self._network = network
        self._stock = stock
        self._limits = limits
        self._words = words
        self._threads = threads
        self._threads_left = threads_left
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._account = Account()
        self._checks: dict[int, Known] = {}
        self._exchanges: dict[str, dict[str, Exchange]] = {}
        self._looks: dict[int, Look] = {}
        self._transport: asyncio.WriteTransport | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._left = 0
        self._starting: asyncio.Task[None] | None = None
        confinement.allow_cpu(limits.cpu_seconds, time.process_time())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back, and read certificates for the runs to come."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._starting = self._loop.create_task(self._network.start())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """End at once: the daemon is gone or has given up on this process."""
        os._exit(0)

    def data_received(self, data: bytes) -> None:
        """Do what the daemon says."""
        for message in self._frames.feed(data):
            if "run" in message:
                self._run(message)
            elif "system" in message:
                self._learn(message["system"], message.get("exchanges"))
            elif "check" in message:
                self._checks[message["check"]] = self._known(message)
            elif "cancel" in message and (look := self._looks.get(message["cancel"])):
                look.cancel()
            elif "forget" in message:
                self._checks.pop(message["forget"], None)

    def _learn(self, system: str, exchanges: list[tuple[str, str, str, str]] | None) -> None:
        """Take connections by their names in a system; None begins anew."""
        if exchanges is None:
            self._exchanges[system] = {}
        for name, connection, consumer, service in exchanges or ():
            self._exchanges[system][name] = Exchange(connection=connection, consumer=consumer, service=service)

    def _known(self, message: Message) -> Known:
        kind, fault = message["kind"], ""
        probe, is_synchronous = None, False
        try:
            probe = self._stock.probe(kind, message["settings"])
            is_synchronous = self._stock.is_synchronous(kind)
        except Exception as error:  # noqa: BLE001 - foreign code: __post_init__ of the probe
            fault = f"its probe cannot be built: {type(error).__name__}: {' '.join(str(error).split())[:500]}"
        check = Check(
            id=CheckId(message["id"]),
            kind=kind,
            plugin=message["plugin"],
            probe=cast("Probe", probe),
            every=timedelta(seconds=message["every_seconds"]),
            timeout=timedelta(seconds=message["timeout_seconds"]),
            host=message["host"],
        )
        return Known(check, is_synchronous, fault)

    def _run(self, message: Message) -> None:
        known = self._checks[message["of"]]
        vantage = self._network.vantage(known.check, message["deadline"])
        secrets = {Secret(**{kind: name}): text for kind, name, text in message.get("secrets", ())}
        memory = b64decode(message.get("memory", ""))
        scope = Scope(vantage, secrets, memory, message.get("no_memory", ""), self._exchanges)
        look = Look(message["run"], vantage, scope, self._words)
        self._looks[look.number] = look
        if known.fault:
            look.seen = unknown(Reason.PLUGIN, known.fault)
            self._ended(look)
            return
        if self._tick is None:
            self._tick = self._loop.call_later(TICK_SECONDS, self._count_cpu)
        look.start(known.check.probe, message["deadline"], self._threads if known.is_synchronous else None, self._ended)

    def _ended(self, look: Look) -> None:
        del self._looks[look.number]
        if look.task is not None and not look.task.done():
            self._left += 1
            look.task.add_done_callback(self._returned)
            if self._left > self._threads_left:
                look.worn = "too many of its threads wait for silent targets"
        try:
            written = frame(self._account.of(look))
        except BaseException as error:  # noqa: BLE001 - foreign values
            written = frame(nonsense(look.number, error))
        if self._transport is not None:
            self._transport.write(written)

    def _returned(self, _: object) -> None:
        self._left -= 1

    def _count_cpu(self) -> None:
        """End runs that used too much processor time, and let the kernel do it when the loop cannot."""
        self._tick = None
        limit = self._limits.cpu_seconds
        confinement.allow_cpu(limit, time.process_time())
        for look in [*self._looks.values()]:
            if look.cpu_seconds() > limit:
                look.overspent(limit)
        if self._looks:
            self._tick = self._loop.call_later(TICK_SECONDS, self._count_cpu)
