"""Promise: no crowd, no silence and no rubbish before, in or after TLS keeps others out or a descriptor in use."""

import asyncio
import contextlib
import os
import ssl
import time

import pytest
from authority import Authority
from web.pretend import dialled, scene, visiting

from monitor.config.webconfig import read_web_config
from monitor.web import Access, Limits

HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32
PATIENT = Limits(head_seconds=30)


@pytest.fixture
def authority(tmp_path):
    authority = Authority(tmp_path)
    authority.pair("server", "localhost", "127.0.0.1")
    return authority


@pytest.fixture
def stage():
    return scene()


@pytest.fixture
def access(tmp_path, authority, stage):
    path = tmp_path / "web.yaml"
    path.write_text("tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
    return Access(read_web_config(path).config, vitals=stage.vitals)


@contextlib.asynccontextmanager
async def opened(port, authority):
    """Yield a connection over TLS, gone for certain at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=authority.trust(), limit=1024)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def asked(port, authority, request=HEALTHY, within=5.0):
    """Return the answer to one request over TLS."""
    async with opened(port, authority) as (reader, writer):
        writer.write(request)
        return await asyncio.wait_for(reader.read(), within)


async def ended(reader, within):
    """Return what came before the connection ended."""
    try:
        return await asyncio.wait_for(reader.read(), within)
    except ConnectionError:
        return b""


def descriptors():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def settled(count):
    """Wait until no more descriptors than ``count`` are open."""
    for _ in range(200):
        if descriptors() <= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{descriptors()} descriptors are open, {count} were")


async def settled_at(port, authority):
    """Return how many descriptors are open once one client has come and gone: some are made at the first and stay."""
    await asked(port, authority)
    await asyncio.sleep(0.05)
    return descriptors()


@pytest.mark.parametrize("first", [b"", b"\x16", HELLO, b"\x16\x03\x01"])
async def test_handshake_that_stops_is_ended_in_time(authority, access, stage, first):
    async with visiting(stage, Limits(head_seconds=0.3), access) as client, dialled(client.port) as (reader, writer):
        began = time.monotonic()
        writer.write(first)
        answer = await ended(reader, 3)

        assert time.monotonic() - began < 0.3 + 1.25
    assert b"HTTP" not in answer
    assert stage.vitals.web_refused["handshake"] == 1


async def test_handshake_that_drips_is_ended_in_time(authority, access, stage):
    async with visiting(stage, Limits(head_seconds=0.3), access) as client, dialled(client.port) as (reader, writer):

        async def drip():
            for byte in HELLO + b"\x00" * 400:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        await ended(reader, 3)
        dripping.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await dripping

    assert stage.vitals.web_refused["handshake"] == 1


@pytest.mark.parametrize(
    "rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 70_000, b"SSH-2.0-x\r\n", b"\xff" * 5, b"\x16\x03\x01\xff\xff" * 9]
)
async def test_rubbish_before_tls_is_cut_off(authority, access, stage, rubbish, caplog):
    async with visiting(stage, Limits(head_seconds=0.5), access) as client:
        before = await settled_at(client.port, authority)
        async with dialled(client.port) as (reader, writer):
            writer.write(rubbish)
            answer = await ended(reader, 3)
        after = await asked(client.port, authority)
        await settled(before)

    assert b"HTTP" not in answer
    assert after.endswith(b"healthy\n")
    assert "Traceback" not in caplog.text


async def test_many_silent_handshakes_keep_nobody_out(authority, access, stage):
    limits = Limits(head_seconds=30, handshakes=20, connections=40)
    async with visiting(stage, limits, access) as client:
        before = await settled_at(client.port, authority)
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(100):
                await stack.enter_async_context(dialled(client.port))
            answer = await asked(client.port, authority)
            held = descriptors() - before - 100  # of the hundred, one end is ours

        assert answer.endswith(b"healthy\n")
        assert held <= 21
        await settled(before)
    assert stage.vitals.web_refused["crowd"] >= 80


async def test_many_idle_connections_keep_nobody_out(authority, access, stage):
    async with visiting(stage, Limits(head_seconds=30, connections=10), access) as client:
        before = await settled_at(client.port, authority)
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(30):
                await stack.enter_async_context(opened(client.port, authority))
            answer = await asked(client.port, authority)

        assert answer.endswith(b"healthy\n")
        await settled(before)


async def test_descriptors_come_back_when_the_listener_closes_on_handshakes(authority, access, stage):
    async with contextlib.AsyncExitStack() as stack:
        async with visiting(stage, PATIENT, access) as client:
            before = await settled_at(client.port, authority)
            dial = [await stack.enter_async_context(dialled(client.port)) for _ in range(10)]
            await asyncio.sleep(0.1)
        gone = [await ended(reader, 2) for reader, _ in dial]
    assert gone == [b""] * 10
    await settled(before)


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET / HTTP/1.1\r\n", b"X: y\r\n", b"X: y\r\n"], b"408"),
        ([b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"], b"400"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"], b"400"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 500 + b"\r\n"], b"400"),
        ([HELLO + b"\r\n\r\n"], b"400"),
    ],
)
async def test_slow_and_huge_heads_within_tls_are_refused(authority, access, stage, pieces, status):
    limits = Limits(head_seconds=0.3)
    async with visiting(stage, limits, access) as client, opened(client.port, authority) as (reader, writer):
        reading = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))  # before a reset takes what was not read
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.05)
        answer = await asyncio.wait_for(reading, 3)

    assert answer.startswith((b"HTTP/1.1 " + status, b"HTTP/1.0 " + status))


async def test_idle_connection_within_tls_is_closed(authority, access, stage):
    async with visiting(stage, Limits(idle_seconds=0.3), access) as client:
        answer = await asked(client.port, authority, HEALTHY.replace(b"Connection: close\r\n", b""), within=3)

    assert answer.endswith(b"healthy\n")


async def test_client_that_reads_nothing_within_tls_is_dropped(authority, access, stage):
    stage.metrics.pieces = [b"#" * 100_000 + b"\n"] * 200
    async with visiting(stage, Limits(head_seconds=0.4, write_seconds=0.4), access) as client:
        before = await settled_at(client.port, authority)
        async with opened(client.port, authority) as (_, writer):
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.sleep(0.1)
            during = descriptors()
            await settled(before + 1)  # ours is the one that is left

    assert during == before + 2


async def test_client_that_says_no_goodbye_holds_nothing(authority, access, stage, monkeypatch):
    monkeypatch.setattr("monitor.web.reception.SHUTDOWN_SECONDS", 0.3)
    async with visiting(stage, access=access) as client:
        before = await settled_at(client.port, authority)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = authority.trust().wrap_bio(incoming, outgoing, server_hostname="localhost")
        async with dialled(client.port) as (reader, writer):
            while True:
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    writer.write(outgoing.read())
                    incoming.write(await reader.read(65536))
                else:
                    break
            tls.write(HEALTHY)
            writer.write(outgoing.read())
            await settled(before + 1)


async def test_connections_after_a_failed_accept_are_taken_in(authority, access, stage, monkeypatch):
    monkeypatch.setattr("monitor.web.reception.REST_SECONDS", 0.01)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [OSError(24, "Too many open files"), OSError(103, "Aborted")]

    async def accept_at_last(listening):
        if failures:
            raise failures.pop()
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", accept_at_last)
    async with visiting(stage, access=access) as client:
        assert (await asked(client.port, authority)).endswith(b"healthy\n")

    assert failures == []


async def test_client_that_shakes_hands_too_often_is_turned_away_before_that(authority, access, stage):
    async with visiting(stage, Limits(arrivals=3, arrival_seconds=3600), access) as client:
        answers = []
        for _ in range(4):
            try:
                answers.append(await asked(client.port, authority))
            except (ConnectionError, EOFError):
                answers.append(b"")

    assert [answer[-8:] for answer in answers] == [b"healthy\n"] * 3 + [b""]
    assert stage.vitals.web_refused == {"crowd": 1}
