"""A directory that binds everybody and finds three people wherever it is asked to look (LDAP, RFC 4511)."""

import asyncio
from collections.abc import Collection
from typing import cast

BIND, BOUND, UNBIND, SEARCH, ENTRY, DONE = 0x60, 0x61, 0x42, 0x63, 0x64, 0x65
LONGEST_MESSAGE = 4096
PEOPLE = ("van-thu", "mot-cua", "truc-ban")


class Directory(asyncio.Protocol):
    """Answers binds and searches; below the names in ``empty`` it finds nobody."""

    def __init__(self, empty: Collection[str]) -> None:
        self._empty = frozenset(name.encode() for name in empty)
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer message by message; whoever speaks anything else is hung up on."""
        self._pending += data
        try:
            while (end := whole(self._pending)) is not None:
                message, self._pending = self._pending[:end], self._pending[end:]
                self._answer(*parts(message))
        except (ValueError, IndexError):
            self._transport.close()

    def _answer(self, number: bytes, operation: int, content: bytes) -> None:
        if operation == UNBIND:
            self._transport.close()
            return
        found = b""
        if operation == SEARCH:
            base = value(content)[0]
            names = [] if base in self._empty else [b"cn=%s,%s" % (each.encode(), base) for each in PEOPLE]
            found = b"".join(written(0x30, number, written(ENTRY, written(0x04, name), EMPTY)) for name in names)
        elif operation != BIND:
            raise ValueError("an operation of no interest here")
        ended = written(BOUND if operation == BIND else DONE, SUCCESS)
        self._transport.write(found + written(0x30, number, ended))


def whole(data: bytes) -> int | None:
    """Return where the first message ends; None when it is not all there yet.

    Raises:
        ValueError: It is no message, or too long a one.
    """
    if len(data) < 2:
        return None
    content, end = measured(data)
    if data[0] != 0x30 or end > LONGEST_MESSAGE:
        raise ValueError("no message of LDAP")
    return end if content <= end <= len(data) else None


def parts(message: bytes) -> tuple[bytes, int, bytes]:
    """Return the number of a message as it came, the tag of its operation and what is in it."""
    inside, _ = value(message)
    _, after = measured(inside)
    return inside[:after], inside[after], value(inside[after:])[0]


def value(data: bytes) -> tuple[bytes, int]:
    """Return the content of the first value, and where it ends."""
    content, end = measured(data)
    return data[content:end], end


def measured(data: bytes) -> tuple[int, int]:
    """Return where the content of the first value begins and ends; lengths of more than two bytes are not needed."""
    first = data[1]
    if first > 0x82:
        raise ValueError("a length of no interest here")
    more = first & 0x7F if first >= 0x80 else 0
    if len(data) < 2 + more:
        return 0, LONGEST_MESSAGE
    return 2 + more, 2 + more + (int.from_bytes(data[2 : 2 + more]) if more else first)


def written(tag: int, *inside: bytes) -> bytes:
    """Return a value; none here is longer than 127 bytes."""
    content = b"".join(inside)
    return bytes([tag, len(content)]) + content


EMPTY = written(0x30)
SUCCESS = written(0x0A, b"\0") + written(0x04) + written(0x04)
"""A result: its code, and a name and a message that are empty."""
