"""Whatever a server does, a check ends soon after its deadline, costs little, and says whose fault it is."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import brotli
import pytest
from datashare_monitor_http import HttpProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, dripping, run, serve_stream

MIB = 1024 * 1024
TIMEOUT = timedelta(milliseconds=600)
MARGIN_SECONDS = 0.25


@contextmanager
def within(mebibytes: float) -> Iterator[None]:
    """Fail when more than that is allocated at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * MIB
    finally:
        tracemalloc.stop()


async def seen_at(address: str, **settings):
    """Return what is seen; the deadline is kept."""
    probe = configured(HttpProbe, {"target": f"http://{address}/", **settings})
    outcome = await run(probe, within=TIMEOUT)
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS
    assert outcome.observation.status is Status.DOWN
    return outcome.observation


def endless(start: bytes, more: bytes):
    """Return a handler that never stops talking."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while not writer.is_closing():
            writer.write(more)
            await writer.drain()

    return talk


def saying(data: bytes):
    """Return a handler that says this and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)

    return talk


def answer(body: bytes, *lines: str) -> bytes:
    """Return a whole answer."""
    head = "\r\n".join(("HTTP/1.1 200 OK", *lines, f"Content-Length: {len(body)}"))
    return f"{head}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("start", "more", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100, Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000, Reason.TOO_LARGE),
        (b"HTTP/1.1 200 ", b"K" * 1000, Reason.TOO_LARGE),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10, Reason.TOO_LARGE),
        (b"", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 50, Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000, Reason.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 500 + b"\r\nx\r\n", Reason.TOO_LARGE),
    ],
)
async def test_a_flood_is_too_large(start, more, reason):
    async with serve_stream(endless(start, more)) as address:
        with within(16):
            seen = await seen_at(address, body_size_limit="64KiB")

    assert seen.reason in (reason, Reason.PROTOCOL)


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 103 E\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
)
async def test_a_drip_ends_at_the_deadline(head):
    async with dripping(b"h", head) as address:
        seen = await seen_at(address, assertions=[{"json": "a", "equals": 1}])

    assert seen.reason in (Reason.TIMEOUT, Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("name", "bomb"),
    [
        ("gzip", gzip.compress(bytes(100 * MIB))),
        ("br", brotli.compress(bytes(100 * MIB), quality=5)),
    ],
)
async def test_a_bomb_is_too_large(name, bomb):
    async with serve_stream(saying(answer(bomb, f"Content-Encoding: {name}"))) as address:
        with within(16):
            seen = await seen_at(address, compression=name, assertions=[{"json": "a", "equals": 1}])

    assert (seen.reason, seen.detail) == (Reason.TOO_LARGE, "the body is over 1048576 bytes once decompressed")


@pytest.mark.parametrize(
    ("body", "assertion", "reason"),
    [
        (b"[" * 1_000_000, {"json": "a", "equals": 1}, Reason.TOO_LARGE),
        (b'{"a":' * 200_000, {"json": "a", "equals": 1}, Reason.TOO_LARGE),
        (b"[" * 900 + b"5" + b"]" * 900, {"json": "to_string(@)", "equals": "x"}, Reason.CONTENT),
        (b'{"a": ' + b"9" * 900_000 + b"}", {"json": "a", "equals": 1}, Reason.CONTENT),
        (b"<a>" * 300_000, {"xml": "//a", "equals": "1"}, Reason.TOO_LARGE),
        (b"<r>" + b"<a b='1'/>" * 90_000 + b"</r>", {"xml": "count(//a[@b='1'])", "equals": 5}, Reason.TOO_LARGE),
        (
            b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 500_000 + b'">]><r b="' + b"&a;" * 1000 + b'"/>',
            {"xml": "//@b", "equals": 1},
            Reason.CONTENT,
        ),
    ],
)
async def test_a_document_that_is_hard_to_read_is_the_targets_fault(body, assertion, reason):
    async with serve_stream(saying(answer(body))) as address:
        seen = await seen_at(address, assertions=[assertion])

    assert seen.reason is reason, seen
    assert len(seen.detail) < 200


async def test_an_external_entity_is_neither_read_nor_fetched(tmp_path):
    asked = []

    async def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))

    (tmp_path / "secret").write_text("canary")
    async with serve_stream(trap) as trapped:
        for system in (f"file://{tmp_path}/secret", f"http://{trapped}/x"):
            body = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{system}">]><r>&e;</r>'.encode()
            async with serve_stream(saying(answer(body))) as address:
                seen = await seen_at(address, assertions=[{"xml": "string(/r)", "equals": "x"}])

            assert seen.reason is Reason.CONTENT
            assert "canary" not in repr(seen)

    assert asked == []


async def test_a_thousand_cookies_on_ten_redirects_break_nothing():
    lines = "".join(f"Set-Cookie: c{n}={'v' * 200}\r\n" for n in range(200))
    data = f"HTTP/1.1 302 Found\r\nLocation: /again\r\n{lines}Content-Length: 0\r\n\r\n".encode()

    async with serve_stream(saying(data)) as address:
        with within(16):
            seen = await seen_at(address)

    assert seen.reason in (Reason.REDIRECT, Reason.TIMEOUT)
