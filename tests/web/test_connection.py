"""Promise: no client holds a connection by being slow, and none learns what runs here."""

import asyncio
import time
from contextlib import suppress

import pytest
from web.pretend import dialled, scene, visiting

from monitor.web import Limits


async def talk(port: int, *pieces: bytes, within: float = 5) -> bytes:
    async with dialled(port) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
        return await asyncio.wait_for(reader.read(), within)


async def test_head_that_drips_is_closed():
    async with visiting(limits=Limits(head_seconds=0.3)) as client:
        began = time.monotonic()
        async with dialled(client.port) as (reader, writer):

            async def drip() -> None:
                writer.write(b"GET / HTTP/1.1\r\n")
                while True:
                    writer.write(b"X: y\r\n")
                    await asyncio.sleep(0.02)

            dripping = asyncio.create_task(drip())
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            with suppress(ConnectionResetError):  # what drips on meets a closed door
                await asyncio.wait_for(reader.read(), 5)
            dripping.cancel()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 2


async def test_silent_connection_is_closed():
    async with visiting(limits=Limits(head_seconds=0.2)) as client:
        assert b"408" in await talk(client.port)


async def test_head_that_drips_after_a_first_request_is_closed():
    async with visiting(limits=Limits(head_seconds=0.3)) as client, dialled(client.port) as (reader, writer):
        writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"healthy\n"), 5)
        writer.write(b"GET ")

        answer = await asyncio.wait_for(reader.read(), 5)

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_head_that_drips_behind_a_whole_request_counts_as_idle():
    async with visiting(limits=Limits(idle_seconds=0.3)) as client:
        answer = await talk(client.port, b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGET ")

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_idle_connection_outlives_the_patience_for_heads():
    limits = Limits(head_seconds=0.1, idle_seconds=30)

    async with visiting(limits=limits) as client, dialled(client.port) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"healthy\n"), 5)
            await asyncio.sleep(0.3)

    assert head.startswith(b"HTTP/1.1 200 ")


async def test_idle_connection_is_closed_in_the_end():
    async with visiting(limits=Limits(idle_seconds=0.2)) as client:
        answer = await talk(client.port, b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.endswith(b"healthy\n")


HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def test_whoever_has_idled_longest_makes_room_for_a_newcomer():
    async with visiting(limits=Limits(connections=2)) as client, dialled(client.port) as (oldest, _):
        await asyncio.sleep(0.05)
        async with dialled(client.port) as (reader, writer):
            await asyncio.sleep(0.05)

            answer = await talk(client.port, HEALTHY)
            gone = await asyncio.wait_for(oldest.read(), 1) if not oldest.exception() else b""
            writer.write(HEALTHY)
            kept = await asyncio.wait_for(reader.read(), 5)

    assert answer.endswith(b"healthy\n")
    assert gone == b""
    assert kept.endswith(b"healthy\n")


async def test_nobody_who_is_being_answered_makes_room():
    stage = scene()
    held = asyncio.Event()
    stage.reload = held.wait
    post = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with visiting(stage, Limits(connections=1)) as client, dialled(client.port) as (reader, writer):
        writer.write(post)
        await asyncio.sleep(0.05)

        try:
            refused = await talk(client.port, HEALTHY)
        except ConnectionResetError:
            refused = b""
        held.set()
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)

    assert refused == b""
    assert answer.startswith(b"HTTP/1.1 ")
    assert stage.vitals.web_refused["crowd"] == 1


async def test_whoever_reads_nothing_makes_room():
    stage = scene()
    stage.metrics.pieces = [b"#" * 100_000 + b"\n"] * 300
    limits = Limits(connections=2, stuck_seconds=0.05)
    async with visiting(stage, limits) as client, dialled(client.port) as one, dialled(client.port) as other:
        for _, writer in (one, other):
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(0.5)

        answer = await talk(client.port, HEALTHY)

    assert answer.endswith(b"healthy\n")
    assert stage.vitals.web_refused["crowd"] == 1


async def test_closed_connections_make_room():
    async with visiting(limits=Limits(connections=2)) as client:
        for _ in range(5):
            answer = await talk(client.port, b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

            assert answer.endswith(b"healthy\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 500 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS hello \r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"NOT A REQUEST\r\n\r\n",
    ],
)
async def test_what_is_not_a_request_is_refused_without_naming_the_server(request_bytes, caplog):
    async with visiting() as client:
        answer = await talk(client.port, request_bytes)

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert b"nosniff" in answer
    assert "Traceback" not in caplog.text


async def test_pipelined_requests_are_answered_in_order():
    one = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /-/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    async with visiting() as client:
        answer = await talk(client.port, one * 5 + last)

    assert answer.count(b"healthy\n") == 5
    assert answer.endswith(b"ready\n")


async def test_body_that_is_not_what_it_says_is_no_error_of_ours(caplog):
    caplog.set_level("INFO")
    chunk = b"ffffffffffffffff\r\n" + b"a" * 100_000
    head = b"POST /-/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"

    async with visiting() as client:
        await talk(client.port, head + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")
        await talk(client.port, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        await talk(
            client.port, head + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, within=9
        )

    assert not caplog.text
