"""A WebSocket over a connection that somebody else opened; the protocol itself is websockets' own, without its I/O."""

import logging
import re
from collections import deque
from collections.abc import Mapping

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from monitor.plugin import ProbeError, Reason, Stream

STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |$)")
MOST_BYTES = 1024 * 1024
"""All that a server may send during one look."""
MOST_FRAMES = 4096
AT_ONCE = 2048
"""Bytes read in one turn of the loop: of frames without content they make a thousand, which take it 10 ms."""
LONGEST_HEAD = 64 * 1024
SWITCHING = 101
HUNG_UP = 1006
REASONS = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}
QUIET = logging.Logger("datashare_monitor_websocket", logging.CRITICAL + 1)  # noqa: LOG001 - not one that settings reach
"""websockets logs heads and messages, secrets among them, when the level of its logger is DEBUG."""


class WebSocket:
    """Opens, sends, receives and closes."""

    def __init__(self, stream: Stream, protocol: ClientProtocol) -> None:
        self.messages = 0
        self._stream = stream
        self._protocol = protocol
        self._seen = 0
        self._framed = 0
        self._frames: deque[Frame] = deque()

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols offered."""
        return self._protocol.subprotocol

    @property
    def close_code(self) -> int:
        """What the server closed with."""
        return self._protocol.close_rcvd.code if self._protocol.close_rcvd else HUNG_UP

    async def open(self, headers: Mapping[str, str]) -> int:
        """Shake hands; return the status code, 101 when the socket is open.

        Raises:
            ProbeError: The answer is no handshake.
        """
        request = self._protocol.connect()
        for name, value in headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        await self._flush()
        line = await self._stream.read_line()
        found = STATUS_LINE.match(line)
        if found is None:
            raise ProbeError(Reason.PROTOCOL, "does not answer in HTTP")
        if int(found[1]) != SWITCHING:
            return int(found[1])
        self._protocol.receive_data(line + b"\r\n")
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            await self._more()
            if self._seen > LONGEST_HEAD and self._protocol.state is State.CONNECTING:
                raise ProbeError(Reason.TOO_LARGE, f"a handshake of more than {LONGEST_HEAD} bytes")
        if error := self._protocol.handshake_exc:
            words = str(error) if isinstance(error, InvalidHandshake) else "the handshake cannot be read"
            raise ProbeError(Reason.PROTOCOL, words[:200]) from error
        return SWITCHING

    async def say(self, text: str) -> None:
        """Send a text message."""
        self._check()
        self._protocol.send_text(text.encode())
        await self._flush()

    async def ping(self, payload: bytes) -> None:
        """Send a ping and wait for its pong; what comes in between is dropped."""
        self._check()
        self._protocol.send_ping(payload)
        await self._flush()
        while (frame := await self._next()).opcode is not Opcode.PONG or bytes(frame.data) != payload:
            continue

    async def message(self) -> bytes:
        """Return the next message, put together from its fragments."""
        whole = bytearray()
        while True:
            frame = await self._next()
            if frame.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                whole += frame.data
                if frame.fin:
                    self.messages += 1
                    return bytes(whole)

    async def close(self) -> None:
        """Say good-bye and wait for the server's, or for its hanging up."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
        await self._flush()
        while self._protocol.close_rcvd is None and not self._protocol.parser_exc:
            data = await self._stream.read(AT_ONCE)
            if not data:
                return
            self._take(data)
        await self._flush()

    async def _next(self) -> Frame:
        while not self._frames:
            await self._more()
        frame = self._frames.popleft()
        if frame.opcode is Opcode.CLOSE:
            self._check()
        return frame

    def _check(self) -> None:
        """Return if the server has not closed the socket."""
        said = self._protocol.close_rcvd
        if said is not None:
            raise ProbeError(Reason.DISCONNECTED, f"the server closed the socket: {str(said)[:200]}")

    async def _more(self) -> None:
        data = await self._stream.read(AT_ONCE)
        if not data:
            raise ProbeError(Reason.DISCONNECTED, "the server hung up without closing the socket")
        self._take(data)
        await self._flush()
        if (error := self._protocol.parser_exc) is not None and self._protocol.handshake_exc is None:
            if isinstance(error, PayloadTooBig):
                raise ProbeError(Reason.TOO_LARGE, f"a message is too long: {str(error)[:200]}") from error
            raise ProbeError(Reason.PROTOCOL, f"broke the protocol: {str(error)[:200]}") from error

    def _take(self, data: bytes) -> None:
        self._seen += len(data)
        if self._seen > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_BYTES} bytes")
        self._protocol.receive_data(data)
        found = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        self._framed += len(found)
        if self._framed > MOST_FRAMES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_FRAMES} frames")
        self._frames.extend(found)

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:  # nothing is its word for: close this direction
                await self._stream.write(data)
