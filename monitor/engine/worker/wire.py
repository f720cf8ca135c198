"""Frames between the daemon and a plugin's process: four bytes of length, then a JSON object."""

import json
from typing import Any

MOST_BYTES = 2 * 1024 * 1024
MOST_PIECES = 1000
"""Each wakes the reader; a frame of the greatest length comes in a few dozen."""
Message = dict[str, Any]


class GarbageError(ValueError):
    """What came over the wire is not what the other side writes."""


def frame(message: Message) -> bytes:
    """Return a message as it goes over the wire.

    Raises:
        ValueError: It is longer than a frame may be, or cannot be written as JSON.
    """
    body = WRITER.encode(message).encode()
    if len(body) > MOST_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is over the limit of {MOST_BYTES}")
    return len(body).to_bytes(4, "big") + body


def nothing(_: str) -> None:
    """Stand in for NaN and the infinities, which Python writes although JSON has no such thing."""


WRITER = json.JSONEncoder(separators=(",", ":"))
READER = json.JSONDecoder(parse_constant=nothing)


class Frames:
    """Cuts what arrives into messages."""

    __slots__ = ("_pieces", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._pieces = 0

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete.

        Raises:
            GarbageError: A frame is too long, drips in, is not JSON, or is not an object.
        """
        self._pieces += 1
        if self._pieces > MOST_PIECES:
            raise GarbageError(f"a frame came in more than {MOST_PIECES} pieces")
        data = self._rest + data if self._rest else data
        messages = []
        start = 0
        while len(data) - start >= 4:
            end = start + 4 + int.from_bytes(data[start : start + 4], "big")
            if end - start - 4 > MOST_BYTES:
                raise GarbageError(f"a frame of {end - start - 4} bytes is over the limit of {MOST_BYTES}")
            if end > len(data):
                break
            messages.append(_message(data[start + 4 : end]))
            start = end
            self._pieces = 0
        self._rest = data[start:]
        return messages


def _message(body: bytes) -> Message:
    try:
        message = READER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise GarbageError("a frame is not JSON") from error
    if not isinstance(message, dict):
        raise GarbageError("a frame is not a JSON object")
    return message
