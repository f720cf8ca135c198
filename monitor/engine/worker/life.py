"""One process of a plugin, from the daemon's side: its channel and the runs it has been given."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from monitor.engine.worker.report import WorkerResult
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.wire import Frames, GarbageError, Message, frame
from monitor.inventory import Check, CheckId
from monitor.plugin.exchange import Exchanges
from monitor.plugin.remote import RemoteProbe

EXCHANGES_AT_ONCE = 1000
"""Told in one frame: a few hundred kilobytes at most."""


@dataclass(eq=False, slots=True)
class Run:
    """A run that somebody waits for.

    Attributes:
        deadline: On the monotonic clock.
        lives: How many processes it has been given to.
        is_suspect: It was in a process that ended without saying why: it runs alone next time.
        memory: What the check has kept of its newest run.
        memory_refusal: Why that cannot be read; empty when it can.
        exchanges: By system, the connections that its probe asks for.
    """

    number: int
    check: Check
    probe: RemoteProbe
    deadline: float
    secrets: list[tuple[str, str, str]]
    result: asyncio.Future[WorkerResult]
    lives: int = 0
    is_suspect: bool = False
    memory: bytes = b""
    memory_refusal: str = ""
    exchanges: Mapping[str, Exchanges] = field(default_factory=dict)


class Life(asyncio.Protocol):
    """The daemon's end of the channel to one process.

    Attributes:
        began: On the monotonic clock.
        runs: Those it has been given and has not answered, by number.
        is_ready: It has loaded the plugin.
        is_over: Nothing it says counts any more.
    """

    def __init__(
        self,
        channel: socket.socket,
        terms: Terms,
        began: float,
        heard: Callable[["Life", Message], None],
        lost: Callable[["Life", str], None],
    ) -> None:
        self._channel = channel
        self._terms = terms
        self.began = began
        self._heard = heard
        self._lost = lost
        self.runs: dict[int, Run] = {}
        self.is_ready = False
        self.is_over = False
        self._known: dict[CheckId, tuple[int, Check]] = {}
        self._last_known = 0
        self._told: dict[str, Exchanges] = {}
        self._frames = Frames()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._connecting = self._loop.create_task(self._connect())

    def give(self, run: Run) -> None:
        """Have the process make a run.

        Raises:
            ValueError: The settings of its probe do not fit into a frame.
        """
        for system, exchanges in run.exchanges.items():
            self._tell(system, exchanges)
        message: Message = {"run": run.number, "of": self._introduced(run), "deadline": run.deadline}
        if run.memory:
            message["memory"] = b64encode(run.memory).decode()
        if run.memory_refusal:
            message["no_memory"] = run.memory_refusal
        if run.secrets:
            message["secrets"] = run.secrets
        self._send(message)
        run.lives += 1
        self.runs[run.number] = run

    def cancel(self, run: Run) -> None:
        """Have the process end a run that nobody waits for any more."""
        self._send({"cancel": run.number})

    def keep(self, checks: set[int]) -> None:
        """Have the process forget every check but these, by identity."""
        for check_id, (number, check) in [*self._known.items()]:
            if id(check) not in checks:
                del self._known[check_id]
                self._send({"forget": number})

    def end(self) -> None:
        """Close the channel, and listen no more."""
        self.is_over = True
        self._connecting.cancel()
        if self._transport is not None:
            self._transport.abort()
        else:
            self._channel.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the terms."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(frame(self._terms.message()))

    def data_received(self, data: bytes) -> None:
        """Pass on what the process says."""
        try:
            for message in self._frames.feed(data):
                if self.is_over:
                    return
                self._heard(self, message)
        except GarbageError as error:
            if not self.is_over:
                self._lost(self, f"it wrote garbage: {error}")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Say so, unless that is what we wanted."""
        if not self.is_over:
            self._lost(self, "")

    async def _connect(self) -> None:
        await self._loop.create_unix_connection(lambda: self, sock=self._channel)

    def _introduced(self, run: Run) -> int:
        check, probe = run.check, run.probe
        known = self._known.get(check.id)
        if known is not None and known[1] is check:
            return known[0]
        number = self._last_known + 1
        self._send(
            {
                "check": number,
                "id": check.id,
                "kind": probe.kind,
                "plugin": check.plugin,
                "settings": probe.settings,
                "every_seconds": check.every.total_seconds(),
                "timeout_seconds": check.timeout.total_seconds(),
                "host": check.host,
            }
        )
        if known is not None:
            self._send({"forget": known[0]})
        self._last_known = number
        self._known[check.id] = (number, check)
        return number

    def _tell(self, system: str, exchanges: Exchanges) -> None:
        """Have the process know the connections by their names in a system, if it does not yet."""
        if self._told.get(system) is exchanges:
            return
        self._send({"system": system})
        told = [[name, one.connection, one.consumer, one.service] for name, one in exchanges.items()]
        for start in range(0, len(told), EXCHANGES_AT_ONCE):
            self._send({"system": system, "exchanges": told[start : start + EXCHANGES_AT_ONCE]})
        self._told[system] = exchanges

    def _send(self, message: Message) -> None:
        """Write a message; uvloop gathers what is written in one turn of the loop."""
        written = frame(message)
        if self._transport is not None and not self.is_over:
            self._transport.write(written)
