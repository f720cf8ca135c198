"""Packets of NTP, and the times they hold (RFC 5905)."""

import struct
from dataclasses import dataclass

PACKET = struct.Struct("!BBbbIII8s8s8s8s")
CLIENT, SERVER = 3, 4
UNIX_EPOCH = 2_208_988_800
"""Seconds from 1900, when NTP's first era began, to 1970."""
ERA = 1 << 64
FRACTION = 1 << 32
UNSYNCHRONISED_LEAP = 3
UNSYNCHRONISED_STRATUM = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server says.

    Attributes:
        leap: 1 before a day with a second more, 2 with one less, 3 when the clock is not synchronised.
        stratum: 1 beside a reference clock; 0 for a kiss-o'-death, 16 when not synchronised.
        root_delay: To the reference clock and back, in seconds.
        root_dispersion: What the server thinks it may be wrong by, in seconds.
        reference: What it takes its time from, or the code of a kiss-o'-death.
        referred, received, sent: When its clock was last set, when the request came and when the answer went, as
            64 bits of an era.
        cookie: The request's transmit timestamp, as the server gives it back.
    """

    leap: int
    version: int
    mode: int
    stratum: int
    root_delay: float
    root_dispersion: float
    reference: bytes
    referred: int
    cookie: bytes
    received: int
    sent: int


def request(version: int, cookie: bytes) -> bytes:
    """Return a request.

    ``cookie`` stands where our time would: a server only gives it back, and nobody can guess it.
    """
    return PACKET.pack(version << 3 | CLIENT, 0, 0, 0, 0, 0, 0, b"", b"", b"", cookie)


def read(data: bytes) -> Answer | None:
    """Return the answer in a datagram; None when it is too short. What follows it, a MAC for instance, is left."""
    if len(data) < PACKET.size:
        return None
    head, stratum, _, _, delay, dispersion, reference, referred, cookie, received, sent = PACKET.unpack_from(data)
    return Answer(
        leap=head >> 6, version=head >> 3 & 7, mode=head & 7, stratum=stratum, root_delay=delay / 65536,
        root_dispersion=dispersion / 65536, reference=struct.pack("!I", reference), cookie=cookie,
        referred=int.from_bytes(referred), received=int.from_bytes(received), sent=int.from_bytes(sent),
    )  # fmt: skip


def stamp(unix_seconds: float) -> int:
    """Return a moment as the 64 bits of its era."""
    return round((unix_seconds + UNIX_EPOCH) * FRACTION) % ERA


def between(earlier: int, later: int) -> float:
    """Return the seconds between two moments less than 68 years apart: half an era, so that its turn is no matter."""
    distance = (later - earlier) % ERA
    return (distance - ERA if distance >= ERA // 2 else distance) / FRACTION
