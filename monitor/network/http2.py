"""One HTTP/2 exchange (RFC 9113), for a server that takes it in the TLS handshake.

The frames are h2's work, which knows the floods of small frames, headers and continuations; the limits are those of
HTTP/1.1.
"""

import asyncio
from time import perf_counter
from typing import Any

from aiohttp.http_parser import RawResponseMessage
from aiohttp.http_writer import HttpVersion
from multidict import CIMultiDict, CIMultiDictProxy

from monitor.network.cookies import with_cookies
from monitor.network.reception import Reception
from monitor.network.redirects import Request
from monitor.network.wire import HEAD_BYTES, HEADERS, READ_BYTES, REDIRECTS, SLACK_BYTES
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

FRAMING_PER_BYTE = 16
"""A DATA frame of one byte takes ten; what goes far over that is a flood of frames."""
AUTOMATIC = {"user-agent": "datashare-monitor", "accept": "*/*"}
CONNECTION = frozenset({"connection", "keep-alive", "host", "transfer-encoding", "upgrade", "proxy-connection"})
HTTP_1_1_REQUIRED = 13


class Http2Exchange(Reception):
    """Reads the answer to one request; from the outside as an ``Exchange``."""

    def __init__(self, *, max_body: int, is_head_enough: bool, follows: bool) -> None:
        import h2.config
        import h2.connection
        import h2.settings

        super().__init__(max_body=max_body, is_head_enough=is_head_enough, follows=follows)
        self._body = bytearray()
        self._raw = 0
        self._stream = 0
        self._rest = memoryview(b"")
        configuration = h2.config.H2Configuration(client_side=True, header_encoding=None)
        self._connection: Any = h2.connection.H2Connection(configuration)
        self._connection.local_settings = h2.settings.Settings(
            client=True,
            initial_values={
                h2.settings.SettingCodes.ENABLE_PUSH: 0,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: HEAD_BYTES,
            },
        )

    @property
    def body(self) -> bytes:
        """What was read of the body, as it came over the wire."""
        return bytes(self._body)

    def start(self, request: Request, *, decompress: bool) -> bytes:
        """Return the bytes that begin the connection and the request; ``send`` sends them."""
        self._connection.initiate_connection()
        self._stream = self._connection.get_next_available_stream_id()
        self._rest = memoryview(request.body or b"")
        self._connection.send_headers(
            self._stream, fields_of(request, decompress=decompress), end_stream=not self._rest
        )
        return bytes(self._connection.data_to_send())

    def send(self, transport: asyncio.Transport, data: bytes) -> None:
        """Send the request over a connection that uses this protocol."""
        self._transport = transport
        transport.write(data)
        self._go_on_sending()

    def take(self, data: bytes) -> None:
        """Take what was read."""
        if self.ended:
            return
        self._raw += len(data)
        try:
            for event in self._connection.receive_data(data):
                if not self.ended:
                    self._take_event(event)
            self._go_on_sending()
        except Exception as error:  # noqa: BLE001 - whatever h2 and hpack stumble over is no HTTP/2
            self._end(refusal(error))
            return
        if self.message is None and self._raw > HEAD_BYTES:
            self._end(ProbeError(Reason.TOO_LARGE, f"the answer's head is over {HEAD_BYTES} bytes"))
        elif self._raw - FRAMING_PER_BYTE * len(self._body) > SLACK_BYTES:
            self._end(ProbeError(Reason.TOO_LARGE, "the answer is nearly all framing"))
        elif len(data) >= READ_BYTES and not self.ended and self._transport is not None:
            self._transport.pause_reading()  # the others get their turn
            asyncio.get_running_loop().call_soon(self._go_on_reading)

    def finish(self, error: Exception | None) -> None:
        """Take the end of the connection."""
        words = f"closed after {len(self._body)} bytes of body" if self.message else "closed before it answered"
        self._end(error or ProbeError(Reason.DISCONNECTED, f"the server {words}"))

    def _end(self, error: Exception | None) -> None:
        super()._end(error)
        # The transport holds this exchange, and the connection is held by a table of its own methods.
        self._transport = None
        self._connection._frame_dispatch_table = {}  # noqa: SLF001

    def _take_event(self, event: Any) -> None:
        from h2 import events

        if isinstance(event, events.ResponseReceived):
            self._take_head(event.headers)
        elif isinstance(event, events.DataReceived):
            self._body += event.data
            self._connection.acknowledge_received_data(event.flow_controlled_length, self._stream)
            if len(self._body) > self._max_body:
                self._end(self._too_large())
        elif isinstance(event, events.StreamEnded):
            self._end(None)
        elif isinstance(event, events.StreamReset | events.ConnectionTerminated):
            self._end(reset(int(event.error_code or 0)))

    def _take_head(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self.first = perf_counter()
        texts = [(name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in pairs]
        code = next((int(value) for name, value in texts if name == ":status" and value.isdecimal()), 0)
        headers = CIMultiDict((name, value) for name, value in texts if not name.startswith(":"))
        if not 100 <= code < 600 or len(headers) > HEADERS:
            self._end(ProbeError(Reason.PROTOCOL, "the answer is not HTTP/2: no status, or too many headers"))
            return
        self.message = RawResponseMessage(
            HttpVersion(2, 0), code, "", CIMultiDictProxy(headers), tuple(pairs), False, None, False, False,  # noqa: FBT003
        )  # fmt: skip
        declared = headers.get("Content-Length", "")
        if self._is_head_enough or (self._follows and code in REDIRECTS and "Location" in headers):
            self._end(None)
        elif declared.isdecimal() and int(declared[:20]) > self._max_body:
            self._end(self._too_large())

    def _go_on_sending(self) -> None:
        """Send what the peer has asked for, and as much of our body as it takes."""
        while self._rest and not self.ended:
            most = min(
                self._connection.local_flow_control_window(self._stream), self._connection.max_outbound_frame_size
            )
            if most <= 0:
                break
            piece, self._rest = self._rest[:most], self._rest[most:]
            self._connection.send_data(self._stream, bytes(piece), end_stream=not self._rest)
        data = self._connection.data_to_send()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def fields_of(request: Request, *, decompress: bool) -> list[tuple[str, str]]:
    """Return the fields of a request as HTTP/2 has them."""
    url = request.url
    own = [(name.lower(), value.strip()) for name, value in with_cookies(request.fields, request.cookies)]
    given = {name for name, _ in own}
    authority = next((value for name, value in own if name == "host"), url.authority)
    fields = [(":method", request.method), (":authority", authority), (":scheme", url.scheme), (":path", url.path)]
    fields += [(name, value) for name, value in AUTOMATIC.items() if name not in given]
    if decompress and "accept-encoding" not in given:
        fields.append(("accept-encoding", "gzip, deflate"))
    fields += [(name, value) for name, value in own if name not in CONNECTION]
    if url.authorization and "authorization" not in given:
        fields.append(("authorization", url.authorization))
    if request.body:
        fields.append(("content-length", str(len(request.body))))
    return fields


def refusal(error: Exception) -> ProbeError:
    """Return in our words why h2 gave up; it quotes the answer, which is not for every reader."""
    from h2.exceptions import DenialOfServiceError

    if isinstance(error, DenialOfServiceError):
        return ProbeError(Reason.TOO_LARGE, "the answer's head has too many or too long headers")
    return ProbeError(Reason.PROTOCOL, f"the answer is not HTTP/2: {type(error).__name__}")


def reset(code: int) -> ProbeError:
    """Return why the server ended the exchange."""
    if code == HTTP_1_1_REQUIRED:
        return ProbeError(Reason.PROTOCOL, "the server wants HTTP/1.1; set enable_http2 to false")
    return ProbeError(Reason.DISCONNECTED, f"the server ended the exchange with the HTTP/2 error {code}")
