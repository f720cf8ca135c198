"""A connection alone is enough unless a conversation is asked for; then every line counts and none can break it."""

import asyncio
from datetime import timedelta

import datashare_monitor_tcp
import pytest
from datashare_monitor_tcp import MOST_BYTES, TcpProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, dripping, look, refused, serve_stream, serve_tls, stalled


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(address: str, *steps: dict[str, object], **settings) -> Observation:
    return await look(configured(TcpProbe, {"target": address, "query_response": [*steps], **settings}))


def saying(data: bytes):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return talk


async def test_plugin_conforms():
    steps = [{"expect": "^220 "}]

    await assert_conforms(
        datashare_monitor_tcp, lambda address: configured(TcpProbe, {"target": address, "query_response": steps})
    )


async def test_connection_is_enough():
    async with stalled() as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP
    assert readings(seen) == {"probe_failed_due_to_regex": 0}


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_conversation_goes_through_its_steps():
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"*** welcome ***\r\n220 mail.example ESMTP\r\n")
        heard.put_nowait(await reader.readline())
        writer.write(b"250 ok\n")
        heard.put_nowait(await reader.readline())

    async with serve_stream(talk) as address:
        seen = await seen_at(
            address,
            {"expect": r"^220 (?P<name>[^ ]+) (\w+)", "send": "EHLO ${1} $name $2 $$ ${9}."},
            {"expect": "^250"},
            {"send": "QUIT"},
        )
        lines = [await asyncio.wait_for(heard.get(), 5) for _ in range(2)]

    assert seen.status is Status.UP
    assert lines == [b"EHLO mail.example mail.example ESMTP $ .\n", b"QUIT\n"]


async def test_group_that_looks_like_a_group_is_not_filled_again():
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a ${2} b\n")
        heard.put_nowait(await reader.readline())

    async with serve_stream(talk) as address:
        await seen_at(address, {"expect": r"^a (\S+) (\S+)", "send": "$1"})
        line = await asyncio.wait_for(heard.get(), 5)

    assert line == b"${2}\n"


@pytest.mark.parametrize("data", [b"", b"421 too busy\r\n", b"421 too busy", b"\0\xff\xfe\n" * 100])
async def test_end_before_the_expected_line_is_down(data):
    async with serve_stream(saying(data)) as address:
        seen = await seen_at(address, {"expect": "^220"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == "closed before a line matched '^220'"
    assert readings(seen) == {"probe_failed_due_to_regex": 1}


async def test_last_line_needs_no_end():
    async with serve_stream(saying(b"+PONG")) as address:
        seen = await seen_at(address, {"expect": "^[+]PONG$"})

    assert seen.status is Status.UP


@pytest.mark.parametrize("flood", [b"x" * 10_000, b"x\n" * 5000])
async def test_flood_is_too_large(flood):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(flood)
            await writer.drain()

    async with serve_stream(talk) as address:
        seen = await seen_at(address, {"expect": "^220"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert MOST_BYTES < 100_000


async def test_drip_is_down_at_its_deadline():
    async with dripping(b"x\n") as address:
        probe = configured(TcpProbe, {"target": address, "query_response": [{"expect": "^220"}]})
        seen = await look(probe, within=timedelta(milliseconds=300))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_certificate_is_measured_over_tls():
    async with serve_tls() as server:
        seen = await seen_at(server.target, tls=True, tls_config={"ca_file": server.ca_file})

    assert seen.status is Status.UP
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


async def test_expired_certificate_is_down_over_tls():
    async with serve_tls(ends=timedelta(days=-1)) as server:
        seen = await seen_at(server.target, tls=True, tls_config={"ca_file": server.ca_file})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE)


async def test_conversation_can_turn_to_tls():
    async with serve_tls() as server, serve_stream(switching(server.target)) as address:
        seen = await seen_at(
            address,
            {"expect": "^220", "send": "STARTTLS"},
            {"expect": "^220 go", "starttls": True},
            {"send": "GET / HTTP/1.0\r\n\r"},
            {"expect": "^HTTP/1.[01] 200"},
            tls_config={"ca_file": server.ca_file},
        )

    assert seen.status is Status.UP
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


def switching(target: str):
    """Return a handler that speaks a little in the clear and then passes all on to a TLS server."""
    host, _, port = target.partition(":")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        finally:
            far_writer.close()

    return talk


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "db.example"}, "host:port"),
        ({"target": "db.example:99999"}, "port"),
        ({"query_response": [{"expect": "("}]}, "regular expression"),
        ({"query_response": [{"wait": "x"}]}, "wait"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(TcpProbe, {"target": "db.example:5432", **settings})
