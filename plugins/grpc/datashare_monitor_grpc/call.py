"""One unary gRPC call over a connection that somebody else opened."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from monitor.plugin import ProbeError, Reason, Stream

MOST_BYTES = 64 * 1024
"""All that a server may send, frames of every kind included: an answer has a hundred bytes."""
SETTINGS = {
    SettingCodes.ENABLE_PUSH: 0,
    SettingCodes.MAX_HEADER_LIST_SIZE: 16 * 1024,
    SettingCodes.INITIAL_WINDOW_SIZE: MOST_BYTES - 1,
}
AT_ONCE = 4096
"""Bytes read in one turn of the loop: of frames without content they make 450, which take it 10 ms."""
PREFIX_BYTES = 5
SHOWN = 100
NUMBER = re.compile(rb"[0-9]{1,3}")

Headers = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Reply:
    """What a server answered.

    Attributes:
        status: Of HTTP; 0 until it came.
        code: Of gRPC; None when there was none.
        message: What the server says of the code, shortened.
        body: The messages with their prefixes.
    """

    status: int = 0
    code: int | None = None
    message: str = ""
    is_grpc: bool = False
    is_ended: bool = False
    body: bytearray = field(default_factory=bytearray)

    def take(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take headers or trailers."""
        for name, value in headers:
            match name:
                case b":status" if NUMBER.fullmatch(value):
                    self.status = int(value)
                case b"content-type":
                    self.is_grpc = value.startswith(b"application/grpc")
                case b"grpc-status" if NUMBER.fullmatch(value):
                    self.code = int(value)
                case b"grpc-message":
                    self.message = unquote(value[: 4 * SHOWN].decode("ascii", "replace"))[:SHOWN]

    def payload(self) -> bytes:
        """Return the one message of the answer.

        Raises:
            ProbeError: There is not exactly one, or it is compressed, which we did not offer.
        """
        length = int.from_bytes(self.body[1:PREFIX_BYTES])
        if len(self.body) < PREFIX_BYTES or self.body[0] or length != len(self.body) - PREFIX_BYTES:
            raise ProbeError(Reason.PROTOCOL, f"{len(self.body)} bytes that are not one plain gRPC message")
        return bytes(self.body[PREFIX_BYTES:])


def begun(headers: Headers, message: bytes) -> H2Connection:
    """Return a connection that has a call to send."""
    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    connection.local_settings = Settings(client=True, initial_values=SETTINGS)
    connection.initiate_connection()
    number = connection.get_next_available_stream_id()
    connection.send_headers(number, headers)
    connection.send_data(number, b"\0" + len(message).to_bytes(PREFIX_BYTES - 1) + message, end_stream=True)
    return connection


async def call(stream: Stream, headers: Headers, message: bytes) -> Reply:
    """Send one message and return the whole answer.

    Raises:
        ProbeError: It is not HTTP/2, or too much of it, or the server broke the call off.
        OSError: The connection broke.
    """
    connection = begun(headers, message)
    try:
        return await answered(stream, connection)
    finally:
        connection._frame_dispatch_table = {}  # noqa: SLF001 - of its own methods: a cycle


async def answered(stream: Stream, connection: H2Connection) -> Reply:
    """Send what a connection has to send, and return the whole answer; raises as ``call`` does."""
    await stream.write(connection.data_to_send())
    reply, seen = Reply(), 0
    while not reply.is_ended:
        data = await stream.read(AT_ONCE)
        if not data:
            raise ProbeError(Reason.DISCONNECTED, "closed before the answer was complete")
        if not seen and data.startswith(b"HTTP/1"):
            raise ProbeError(Reason.PROTOCOL, "speaks HTTP/1, and gRPC needs HTTP/2")
        seen += len(data)
        if seen > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"an answer of more than {MOST_BYTES} bytes")
        try:
            for event in connection.receive_data(data):
                follow(event, reply, connection)
            rest = connection.data_to_send()
        except H2Error as error:
            raise ProbeError(Reason.PROTOCOL, f"not HTTP/2: {type(error).__name__}") from error
        if rest:
            await stream.write(rest)
    return reply


def follow(event: Event, reply: Reply, connection: H2Connection) -> None:
    """Take one event into the answer.

    Raises:
        ProbeError: The server broke the call or the connection off.
    """
    match event:
        case ResponseReceived() | TrailersReceived():
            reply.take(event.headers)
        case DataReceived():
            reply.body += event.data
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        case StreamEnded():
            reply.is_ended = True
        case StreamReset():
            if reply.code is None:
                raise ProbeError(Reason.DISCONNECTED, f"the server reset the call: {named(event.error_code)}")
            reply.is_ended = True
        case ConnectionTerminated() if event.error_code or not event.last_stream_id:
            raise ProbeError(Reason.DISCONNECTED, f"the server ended the connection: {named(event.error_code)}")


def named(code: ErrorCodes | int | None) -> str:
    """Return the name of an error code of HTTP/2."""
    return code.name if isinstance(code, ErrorCodes) else f"code {code}"


def timeout(seconds: float) -> str:
    """Return the value of the header ``grpc-timeout``: at most eight digits and a unit."""
    return f"{max(1, min(math.floor(seconds * 1000), 99_999_999))}m"
