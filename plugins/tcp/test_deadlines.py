"""Wherever a target stalls, the look is over 250 ms after its timeout at the latest, and is called a timeout."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from datashare_monitor_tcp import TcpProbe, UdpProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, crowded, dripping, run, serve_stream, serve_tls, stalled

TIMEOUT = timedelta(milliseconds=400)
LATEST_SECONDS = 0.65

Stage = Callable[[AsyncExitStack], Awaitable[dict[str, Any]]]
"""Opens a target that stalls, and returns the settings of a probe that stalls there."""


def saying(*pieces: bytes):
    """Return a handler that says one piece after each line it hears, the first one at once, and then nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await reader.readline()
        await reader.read()

    return talk


def at(target: Callable[[], Any], *steps: dict[str, Any], **settings: Any) -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        return {"target": await stack.enter_async_context(target()), "query_response": [*steps], **settings}

    return opened


async def after_the_handshake(stack: AsyncExitStack) -> dict[str, Any]:
    server = await stack.enter_async_context(serve_tls())
    steps = [{"expect": "never"}]
    return {"target": server.target, "tls": True, "tls_config": {"ca_file": server.ca_file}, "query_response": steps}


def over_a_unix_socket(*pieces: bytes, **settings: Any) -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        folder = stack.enter_context(_folder())
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(f"{folder}/s")
        await stack.enter_async_context(serve_stream(saying(*pieces), bound=bound))
        return {"target": f"unix:{folder}/s", **settings}

    return opened


async def over_a_unix_socket_that_is_not_accepted(stack: AsyncExitStack) -> dict[str, Any]:
    folder = stack.enter_context(_folder())
    bound = stack.enter_context(socket.socket(socket.AF_UNIX))
    bound.bind(f"{folder}/s")
    bound.listen(8)
    return {"target": f"unix:{folder}/s", "query_response": [{"expect": "^220"}]}


async def while_resolving(stack: AsyncExitStack) -> dict[str, Any]:
    return {"target": "nobody.example:25", "nameserver": await stack.enter_async_context(stalled())}


def _folder():
    import tempfile

    return tempfile.TemporaryDirectory()


STARTTLS = [{"expect": "^220", "send": "STARTTLS"}, {"expect": "^220 go", "starttls": True}]
IMAP = [{"expect": "OK", "send": "a STARTTLS"}, {"expect": "^a OK", "starttls": True}, {"expect": "^b OK"}]
GREETING = [{"expect": "^220"}]
NAMED = {"server_name": "db.example"}
STAGES = {
    "resolving": while_resolving,
    "connecting": at(crowded),
    "handshake": at(stalled, tls=True),
    "amid the handshake": at(lambda: serve_stream(saying(b"\x16\x03\x03\x00\x7a\x02")), tls=True),
    "dripping handshake": at(lambda: dripping(b"\0", b"\x16\x03\x03\x40\x00\x02\x00\x3f\xff"), tls=True),
    "first byte": at(stalled, {"expect": "^220"}),
    "amid a line": at(lambda: serve_stream(saying(b"220 mail")), {"expect": "^220"}),
    "dripping line": at(lambda: dripping(b"x"), {"expect": "^220"}),
    "dripping lines": at(lambda: dripping(b"x\r\n"), {"expect": "^220"}),
    "bytes": at(lambda: serve_stream(saying(b"+O")), {"expect_bytes": "+OK"}),
    "dripping bytes": at(lambda: dripping(b"x"), {"expect_bytes": "x" * 1000}),
    "second step": at(lambda: serve_stream(saying(b"220 a\n")), {"expect": "^220", "send": "EHLO"}, {"expect": "^250"}),
    "third step": at(
        lambda: serve_stream(saying(b"220 a\n", b"250 b\n")),
        {"expect": "^220", "send": "EHLO"},
        {"expect": "^250", "send": "NOOP"},
        {"expect": "^250"},
    ),
    "sending": at(lambda: serve_stream(_deaf), {"send": "x" * 16_000_000}),
    "turning to TLS": at(lambda: serve_stream(saying(b"220 a\n", b"220 go\n")), *STARTTLS),
    "after the handshake": after_the_handshake,
    "answer to STARTTLS of IMAP": at(lambda: serve_stream(saying(b"* OK here\r\n")), *IMAP),
    "handshake of IMAP": at(lambda: serve_stream(saying(b"* OK here\r\n", b"a OK go\r\n")), *IMAP),
    "unix socket that is not accepted": over_a_unix_socket_that_is_not_accepted,
    "unix socket, first byte": over_a_unix_socket(query_response=GREETING),
    "unix socket, amid a line": over_a_unix_socket(b"22", query_response=GREETING),
    "unix socket, second step": over_a_unix_socket(b"220 a\n", query_response=[*GREETING, {"expect": "^250"}]),
    "unix socket, handshake": over_a_unix_socket(tls=True, tls_config=NAMED),
    "unix socket, amid the handshake": over_a_unix_socket(b"\x16\x03\x03\x00\x7a\x02", tls=True, tls_config=NAMED),
    "unix socket, turning to TLS": over_a_unix_socket(
        b"220 a\n", b"220 go\n", query_response=STARTTLS, tls_config=NAMED
    ),
}


async def _deaf(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    reader._transport.pause_reading()
    await asyncio.sleep(60)


WAITED_FOR = {
    "first byte": "step 1 of 1: no line matched '^220' in time",
    "amid a line": "step 1 of 1: no line matched '^220' in time",
    "dripping lines": "step 1 of 1: no line matched '^220' in time",
    "bytes": "step 1 of 1: the 3 expected bytes did not come in time",
    "third step": "step 3 of 3: no line matched '^250' in time",
    "sending": "step 1 of 1: what was sent was not taken in time",
    "turning to TLS": "step 2 of 2: TLS did not begin in time",
    "handshake of IMAP": "step 2 of 3: TLS did not begin in time",
    "unix socket, second step": "step 2 of 2: no line matched '^250' in time",
}


@pytest.mark.parametrize("stage", STAGES)
async def test_stalled_conversation_ends_in_time(stage):
    async with AsyncExitStack() as stack:
        settings = await STAGES[stage](stack)
        nameservers = [settings.pop("nameserver")] if "nameserver" in settings else []
        outcome = await run(configured(TcpProbe, settings), within=TIMEOUT, nameservers=nameservers)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.observation.detail == WAITED_FOR.get(stage, outcome.observation.detail)
    assert outcome.duration_seconds < LATEST_SECONDS


async def test_answer_shortly_before_the_timeout_is_one():
    timeout = timedelta(seconds=2.5)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.96 * timeout.total_seconds())
        writer.write(b"220 mail\r\n")
        await reader.read()

    async with serve_stream(talk) as address:
        outcome = await run(configured(TcpProbe, {"target": address, "query_response": GREETING}), within=timeout)

    assert outcome.observation.status is Status.UP, outcome.observation.detail


@asynccontextmanager
async def silent_socket() -> AsyncIterator[str]:
    with _folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(f"{folder}/d")
        yield f"unix:{folder}/d"


@pytest.mark.parametrize("target", [stalled, silent_socket], ids=["udp", "unix socket"])
async def test_unanswered_datagram_ends_in_time(target):
    async with target() as address:
        outcome = await run(configured(UdpProbe, {"target": address, "send": "ping"}), within=TIMEOUT)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < LATEST_SECONDS
