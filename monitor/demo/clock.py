"""A time server (SNTP, RFC 5905), right or wrong by a fixed amount."""

import asyncio
import struct
import time
from typing import cast

REQUEST_BYTES = 48
EPOCH_SECONDS = 2_208_988_800
"""Between 1900, where NTP's time begins, and 1970."""
DRIFT_SECONDS = 0.64
PACKET = struct.Struct("!BBbbII4sQ8sQQ")
SERVER, STRATUM, POLL, PRECISION = 4, 2, 6, -20
ROOT_DELAY, ROOT_DISPERSION = 655, 1311
"""10 and 20 ms, in units of 1/65536 s."""
SET_BEFORE_SECONDS = 17


class TimeServer(asyncio.DatagramProtocol):
    """Tells the time to whoever asks, ``ahead_seconds`` before it is so."""

    def __init__(self, ahead_seconds: float = 0.0) -> None:
        self._ahead_seconds = ahead_seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one request."""
        if len(data) >= REQUEST_BYTES:
            self._transport.sendto(answer(data, time.time() + self._ahead_seconds), addr)


def answer(request: bytes, now: float) -> bytes:
    """Return the answer to a request, at a time in seconds since 1970."""
    version = request[0] & 0b111000
    return PACKET.pack(
        version | SERVER, STRATUM, POLL, PRECISION, ROOT_DELAY, ROOT_DISPERSION, bytes([127, 0, 0, 1]),
        stamp(now - SET_BEFORE_SECONDS), request[40:48], stamp(now), stamp(now),
    )  # fmt: skip


def stamp(moment: float) -> int:
    """Return a time as NTP writes it."""
    return round((moment + EPOCH_SECONDS) * 2**32) % 2**64
