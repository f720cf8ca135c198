"""One datagram out, one back: silence, refusal and a wrong answer are three things."""

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import datashare_monitor_tcp
import pytest
from datashare_monitor_tcp import UdpProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, stalled


@dataclass
class Server:
    """A socket, not asyncio's transport: that one sends no empty datagrams."""

    heard: list[tuple[bytes, str]] = field(default_factory=list)


@asynccontextmanager
async def answering(*answers: bytes):
    loop, server = asyncio.get_running_loop(), Server()
    opened = socket.socket(type=socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.setblocking(False)

    def answer() -> None:
        data, peer = opened.recvfrom(100)
        server.heard.append((data, peer[0]))
        for each in answers:
            opened.sendto(each, peer)

    loop.add_reader(opened, answer)
    try:
        yield f"127.0.0.1:{opened.getsockname()[1]}", server
    finally:
        loop.remove_reader(opened)
        opened.close()


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: float = 5, **settings) -> Observation:
    settings = {"send": "ping"} | settings
    return await look(configured(UdpProbe, {"target": address, **settings}), within=timedelta(seconds=within))


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_tcp,
        lambda address: configured(UdpProbe, {"target": address, "send": "ping", "expect": "^pong$"}),
    )


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"send": "ping\r\n"}, b"ping\r\n"),
        ({"send": "xin chào"}, "xin chào".encode()),
        ({"send": "", "send_hex": "00 ff 1B"}, b"\x00\xff\x1b"),
    ],
)
async def test_datagram_is_sent_as_written(settings, sent):
    async with answering(b"pong") as (address, server):
        seen = await seen_at(address, **settings)

    assert (seen.status, seen.detail) == (Status.UP, "answered 4 bytes")
    assert server.heard == [(sent, "127.0.0.1")]
    assert readings(seen) == {"probe_failed_due_to_regex": 0, "probe_failed_due_to_bytes": 0}


@pytest.mark.parametrize(
    "settings",
    [
        {"expect": "^p.ng$"},
        {"expect_bytes": "po"},
        {"expect_hex": "706f6e67"},
        {"expect_hex": "70 6F", "expect": "g$"},
    ],
)
async def test_expected_answer_is_up(settings):
    async with answering(b"pong") as (address, _):
        seen = await seen_at(address, **settings)

    assert seen.status is Status.UP


@pytest.mark.parametrize(
    ("settings", "detail", "failed"),
    [
        ({"expect": "^ok"}, "the answer of 4 bytes does not match '^ok'", "regex"),
        ({"expect_bytes": "pang"}, "byte 2 of 4 is 0x6f, expected 0x61", "bytes"),
        ({"expect_hex": "706f6e6700"}, "byte 5 of 5 is the end, expected 0x00", "bytes"),
    ],
)
async def test_other_answer_is_down_and_says_where_it_differs(settings, detail, failed):
    async with answering(b"pong", b"ok") as (address, _):
        seen = await seen_at(address, **settings)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.CONTENT, detail)
    assert readings(seen)[f"probe_failed_due_to_{failed}"] == 1


async def test_empty_datagram_is_an_answer():
    async with answering(b"") as (address, _):
        seen = await seen_at(address)

    assert (seen.status, seen.detail) == (Status.UP, "answered 0 bytes")


async def test_silence_is_a_timeout():
    async with stalled() as address:
        seen = await seen_at(address, within=0.3)

    assert (seen.status, seen.reason, readings(seen)) == (Status.DOWN, Reason.TIMEOUT, {})


async def test_port_unreachable_is_a_refusal():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_answer_from_a_stranger_is_no_answer():
    stranger = socket.socket(type=socket.SOCK_DGRAM)
    heard = asyncio.get_running_loop().create_future()

    class Betrayed(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            stranger.sendto(b"pong", addr)
            heard.set_result(None)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Betrayed, local_addr=("127.0.0.1", 0))
    seen = await seen_at("127.0.0.1:{}".format(transport.get_extra_info("sockname")[1]), within=0.3)
    transport.close()
    stranger.close()

    assert heard.done()
    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_source_address_is_where_the_datagram_comes_from():
    async with answering(b"pong") as (address, server):
        seen = await seen_at(address, source_ip_address="127.0.0.78")

    assert (seen.status, server.heard) == (Status.UP, [(b"ping", "127.0.0.78")])


@pytest.mark.parametrize(
    ("preferred", "fallback", "is_reached"),
    [("ip4", True, True), ("ip4", False, True), ("ip6", True, True), ("ip6", False, False)],
)
async def test_family_of_addresses_is_chosen_as_blackbox_does(preferred, fallback, is_reached):
    async with answering(b"pong") as (address, _):
        seen = await seen_at(address, preferred_ip_protocol=preferred, ip_protocol_fallback=fallback)

    if is_reached:
        assert seen.status is Status.UP
    else:
        assert (seen.reason, seen.detail) == (Reason.DNS, "127.0.0.1 has no IPv6 address")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"send": ""}, "was not sent"),
        ({"send": "", "expect": "x"}, "was not sent"),
        ({"send": "x", "send_hex": "00"}, "either send or send_hex"),
        ({"send": "", "send_hex": "0"}, "two digits"),
        ({"expect_hex": "zz"}, "expect_hex is not hexadecimal"),
        ({"expect_bytes": "x", "expect_hex": "00"}, "either expect_bytes or expect_hex"),
        ({"send": "x" * 65_508}, "65507 fit"),
        ({"expect": "("}, "regular expression"),
        ({"preferred_ip_protocol": "ip5"}, "ip4.*ip6"),
        ({"target": "unix:/run/app.sock", "source_ip_address": "127.0.0.1"}, "unix socket"),
        ({"target": "dns.example"}, "host:port"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(UdpProbe, {"target": "ntp.example:123", "send": "ping", **settings})
