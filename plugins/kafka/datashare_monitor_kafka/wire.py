"""Requests and answers over a connection of the vantage; aiokafka's structures write and read what is in them."""

import struct
from io import BytesIO
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest_v0
from aiokafka.protocol.api import Request, RequestStruct
from aiokafka.protocol.types import Array, Schema

from monitor.plugin import ProbeError, Reason, Stream

CLIENT = "datashare-monitor"
LARGEST_ANSWER = 128 * 1024
"""What is read and taken apart at once, of everything but records."""
LENGTH = struct.Struct(">i")


class Wire:
    """Sends one request after the other, and waits for each answer."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._number = 0
        self._versions: dict[int, tuple[int, int]] = {}

    async def begin(self) -> None:
        """Learn which versions of the protocol the broker speaks.

        Raises:
            ProbeError: It does not speak it.
            OSError: The connection broke.
        """
        answer = await self._exchange(ApiVersionRequest_v0(), LARGEST_ANSWER)
        if answer["error_code"]:
            raise ProbeError(Reason.PROTOCOL, "the broker speaks other versions of the protocol")
        for each in answer["api_versions"] or ():
            self._versions[each["api_key"]] = (each["min_version"], each["max_version"])

    def newest(self, api_key: int) -> int:
        """Return the newest version of a request that the broker takes; -1 when it takes none."""
        return self._versions.get(api_key, (-1, -1))[1]

    async def ask(self, request: Request[Any], most: int = LARGEST_ANSWER) -> dict[str, Any]:
        """Send a request in the newest version that both sides speak, and return the answer.

        Raises:
            ProbeError: There is no such version, or the answer is too large or cannot be read.
            OSError: The connection broke.
        """
        try:
            made = request.prepare(self._versions)
        except (KafkaError, NotImplementedError):
            detail = f"the broker speaks no version of {type(request).__name__} that is known here"
            raise ProbeError(Reason.PROTOCOL, detail) from None
        return await self._exchange(made, most)

    async def _exchange(self, request: RequestStruct, most: int) -> dict[str, Any]:
        self._number += 1
        message = request.build_request_header(self._number, CLIENT).encode() + request.encode()
        await self._stream.write(LENGTH.pack(len(message)) + message)
        (length,) = LENGTH.unpack(await self._stream.read_exactly(LENGTH.size))
        if length < LENGTH.size:
            raise ProbeError(Reason.PROTOCOL, "the broker does not speak Kafka's protocol")
        if length > most:
            raise ProbeError(Reason.TOO_LARGE, f"an answer of {length} bytes, limit {most}")
        content = BytesIO(await self._stream.read_exactly(length))
        try:
            header = request.parse_response_header(content)
            fields = request.RESPONSE_TYPE.SCHEMA.decode(content)
            found = named(request.RESPONSE_TYPE.SCHEMA, fields)
        except (ValueError, TypeError, LookupError, ArithmeticError, struct.error):
            raise ProbeError(Reason.PROTOCOL, "an answer that cannot be read") from None
        if header.correlation_id != self._number:
            raise ProbeError(Reason.PROTOCOL, "an answer to another question")
        return found


def named(schema: Schema, values: tuple[Any, ...]) -> dict[str, Any]:
    """Return the fields of a structure by their names; unlike aiokafka's own, with None for an array that is null."""
    return {name: _plain(kind, value) for name, kind, value in zip(schema.names, schema.fields, values, strict=True)}


def _plain(kind: Any, value: Any) -> Any:
    if isinstance(kind, Schema):
        return named(kind, value)
    if isinstance(kind, Array) and isinstance(kind.array_of, Schema) and value is not None:
        return [named(kind.array_of, each) for each in value]
    return value
