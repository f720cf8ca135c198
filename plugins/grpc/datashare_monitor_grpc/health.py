"""The messages of ``grpc.health.v1.Health/Check``, in protobuf's encoding.

They hold one field each, so no generated code and no protobuf runtime is needed to write and read them.
"""

from enum import StrEnum

CHECK = "/grpc.health.v1.Health/Check"
VARINT, FIXED64, COUNTED, FIXED32 = 0, 1, 2, 5
WIDTHS = {FIXED64: 8, FIXED32: 4}


class Serving(StrEnum):
    """What a server says of its health; the place of a member is its number in protobuf."""

    UNKNOWN = "UNKNOWN"
    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"
    SERVICE_UNKNOWN = "SERVICE_UNKNOWN"


def question(service: str) -> bytes:
    """Return a HealthCheckRequest."""
    name = service.encode()
    return bytes([1 << 3 | COUNTED]) + written(len(name)) + name if name else b""


def answer(message: bytes) -> Serving:
    """Return what a HealthCheckResponse says; a number that nobody knows is UNKNOWN.

    Raises:
        ValueError: It is not protobuf.
    """
    number, at = 0, 0
    while at < len(message):
        tag, at = read(message, at)
        match tag & 7:
            case 0:
                value, at = read(message, at)
                number = value if tag >> 3 == 1 else number
            case 2:
                length, at = read(message, at)
                at += length
            case kind if kind in WIDTHS:
                at += WIDTHS[kind]
            case kind:
                raise ValueError(f"a field of wire type {kind}")
    if at != len(message):
        raise ValueError("a field longer than the message")
    known = tuple(Serving)
    return known[number] if number < len(known) else Serving.UNKNOWN


def written(number: int) -> bytes:
    """Return a number as a varint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def read(message: bytes, at: int) -> tuple[int, int]:
    """Return the varint at a place, and the place behind it.

    Raises:
        ValueError: There is none, or it is longer than ten bytes.
    """
    number = 0
    for shift in range(10):
        if at + shift >= len(message):
            break
        byte = message[at + shift]
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return number, at + shift + 1
    raise ValueError("a number without an end")
