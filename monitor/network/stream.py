"""A connection to a target: bytes both ways, with a bounded buffer."""

import asyncio
import ssl
from typing import cast

from monitor.network.handshake import handshake
from monitor.network.ledger import Handshake, Lap, Ledger
from monitor.network.tls import Contexts, facts, server_name
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import DEFAULT_TLS, Address, TlsConfig, TlsFacts

HIGH_WATER_BYTES = 64 * 1024
MOST_EXACTLY = 16 * 1024 * 1024


class Pipe(asyncio.Protocol):
    """What has come and was not read yet; the peer is told to wait when it is much."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.error: Exception | None = None
        self.is_ended = False
        self.transport: asyncio.Transport | None = None
        self._high_water = HIGH_WATER_BYTES
        self._arrival: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        """Keep what came."""
        self.buffer += data
        if len(self.buffer) > self._high_water and not self._is_paused and self.transport is not None:
            self.transport.pause_reading()
            self._is_paused = True
        wake(self._arrival)

    def eof_received(self) -> bool:
        """Take the end of what the peer sends; the other way stays open."""
        self.is_ended = True
        wake(self._arrival)
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""
        self.is_ended = True
        self.error = exc
        wake(self._arrival)
        wake(self._room)

    def pause_writing(self) -> None:
        """Let writers wait."""
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let writers go on."""
        wake(self._room)
        self._room = None

    async def more(self, wanted: int = 1) -> bool:
        """Wait until so many bytes are there; return False when the stream ends first.

        Raises:
            OSError: The connection broke.
        """
        self._high_water = max(HIGH_WATER_BYTES, wanted)
        while len(self.buffer) < wanted:
            if self.is_ended:
                if self.error is not None:
                    raise self.error
                return False
            if self._is_paused and self.transport is not None:
                self._is_paused = False
                self.transport.resume_reading()
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return True

    def take(self, count: int) -> bytes:
        """Return and forget so many bytes."""
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    async def drained(self) -> None:
        """Wait until what was written may go out."""
        if self._room is not None:
            await self._room
        if self.error is not None:
            raise self.error


class TargetStream:
    """The Stream of ``vantage.connect()``."""

    def __init__(
        self,
        pipe: Pipe,
        address: Address | None,
        host: str,
        contexts: Contexts,
        ledger: Ledger,
        alpn: tuple[str, ...] = (),
    ) -> None:
        self.tls: TlsFacts | None = None
        self._address = address
        self._pipe = pipe
        self._host = host
        self._contexts = contexts
        self._ledger = ledger
        self._alpn = alpn

    @property
    def has_more(self) -> bool:
        """Whether something has come that was not read yet."""
        return bool(self._pipe.buffer)

    @property
    def address(self) -> Address:
        """The address connected to."""
        return known(self._address)

    async def read(self, most: int) -> bytes:
        """Return what has come, at most so many bytes, as soon as there is any; empty at the end."""
        await self._pipe.more()
        return self._pipe.take(most)

    async def read_exactly(self, count: int) -> bytes:
        """Return exactly so many bytes."""
        if count > MOST_EXACTLY:
            raise ProbeError(Reason.TOO_LARGE, f"{count} bytes at once are more than {MOST_EXACTLY}")
        if not await self._pipe.more(count):
            raise ProbeError(Reason.DISCONNECTED, f"closed after {len(self._pipe.buffer)} of {count} bytes")
        return self._pipe.take(count)

    async def read_line(self, most: int = 8192) -> bytes:
        """Return one line without its end."""
        seen = 0
        while (end := self._pipe.buffer.find(b"\n", seen, most + 2)) < 0:
            seen = len(self._pipe.buffer)
            if seen >= most + 2:
                raise ProbeError(Reason.TOO_LARGE, f"a line is longer than {most} bytes")
            if not await self._pipe.more(seen + 1):
                raise ProbeError(Reason.DISCONNECTED, "closed in the middle of a line")
        line = self._pipe.take(end + 1)[:-1].removesuffix(b"\r")
        if len(line) > most:
            raise ProbeError(Reason.TOO_LARGE, f"a line is longer than {most} bytes")
        return line

    async def write(self, data: bytes) -> None:
        """Send bytes and wait until they may go out."""
        transport = self._pipe.transport
        if transport is None or transport.is_closing():
            raise self._pipe.error or ConnectionResetError("the connection is closed")
        transport.write(data)
        await self._pipe.drained()

    async def start_tls(self, tls_config: TlsConfig = DEFAULT_TLS) -> TlsFacts:
        """Turn the connection into TLS."""
        lap = self._ledger.lap()
        try:
            return await self._start_tls(tls_config, lap)
        finally:
            self._ledger.finish(lap)

    async def _start_tls(self, tls_config: TlsConfig, lap: Lap) -> TlsFacts:
        if self._pipe.transport is None or self._pipe.transport.is_closing():
            raise self._pipe.error or ConnectionResetError("the connection is closed")
        if self.has_more:
            # What came before TLS could be an attacker's, and would be read as if it had come through it.
            raise ProbeError(Reason.PROTOCOL, "the server sent more before TLS began")
        context = self._contexts.get(tls_config, *self._alpn)
        peer = self._pipe.transport.get_extra_info("peername")
        seen = self._ledger.handshake = Handshake(self._host, peer[1] if isinstance(peer, tuple) else 0, tls_config)
        lap.turn("tls")
        self._pipe.transport = await handshake(
            self._pipe.transport, self._pipe, context, server_name(tls_config, self._host), self._ledger
        )
        connection = self._pipe.transport.get_extra_info("ssl_object")
        self.tls = seen.facts = facts(connection, is_verified=context.verify_mode is not ssl.CERT_NONE)
        return self.tls

    def close(self) -> None:
        """Close the connection; without TLS what was written still goes out."""
        if self._pipe.transport is not None:
            self._ledger.release(self._pipe.transport, is_polite=self.tls is None)


def known(address: Address | None) -> Address:
    """Return an address that is there.

    Raises:
        ValueError: It is not: this is a unix socket.
    """
    if address is None:
        raise ValueError("a unix socket has no address")
    return address


def wake(waiter: asyncio.Future[None] | None) -> None:
    """End a wait, if there is one."""
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
