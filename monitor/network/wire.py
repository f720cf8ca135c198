"""One HTTP/1.1 exchange, read with aiohttp's own parser.

aiohttp's public session costs about twice the processor time, repeats a request whose connection broke,
follows any number of interim responses, buffers what it decompresses, and puts whole URLs into its errors. Its
C parser is what it does best, so that is what is used here, and aiohttp is pinned for it.
"""

import asyncio
from time import perf_counter
from typing import cast

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from aiohttp.http_parser import HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader

from monitor.network.hostname import shown
from monitor.network.reception import Reception
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

KIB = 1024
READ_BYTES = 16 * KIB
"""Read at a time; after a full piece the others get their turn."""
HEAD_BYTES = 64 * KIB
"""The most before the final response has begun to be read: interim responses, status line and headers."""
LINE_BYTES = 16 * KIB
HEADERS = 256
SLACK_BYTES = 2 * HEAD_BYTES
FRAMING_PER_BYTE = 8
"""A chunk of one byte takes six; what goes far over that is a flood of framing."""
NO_BODY = frozenset({204, 304})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Exchange(Reception, asyncio.BufferedProtocol):
    """Reads the answer to one request."""

    def __init__(
        self, buffer: memoryview, *, max_body: int = 0, is_head_enough: bool = False, follows: bool = False
    ) -> None:
        """Make ready for one answer. The loop reads into ``buffer``, which all exchanges of a loop share."""
        super().__init__(max_body=max_body, is_head_enough=is_head_enough, follows=follows)
        self._buffer = buffer
        self._parser: HttpResponseParser | None = None
        self._payload: StreamReader | None = None
        self._body: bytes | bytearray = b""
        self._size = 0
        self._raw = 0
        self._reading_paused = False  # aiohttp's StreamReader looks at it

    def send(self, transport: asyncio.Transport, data: bytes) -> None:
        """Send the request over a connection that uses this protocol."""
        self._transport = transport
        transport.write(data)

    @property
    def size(self) -> int:
        """Bytes of the body that came so far."""
        return self._size

    @property
    def body(self) -> bytes:
        """What was read of the body, as it came over the wire."""
        return bytes(self._body)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return where to put what is read next: no bytearray, of whose slice asyncio would fill a copy over TLS."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        if self.ended:
            return
        if not self.first:
            self.first = perf_counter()
        self._raw += nbytes
        data = bytes(self._buffer[:nbytes])
        if self._parser is None and nbytes < READ_BYTES and self._take_whole(data):
            return
        end = data.find(b"\r\n\r\n") + 4 if self.message is None else 0
        if 4 <= end < nbytes:
            # Apart, so that nonsense behind a complete answer does not make the parser drop it.
            self._feed(data[:end])
            data = data[end:]
        if self.ended:
            self.has_more = True
        else:
            self._feed(data)
        if nbytes >= READ_BYTES and not self.ended and self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._go_on_reading)

    def eof_received(self) -> None:
        """Take the end of what the peer sends."""
        self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""
        self._finish(exc)

    def pause_reading(self) -> None:
        """Do nothing: the parser is fed in small pieces and emptied after each."""

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002
        """Do nothing, for the same reason."""

    def _take_whole(self, data: bytes) -> bool:
        """Take an ordinary answer that came in one piece; return whether it was one, as most are."""
        if self._is_head_enough:
            return False
        parser = parser_for(self, has_body=True)
        try:
            messages, _, _ = parser.feed_data(data)
        except Exception:  # noqa: BLE001 - read step by step it may say something nevertheless
            return False
        if len(messages) != 1:
            return False
        code = messages[0][0].code
        if code < 200 or code in NO_BODY or code in REDIRECTS:
            return False
        self._parser = parser
        self._take_head(messages)
        self._take_body()
        return True

    def _feed(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:
            parser = self._parser = parser_for(self, has_body=not self._is_head_enough)
        try:
            messages, _, _ = parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over is no HTTP
            self._take_body()
            self._end(refusal(error))
            return
        if self.message is None:
            self._take_head(messages)
        self._take_body()

    def _take_head(self, messages: list[tuple[RawResponseMessage, StreamReader]]) -> None:
        final = next((each for each in messages if not is_interim(each[0].code)), None)
        if final is None:
            if self._raw > HEAD_BYTES:
                self._end(ProbeError(Reason.TOO_LARGE, f"the answer's head is over {HEAD_BYTES} bytes"))
            return
        message, payload = final
        if message.version.major != 1:
            self._end(ProbeError(Reason.PROTOCOL, f"the answer is HTTP/{message.version.major}, expected HTTP/1"))
            return
        self.message = message
        is_followed = self._follows and message.code in REDIRECTS and "Location" in message.headers
        self._payload = payload
        if self._is_head_enough or is_followed or message.code in NO_BODY:
            self._end(None)
            return
        declared = message.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared[:20]) > self._max_body:
            self._end(self._too_large())

    def _take_body(self) -> None:
        payload = self._payload
        if payload is None or self.ended:
            return
        piece = payload.read_nowait()
        if piece:
            self._size += len(piece)
            if not self._body:
                self._body = piece
            elif isinstance(self._body, bytearray):
                self._body += piece
            else:
                self._body = bytearray(self._body) + piece
        if self._size > self._max_body:
            self._end(self._too_large())
        elif payload.is_eof():
            self._end(None)
        elif self._raw - FRAMING_PER_BYTE * self._size > SLACK_BYTES:
            self._end(ProbeError(Reason.TOO_LARGE, "the answer is nearly all chunk framing"))

    def _finish(self, exc: Exception | None) -> None:
        if self.ended:
            return
        if exc is not None:
            self._end(exc)
        elif self.message is None or self._parser is None:
            self._end(ProbeError(Reason.DISCONNECTED, "the server closed the connection before it answered"))
        else:
            try:
                self._parser.feed_eof()
            except Exception:  # noqa: BLE001 - aiohttp has three for it, one private
                self._end(ProbeError(Reason.DISCONNECTED, f"the server closed after {self._size} bytes of body"))
            else:
                self._take_body()
                self._end(None)

    def _end(self, error: Exception | None) -> None:
        super()._end(error)
        # Each of them holds this exchange: a cycle, which only the garbage collector would find.
        self._transport = self._parser = self._payload = None


def parser_for(exchange: Exchange, *, has_body: bool) -> HttpResponseParser:
    """Return aiohttp's parser; of the protocol it takes, it needs no more than an Exchange has."""
    return HttpResponseParser(
        cast("BaseProtocol", exchange),
        asyncio.get_running_loop(),
        HEAD_BYTES,
        max_line_size=LINE_BYTES,
        max_field_size=LINE_BYTES,
        max_headers=HEADERS,
        response_with_body=has_body,
        read_until_eof=True,
        auto_decompress=False,
    )


def is_interim(code: int) -> bool:
    """Return whether another response follows the one with this status."""
    return 100 <= code < 200 and code != 101


def refusal(error: Exception) -> ProbeError:
    """Return in our words why aiohttp's parser gave up; it quotes the answer, which is not for every reader."""
    if isinstance(error, LineTooLong) or "Too many headers" in str(error):
        return ProbeError(Reason.TOO_LARGE, "the answer's head has too many or too long headers")
    lines = [line.strip(" :") for line in error.message.splitlines()] if isinstance(error, BadHttpMessage) else []
    words = next((line for line in lines if line and line != "Bad status line"), "malformed")
    return ProbeError(Reason.PROTOCOL, f"the answer is not HTTP: {shown(words, 100)}")
