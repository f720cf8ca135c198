"""The gateway of an operations centre's sensors: answers datagrams."""

import asyncio
from collections.abc import Collection
from typing import cast


class Sensors(asyncio.DatagramProtocol):
    """Says how many sensors report, to whoever asks for a centre; says nothing for those that are ``mute``."""

    def __init__(self, mute: Collection[str]) -> None:
        self._mute = frozenset(f"ping {target}".encode() for target in mute)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        if data.startswith(b"ping ") and data not in self._mute:
            self._transport.sendto(b"pong 128 cam bien\n", addr)
