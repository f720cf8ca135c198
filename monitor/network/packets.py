"""A connected socket of datagrams."""

import asyncio
from collections import deque

from monitor.network.stream import known, wake
from monitor.plugin.vantage import Address

KEPT = 64
"""Datagrams that wait to be read; of a flood the rest is dropped, as the network would."""


class Inbox(asyncio.DatagramProtocol):
    """The datagrams that came."""

    def __init__(self) -> None:
        self.kept: deque[bytes] = deque()
        self.error: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the kernel checks it
        """Keep what came."""
        if len(self.kept) < KEPT:
            self.kept.append(data)
        wake(self._arrival)

    def error_received(self, exc: Exception) -> None:
        """Keep what the network says, that nobody listens there for instance."""
        self.error = exc
        wake(self._arrival)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the socket."""
        self.error = self.error or exc or ConnectionResetError("the socket is closed")
        wake(self._arrival)

    async def next(self) -> bytes:
        """Return the next datagram.

        Raises:
            OSError: The network says that none will come.
        """
        while not self.kept:
            if self.error is not None:
                raise self.error
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self.kept.popleft()


class TargetDatagrams:
    """The Datagrams of ``vantage.datagrams()``."""

    def __init__(self, transport: asyncio.DatagramTransport, inbox: Inbox, address: Address | None) -> None:
        self._address = address
        self._transport = transport
        self._inbox = inbox

    @property
    def address(self) -> Address:
        """The address connected to."""
        return known(self._address)

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        self._transport.sendto(data)

    async def receive(self) -> bytes:
        """Return the next datagram from the target."""
        return await self._inbox.next()
