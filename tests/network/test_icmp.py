"""Echo messages are written and read as the RFCs say, and what routers say is told in words."""

import errno
import socket
import struct
from ipaddress import ip_address

import pytest

from monitor.network import icmp
from monitor.observation import Reason


def error(kind: int, code: int, *, origin: int = 2, information: int = 0, teller: str = "") -> bytes:
    """Return what the kernel puts into the error queue."""
    head = icmp.EXTENDED_ERROR.pack(errno.EHOSTUNREACH, origin, kind, code, information, 0)
    if not teller:
        return head + struct.pack("=H", socket.AF_UNSPEC) + bytes(14)
    address = ip_address(teller)
    if address.version == 4:
        return head + struct.pack("=HH", socket.AF_INET, 0) + address.packed + bytes(8)
    return head + struct.pack("=HHI", socket.AF_INET6, 0, 0) + address.packed + bytes(4)


def test_checksum_is_that_of_rfc_1071():
    assert icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D
    assert icmp.checksum(b"") == 0xFFFF
    assert icmp.checksum(b"\xff") == 0x00FF


@pytest.mark.parametrize("payload", [b"", b"a", b"ab", bytes(1472)])
def test_request_sums_up_to_nothing(payload):
    written = icmp.request(icmp.V4, 0x1234, 7, payload)

    assert written[:2] == b"\x08\0"
    assert icmp.checksum(written) == 0
    assert written[8:] == payload


def test_request_of_version_6_leaves_the_checksum_to_the_kernel():
    assert icmp.request(icmp.V6, 1, 2, b"x") == b"\x80\0\0\0\0\x01\0\x02x"


@pytest.mark.parametrize("spoken", [icmp.V4, icmp.V6])
def test_only_an_echo_reply_is_a_reply(spoken):
    head = struct.pack("!BBHHH", spoken.reply, 0, 0, 5, 6)

    assert icmp.reply(spoken, head + b"ab") == (5, 6, b"ab")
    assert icmp.reply(spoken, head[:7]) is None
    assert icmp.reply(spoken, b"") is None
    assert icmp.reply(spoken, bytes([spoken.request]) + head[1:]) is None
    assert icmp.reply(spoken, head[:1] + b"\x01" + head[2:]) is None


@pytest.mark.parametrize("data", [b"", b"\x45", b"\xff", b"\x45" + bytes(30)])
def test_ip_header_of_any_length_is_left_out(data):
    assert icmp.without_ip_header(data) == data[(data[0] & 15) * 4 if data else 0 :]


@pytest.mark.parametrize(
    ("spoken", "told", "expected"),
    [
        (icmp.V4, error(3, 1, teller="192.0.2.1"), (Reason.UNREACHABLE, "192.0.2.1 says: host unreachable")),
        (icmp.V4, error(3, 13), (Reason.UNREACHABLE, "communication administratively prohibited")),
        (icmp.V4, error(3, 99), (Reason.UNREACHABLE, "unreachable, code 99")),
        (icmp.V4, error(12, 0), (Reason.UNREACHABLE, "ICMP type 12, code 0")),
        (
            icmp.V4,
            error(3, 4, information=1280),
            (Reason.TOO_LARGE, "fragmentation needed, its next link takes 1280 bytes"),
        ),
        (
            icmp.V6,
            error(3, 0, origin=3, teller="2001:db8::1"),
            (Reason.UNREACHABLE, "2001:db8::1 says: hop limit (ttl) used up on the way"),
        ),
        (icmp.V6, error(1, 0, origin=3), (Reason.UNREACHABLE, "no route to the destination")),
        (icmp.V4, error(3, 1, origin=1), None),
        (icmp.V4, b"", None),
    ],
)
def test_words_of_the_network_are_told(spoken, told, expected):
    assert icmp.trouble(spoken, told) == expected


def test_quoted_request_is_recognised():
    assert icmp.quoted(icmp.V4, icmp.request(icmp.V4, 5, 6, b"")) == (5, 6)
    assert icmp.quoted(icmp.V4, bytes(8)) is None
    assert icmp.quoted(icmp.V4, b"\x08") is None
