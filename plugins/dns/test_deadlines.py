"""Wherever a name server stalls, the look is over 250 ms after its timeout at the latest, and is called a timeout."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from datashare_monitor_dns import DnsProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import configured, crowded, dripping, run, serve_stream, stalled

TIMEOUT = timedelta(milliseconds=400)
LATEST_SECONDS = 0.65
DOT = {"dns_over_tls": True}


def saying(data: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reader.read()
        await asyncio.sleep(60)

    return lambda: serve_stream(talk)


async def look_at(address: str, *, nameservers: tuple[str, ...] = (), **settings: Any) -> Observation:
    probe = configured(DnsProbe, {"target": address, "query_name": "dancu.example", **settings})
    outcome = await run(probe, within=TIMEOUT, nameservers=nameservers)
    assert outcome.duration_seconds < LATEST_SECONDS
    return outcome.observation


@pytest.mark.parametrize(
    ("server", "settings"),
    [
        (crowded, {}),
        (crowded, DOT),
        (stalled, {}),
        (stalled, DOT),
        (saying(b"\x16\x03\x03\x00\x7a\x02"), DOT),
        (saying(b"\x00"), {}),
        (saying(b"\xff\xff"), {}),
        (saying(b"\x00\x20abc"), {}),
        (lambda: dripping(b"\0", b"\xff\xff"), {}),
    ],
    ids=[
        "connecting",
        "connecting for TLS",
        "first byte",
        "handshake",
        "amid the handshake",
        "amid the length",
        "before the message",
        "amid the message",
        "dripping message",
    ],
)
async def test_stalled_connection_ends_in_time(server, settings):
    async with server() as address:
        seen = await look_at(address, transport_protocol="tcp", **settings)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_silence_ends_in_time():
    async with stalled() as address:
        seen = await look_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_answers_to_other_questions_that_go_on_for_ever_end_in_time():
    class Babbling(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:
            self._transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self._transport.sendto(b"??" + data[2:], addr)
            asyncio.get_running_loop().call_later(0.02, self.datagram_received, data, addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Babbling, local_addr=("127.0.0.1", 0))
    seen = await look_at("127.0.0.1:{}".format(transport.get_extra_info("sockname")[1]))
    transport.abort()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_name_of_the_server_that_does_not_resolve_ends_in_time():
    async with stalled() as address:
        seen = await look_at("ns.example", nameservers=(address,))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


@pytest.mark.parametrize("server", [crowded, saying(b""), saying(b"\x00")], ids=["connecting", "first byte", "amid"])
async def test_stall_over_tcp_after_a_truncated_answer_ends_in_time(server):
    class Truncating(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:
            self._transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self._transport.sendto(data[:2] + b"\x83\x80" + data[4:], addr)

    async with server() as address:
        port = int(address.rpartition(":")[2])
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Truncating, local_addr=("127.0.0.1", port))
        seen = await look_at(address, tcp_fallback=True)
        transport.close()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
