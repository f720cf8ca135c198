"""A gRPC server that tells of services whether they are well (``grpc.health.v1.Health/Check``), over HTTP/2."""

import asyncio
from collections.abc import Collection
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

SERVING, NOT_SERVING = 1, 2
PREFIX_BYTES = 5
MOST_BYTES = 4096


class Coordination(asyncio.Protocol):
    """Says that every service is well but those in ``ailing``."""

    def __init__(self, ailing: Collection[str]) -> None:
        self._ailing = frozenset(ailing)
        self._connection = H2Connection(H2Configuration(client_side=False))
        self._asked: dict[int, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._connection.initiate_connection()
        self._transport.write(self._connection.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Answer each call once it is whole."""
        try:
            for event in self._connection.receive_data(data):
                if isinstance(event, RequestReceived):
                    self._asked[event.stream_id] = b""
                elif isinstance(event, DataReceived):
                    self._asked[event.stream_id] = (self._asked[event.stream_id] + event.data)[:MOST_BYTES]
                    self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self._answer(event.stream_id, self._asked.pop(event.stream_id))
        except (ProtocolError, KeyError):
            self._transport.close()
        self._transport.write(self._connection.data_to_send())

    def _answer(self, stream: int, asked: bytes) -> None:
        # A HealthCheckRequest is the name alone, field 1, with a length of one byte for names as short as ours.
        service = asked[PREFIX_BYTES + 2 :].decode("utf-8", "replace")
        state = NOT_SERVING if service in self._ailing else SERVING
        self._connection.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
        self._connection.send_data(stream, b"\0\0\0\0\2" + bytes([0x08, state]))
        self._connection.send_headers(stream, [("grpc-status", "0")], end_stream=True)
