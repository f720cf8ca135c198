"""Targets that break in the ways real ones do. Each yields ``host:port`` on loopback, the same for TCP and UDP."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from monitor.testing.servers import LOOPBACK, serve_stream

NOISE = random.Random(20260504).randbytes(4096)  # noqa: S311 - the same noise every time


@contextmanager
def _bound() -> Iterator[tuple[socket.socket, socket.socket, str]]:
    """Hold one port for both protocols, so that nobody else answers on it."""
    while True:
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        tcp.bind((LOOPBACK, 0))
        port = tcp.getsockname()[1]
        try:
            udp.bind((LOOPBACK, port))
            break
        except OSError:
            tcp.close()
            udp.close()
    try:
        yield tcp, udp, f"{LOOPBACK}:{port}"
    finally:
        tcp.close()
        udp.close()


@asynccontextmanager
async def refused() -> AsyncIterator[str]:
    """A target that refuses every connection and every datagram."""
    with _bound() as (_, udp, address):
        udp.close()
        yield address


@asynccontextmanager
async def stalled() -> AsyncIterator[str]:
    """A target that takes every connection and every datagram and never says a word."""
    with _bound() as (tcp, _, address):
        tcp.listen(128)
        yield address


@asynccontextmanager
async def crowded() -> AsyncIterator[str]:
    """A target whose queue of connections is full: the kernel answers no more of them. Datagrams are refused."""
    with _bound() as (tcp, udp, address):
        udp.close()
        tcp.listen(0)
        queue = [socket.socket() for _ in range(4)]
        for one in queue:
            one.setblocking(False)  # noqa: FBT003 - the library's signature
            one.connect_ex(tcp.getsockname())
        try:
            yield address
        finally:
            for one in queue:
                one.close()


@asynccontextmanager
async def garbage(noise: bytes = NOISE) -> AsyncIterator[str]:
    """A target that answers everything with noise."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(noise)

    with _bound() as (tcp, udp, address):
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Noise(noise[:512]), sock=udp)
        async with serve_stream(talk, bound=tcp):
            yield address
        transport.close()


class _Noise(asyncio.DatagramProtocol):
    def __init__(self, noise: bytes) -> None:
        self._noise = noise

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport.sendto(self._noise, addr)


@asynccontextmanager
async def dripping(drop: bytes = b"x", head: bytes = b"", *, every: float = 0.02) -> AsyncIterator[str]:
    """A target that says ``head`` and then ``drop`` every so many seconds: never quite silent and never done."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    async with serve_stream(talk) as address:
        yield address
