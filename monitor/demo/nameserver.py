"""A DNS server over UDP that knows the names of the country."""

import asyncio
import struct
from collections.abc import Collection
from typing import cast

A, AAAA = 1, 28
NO_ERROR, FORMAT_ERROR, NO_SUCH_NAME = 0, 1, 3
RESPONSE, AUTHORITATIVE, RECURSION_DESIRED = 0x8000, 0x0400, 0x0100
TTL_SECONDS = 60
ADDRESS = bytes([127, 0, 0, 1])
HEADER = struct.Struct("!HHHHHH")


class NameServer(asyncio.DatagramProtocol):
    """Answers that every name it knows is at 127.0.0.1, and that the others do not exist."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back. Not checked by class: uvloop's transport is of its own."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question; what is no question gets no answer."""
        answered = answer(data, self._names)
        if answered and self._transport is not None:
            self._transport.sendto(answered, addr)


def answer(question: bytes, names: Collection[str]) -> bytes:
    """Return the answer to a DNS message; empty when it is none."""
    if len(question) < HEADER.size:
        return b""
    number, flags, questions, *_ = HEADER.unpack_from(question)
    if flags & RESPONSE:
        return b""
    marks = RESPONSE | AUTHORITATIVE | flags & RECURSION_DESIRED
    read = _read_name(question, HEADER.size) if questions == 1 else None
    if read is None:
        return HEADER.pack(number, marks | FORMAT_ERROR, 0, 0, 0, 0)
    name, end = read
    asked = question[HEADER.size : end + 4]
    if name not in names:
        return HEADER.pack(number, marks | NO_SUCH_NAME, 1, 0, 0, 0) + asked
    if struct.unpack_from("!H", question, end)[0] != A:
        return HEADER.pack(number, marks | NO_ERROR, 1, 0, 0, 0) + asked
    record = struct.pack("!HHHIH", 0xC000 | HEADER.size, A, 1, TTL_SECONDS, len(ADDRESS)) + ADDRESS
    return HEADER.pack(number, marks | NO_ERROR, 1, 1, 0, 0) + asked + record


def _read_name(message: bytes, start: int) -> tuple[str, int] | None:
    """Return the lower-case name that begins there and where it ends; None when type and class do not follow it."""
    labels, at = [], start
    while at < len(message) and 0 < message[at] < 64:
        labels.append(message[at + 1 : at + 1 + message[at]])
        at += 1 + message[at]
    if at + 5 > len(message) or message[at]:
        return None
    return b".".join(labels).decode("ascii", "replace").lower(), at + 1
