"""ICMP echo as bytes: what is sent, what answers it, and what routers say instead (RFC 792, RFC 4443)."""

import socket
import struct
from dataclasses import dataclass

from monitor.network.egress import literal
from monitor.observation import Reason
from monitor.plugin.vantage import Address

HEADER = struct.Struct("!BBHHH")
EXTENDED_ERROR = struct.Struct("=IBBBxII")
"""``struct sock_extended_err`` of linux/errqueue.h; the address of who says so follows it."""
FROM_ICMP = frozenset({2, 3})
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The numbers of one version of IP.

    Attributes:
        unreachable: Type of the message that a packet went nowhere; ``codes`` says why.
        too_big: Type and code of the message that a packet needs fragmentation.
        exceeded: Type of the message that the hop limit was used up.
    """

    family: socket.AddressFamily
    protocol: int
    request: int
    reply: int
    unreachable: int
    too_big: tuple[int, int]
    exceeded: int
    codes: dict[int, str]


V4 = Dialect(
    family=socket.AF_INET, protocol=socket.IPPROTO_ICMP, request=8, reply=0, unreachable=3, too_big=(3, 4), exceeded=11,
    codes={
        0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
        9: "network administratively prohibited", 10: "host administratively prohibited",
        13: "communication administratively prohibited",
    },
)  # fmt: skip
V6 = Dialect(
    family=socket.AF_INET6, protocol=socket.IPPROTO_ICMPV6, request=128, reply=129, unreachable=1, too_big=(2, 0),
    exceeded=3,
    codes={
        0: "no route to the destination", 1: "communication administratively prohibited", 3: "address unreachable",
        4: "port unreachable", 5: "source address failed a policy", 6: "route rejected",
    },
)  # fmt: skip


def dialect(address: Address) -> Dialect:
    """Return the numbers for an address."""
    return V4 if address.version == 4 else V6


def request(spoken: Dialect, identity: int, sequence: int, payload: bytes) -> bytes:
    """Return an echo request. Version 6 leaves its checksum to the kernel, which knows the addresses in it."""
    bare = HEADER.pack(spoken.request, 0, 0, identity, sequence) + payload
    return bare if spoken is V6 else HEADER.pack(spoken.request, 0, checksum(bare), identity, sequence) + payload


def checksum(data: bytes) -> int:
    """Return the checksum of RFC 1071."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def reply(spoken: Dialect, data: bytes) -> tuple[int, int, bytes] | None:
    """Return identity, sequence and payload of an echo reply; None when it is another message."""
    if len(data) < HEADER.size:
        return None
    kind, code, _, identity, sequence = HEADER.unpack_from(data)
    return (identity, sequence, data[HEADER.size :]) if (kind, code) == (spoken.reply, 0) else None


def without_ip_header(data: bytes) -> bytes:
    """Return what a raw socket of version 4 received, without the header that it hands over as well."""
    return data[(data[0] & 15) * 4 :] if data else data


def quoted(spoken: Dialect, data: bytes) -> tuple[int, int] | None:
    """Return identity and sequence of the request that an error message quotes; None when it is another packet."""
    if len(data) < HEADER.size:
        return None
    kind, _, _, identity, sequence = HEADER.unpack_from(data)
    return (identity, sequence) if kind == spoken.request else None


def trouble(spoken: Dialect, error: bytes) -> tuple[Reason, str] | None:
    """Return what the network says about a request, from the kernel's extended error; None when it says nothing."""
    if len(error) < EXTENDED_ERROR.size:
        return None
    _, origin, kind, code, information, _ = EXTENDED_ERROR.unpack_from(error)
    if origin not in FROM_ICMP:
        return None
    teller = offender(error[EXTENDED_ERROR.size :])
    says = f"{teller} says: " if teller else ""
    if (kind, code) == spoken.too_big:
        return Reason.TOO_LARGE, f"{says}fragmentation needed, its next link takes {information} bytes"
    if kind == spoken.exceeded:
        return Reason.UNREACHABLE, f"{says}hop limit (ttl) used up on the way"
    if kind == spoken.unreachable:
        return Reason.UNREACHABLE, f"{says}{spoken.codes.get(code, f'unreachable, code {code}')}"
    return Reason.UNREACHABLE, f"{says}ICMP type {kind}, code {code}"


def offender(name: bytes) -> Address | None:
    """Return the address in a ``sockaddr``."""
    family = int.from_bytes(name[:2], "little" if struct.pack("=H", 1)[0] else "big")
    if family == socket.AF_INET and len(name) >= 8:
        return literal(socket.inet_ntop(socket.AF_INET, name[4:8]))
    if family == socket.AF_INET6 and len(name) >= 24:
        return literal(socket.inet_ntop(socket.AF_INET6, name[8:24]))
    return None
