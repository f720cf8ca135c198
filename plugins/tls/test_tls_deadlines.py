"""Wherever a target stalls, the look is over 250 ms after its timeout at the latest; what floods us is bounded."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from datashare_monitor_tls import TlsProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, crowded, dripping, run, serve_stream, stalled

TIMEOUT = timedelta(milliseconds=400)
LATEST_SECONDS = TIMEOUT.total_seconds() + 0.25
HELLO = b"\x16\x03\x03\x00\x7a\x02"
"""The beginning of what a server answers to a TLS handshake."""
LARGE_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xff"
XMPP_FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"


def saying(*pieces: bytes):
    """Return a handler that says one piece after another, each once something was heard, the first one at once."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await reader.read(4096)
        await asyncio.sleep(60)

    return talk


def flooding(piece: bytes):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(piece)
            await writer.drain()

    return talk


STALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "connecting": (crowded, ""),
    "handshake": (stalled, ""),
    "amid the handshake": (lambda: serve_stream(saying(HELLO)), ""),
    "dripping handshake": (lambda: dripping(b"\0", LARGE_RECORD), ""),
    "greeting": (stalled, "smtp"),
    "amid the greeting": (lambda: serve_stream(saying(b"220-mail")), "smtp"),
    "dripping greeting": (lambda: dripping(b"220-\r\n"), "smtp"),
    "answer to EHLO": (lambda: serve_stream(saying(b"220 ready\r\n")), "smtp"),
    "answer to STARTTLS": (lambda: serve_stream(saying(b"220 ready\r\n", b"250 STARTTLS\r\n")), "smtp"),
    "handshake behind STARTTLS": (
        lambda: serve_stream(saying(b"220 ready\r\n", b"250 STARTTLS\r\n", b"220 go\r\n")),
        "smtp",
    ),
    "greeting of IMAP": (stalled, "imap"),
    "answer to STARTTLS of IMAP": (lambda: serve_stream(saying(b"* OK ready\r\n")), "imap"),
    "dripping answer of IMAP": (lambda: dripping(b"* x\r\n", b"* OK ready\r\n"), "imap"),
    "greeting of POP3": (stalled, "pop3"),
    "answer to STLS": (lambda: serve_stream(saying(b"+OK ready\r\n")), "pop3"),
    "greeting of FTP": (stalled, "ftp"),
    "answer to AUTH TLS": (lambda: serve_stream(saying(b"220 ready\r\n")), "ftp"),
    "answer of a database": (stalled, "postgres"),
    "answer of a directory": (stalled, "ldap"),
    "amid the answer of a directory": (lambda: serve_stream(saying(b"\x30\x20\x02\x01")), "ldap"),
    "features": (stalled, "xmpp"),
    "dripping features": (lambda: dripping(b"<a/>"), "xmpp"),
    "proceed": (lambda: serve_stream(saying(XMPP_FEATURES)), "xmpp"),
}


@pytest.mark.parametrize(("target", "starttls"), STALLS.values(), ids=STALLS)
async def test_stall_ends_in_time(target, starttls):
    async with AsyncExitStack() as stack:
        settings = {"target": await stack.enter_async_context(target())} | ({"starttls": starttls} if starttls else {})
        outcome = await run(configured(TlsProbe, settings), within=TIMEOUT)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < LATEST_SECONDS


@pytest.mark.parametrize(
    ("piece", "starttls", "reasons"),
    [
        (b"x" * 65536, "", {Reason.TLS}),
        (LARGE_RECORD + bytes(16_383), "", {Reason.TLS}),
        (b"220-x\r\n" * 10_000, "smtp", {Reason.TOO_LARGE, Reason.PROTOCOL}),
        (b"x" * 65536, "smtp", {Reason.TOO_LARGE, Reason.PROTOCOL}),
        (b"<a>" * 20_000, "xmpp", {Reason.TOO_LARGE, Reason.PROTOCOL}),
        (b"\x30\x84\x7f\xff\xff\xff" + b"x" * 65536, "ldap", {Reason.TOO_LARGE, Reason.PROTOCOL}),
    ],
)
async def test_flood_is_bounded(piece, starttls, reasons):
    async with serve_stream(flooding(piece)) as address:
        settings = {"target": address} | ({"starttls": starttls} if starttls else {})
        outcome = await run(configured(TlsProbe, settings), within=timedelta(seconds=5))

    assert outcome.observation.status is Status.DOWN
    assert outcome.observation.reason in reasons, outcome.observation.detail
    assert outcome.duration_seconds < 5
