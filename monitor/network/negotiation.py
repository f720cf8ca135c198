"""A connection on which it is not yet known whether HTTP/1.1 or HTTP/2 will be spoken."""

import asyncio

from monitor.network.http2 import Http2Exchange
from monitor.network.redirects import Request
from monitor.network.wire import HEAD_BYTES, Exchange
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import HttpOptions

PROTOCOLS = ("h2", "http/1.1")


class Negotiation(asyncio.BufferedProtocol):
    """Keeps what the server says before we know in which protocol, then hands everything to the exchange in it.

    A server may send its settings together with the end of the handshake.
    """

    def __init__(self, buffer: memoryview, plain: Exchange) -> None:
        self._buffer = buffer
        self._plain = plain
        self._early = bytearray()
        self._lost: tuple[Exception | None] | None = None
        self._chosen: Exchange | Http2Exchange | None = None

    def agree(
        self, transport: asyncio.Transport, request: Request, options: HttpOptions, sent: bytes
    ) -> tuple[Exchange | Http2Exchange, bytes]:
        """Return the exchange in the protocol agreed on in the handshake, and the bytes of the request in it."""
        exchange: Exchange | Http2Exchange = self._plain
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            exchange = Http2Exchange(
                max_body=options.max_body,
                is_head_enough=request.method == "HEAD",
                follows=options.follow_redirects,
            )
            sent = exchange.start(request, decompress=options.decompress)
        self._chosen = exchange
        early, self._early = bytes(self._early), bytearray()
        if early:
            self._hand_over(early)
        if self._lost is not None:
            self._end(*self._lost)
        return exchange, sent

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return where to put what is read next."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        data = bytes(self._buffer[:nbytes])
        if self._chosen is not None:
            self._hand_over(data)
        elif len(self._early) + nbytes <= HEAD_BYTES:
            self._early += data
        else:
            self._lost = (ProbeError(Reason.TOO_LARGE, "the server says too much before it is asked"),)

    def eof_received(self) -> None:
        """Take the end of what the peer sends."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""
        self._end(exc)

    def _hand_over(self, data: bytes) -> None:
        if isinstance(self._chosen, Http2Exchange):
            self._chosen.take(data)
        elif self._chosen is not None:
            for start in range(0, len(data), len(self._buffer)):
                piece = data[start : start + len(self._buffer)]
                self._buffer[: len(piece)] = piece
                self._chosen.buffer_updated(len(piece))

    def _end(self, exc: Exception | None) -> None:
        if self._chosen is None:
            self._lost = self._lost or (exc,)
        elif isinstance(self._chosen, Http2Exchange):
            self._chosen.finish(exc)
        else:
            self._chosen.connection_lost(exc)
