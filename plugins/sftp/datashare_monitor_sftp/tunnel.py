"""What asyncssh takes for its transport: a connection of the vantage, with a budget for what the server may send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from monitor.plugin import ProbeError, Reason, Stream

ALLOWANCE_BYTES = 72 * 1024
"""What a server may send between two of our questions; OpenSSH's longest answer has 61 KiB.

An answer is taken apart in one go, and this much of the shortest names holds the loop for some 40 ms.
"""
MOST_BYTES = 64 * 1024 * 1024
"""What it may send altogether."""
AT_ONCE = 16 * 1024


class Receiver(Protocol):
    """What is needed of an SSH connection."""

    def connection_made(self, transport: Any) -> None:
        """Take the transport."""
        ...

    def connection_lost(self, exc: Exception | None = None) -> None:
        """Take the end of it."""
        ...

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        ...


class Tunnel:
    """A transport over a stream.

    Attributes:
        overrun: Set when the server sent more than it may.
    """

    def __init__(self, stream: Stream, port: int) -> None:
        self.overrun: ProbeError | None = None
        self._is_over = False
        self._stream = stream
        self._peer = (str(stream.address), port)
        self._left = ALLOWANCE_BYTES
        self._seen = 0
        self._unsent = bytearray()
        self._has_unsent = asyncio.Event()
        self._receiver: Receiver | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def allow(self) -> None:
        """Let the server send another answer."""
        self._left = ALLOWANCE_BYTES

    async def create_connection(self, factory: Any, host: str, port: int) -> tuple["Tunnel", Any]:  # noqa: ARG002 - asyncssh's
        """Begin to carry what a new protocol of ``factory`` says and is told."""
        self._receiver = factory()
        self._receiver.connection_made(self)
        self._tasks = [
            asyncio.create_task(self._watch(self._receive())),
            asyncio.create_task(self._watch(self._send())),
        ]
        return self, self._receiver

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the peer's address, which is all that is known here."""
        return self._peer if name == "peername" else default

    def write(self, data: bytes) -> None:
        """Take what is to be sent."""
        self._unsent += data
        self._has_unsent.set()

    def is_closing(self) -> bool:
        """Return whether nothing is carried any more."""
        return self._is_over

    def abort(self) -> None:
        """Stop; the stream itself is its owner's to close."""
        for task in self._tasks:
            task.cancel()

    close = abort

    async def ended(self) -> None:
        """Stop, and wait until nothing runs any more."""
        self.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._receiver is not None:
            for name in ("_recv_handler", "_kex"):  # of asyncssh's connection, which they hold: cycles
                setattr(self._receiver, name, None)
            self._receiver = None

    async def _watch(self, carrying: Any) -> None:
        try:
            await carrying
        except Exception as error:  # noqa: BLE001 - asyncssh is foreign code, and nobody awaits this task
            self._is_over = True
            self.overrun = error if isinstance(error, ProbeError) else self.overrun
            if self._receiver is not None:
                self._receiver.connection_lost(None)

    async def _receive(self) -> None:
        while data := await self._stream.read(AT_ONCE):
            self._left -= len(data)
            self._seen += len(data)
            if self._left < 0 or self._seen > MOST_BYTES:
                limit = ALLOWANCE_BYTES if self._left < 0 else MOST_BYTES
                raise ProbeError(Reason.TOO_LARGE, f"the server sends more than {limit} bytes for an answer")
            if self._receiver is not None:
                self._receiver.data_received(data)
        raise ConnectionResetError("the server closed the connection")

    async def _send(self) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            data = bytes(self._unsent)
            self._unsent.clear()
            await self._stream.write(data)


@asynccontextmanager
async def tunnelled(stream: Stream, port: int) -> AsyncIterator[Tunnel]:
    """Give asyncssh a transport, and take it away at the end."""
    tunnel = Tunnel(stream, port)
    try:
        yield tunnel
    finally:
        await tunnel.ended()
