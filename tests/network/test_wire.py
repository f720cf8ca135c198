"""Whatever a server sends, an exchange ends with an answer or a named reason, within bounded memory and time."""

import asyncio
import socket
import struct
import time
import tracemalloc

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError

KIB = 1024
SMALL = HttpOptions(max_body=16 * KIB)


async def fetch(look, server, options=SMALL, method="GET"):
    vantage = look()
    return await vantage.http.request(method, server.url(), options=options)


async def reason_of(look, server, options=SMALL):
    with pytest.raises(ProbeError) as caught:
        await fetch(look, server, options)
    return caught.value.reason


def flood(start, piece, pause=0.0):
    """Return a talk that sends ``start`` and then ``piece`` for ever."""

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


async def lag_while(work):
    """Return the result of ``work``, and the longest time the loop did not come round meanwhile."""
    longest = 0.0

    async def watch():
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began)

    watcher = asyncio.create_task(watch())
    try:
        return await work, longest
    finally:
        watcher.cancel()


FLOODS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Endless: yes\r\n" * 64),
    "one header line": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 4096),
    "a status line": (b"HTTP/1.1 200 ", b"a" * 4096),
    "interim responses": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 64),
    "short interim responses": (b"", b"HTTP/1.1 100\r\n\r\n" * 256),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 16384),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096 + b"\r\n"),
    "tiny chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 2048),
    "a chunk extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 4096),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Endless: yes\r\n" * 64),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_is_cut_off(look, serve, settled, name):
    server = await serve(flood(*FLOODS[name]))
    tracemalloc.start()

    reason, lag = await lag_while(reason_of(look, server))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert reason in (Reason.TOO_LARGE, Reason.PROTOCOL)
    assert peak < 3 * KIB * KIB
    assert lag < 0.25
    server.server.close()
    assert await settled() <= 0


async def test_a_declared_body_over_the_limit_is_not_waited_for(look, serve):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")

    reason = await reason_of(look, server)

    assert reason in (Reason.TOO_LARGE, Reason.PROTOCOL)


GARBAGE = [
    b"garbage\r\n\r\n",
    b"\x00\x01\x02\x03\r\n\r\n",
    b"HTTP/0.9 200 OK\r\n\r\n",
    b"<html>an answer of 1991</html>\r\n\r\n",
    b"HTTP/2.0 200 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n",
    b"HTTP/1.1 -20 OK\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n",
    b"\x15\x03\x01\x00\x02\x02\x16",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
]


@pytest.mark.parametrize("answer", GARBAGE)
async def test_what_is_not_http_is_called_so(look, serve, answer):
    server = await serve(answer)

    reason = await reason_of(look, server)

    assert reason in (Reason.PROTOCOL, Reason.TOO_LARGE, Reason.DISCONNECTED)
    if b"HTTP/1.1" not in answer:
        assert reason is Reason.PROTOCOL


async def test_the_text_of_an_error_is_one_printable_line_without_the_address_asked(look, serve):
    server = await serve(b"\x1b[31mred\x00\r\n\r\n")

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url("/path?token=canary"))

    assert caught.value.detail.isprintable()
    assert "canary" not in caught.value.detail
    assert len(caught.value.detail) < 200


EARLY_ENDS = [
    b"",
    b"HTTP/1.1 200",
    b"HTTP/1.1 200 OK\r\nX: y\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive.\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfiv",
]


@pytest.mark.parametrize("answer", EARLY_ENDS)
async def test_an_answer_that_breaks_off_is_a_disconnection(look, serve, settled, answer):
    server = await serve(answer)

    reason = await reason_of(look, server)

    assert reason is Reason.DISCONNECTED
    server.server.close()
    assert await settled() <= 0


async def test_a_reset_keeps_its_error_number(look, serve):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async def reset(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    closed = await serve(talk)
    broken = await serve(reset)

    with pytest.raises((ProbeError, ConnectionResetError)):
        await fetch(look, closed)
    with pytest.raises(ConnectionResetError):
        await fetch(look, broken)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour and more", b"four"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n3;x=y\r\n-se\r\n0\r\nT: x\r\n\r\n",
            b"four-se",
        ),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b""),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", b"b"),
        (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nb", b"b"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw", b""),
    ],
)
async def test_answers_are_read_to_their_end(look, serve, answer, body):
    server = await serve(answer)

    got = await fetch(look, server)

    assert got.body == body


async def test_the_answer_to_head_has_no_body(look, serve):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        await writer.drain()
        await reader.read()

    server = await serve(talk)

    answer = await fetch(look, server, method="HEAD")

    assert (answer.body, answer.length) == (b"", 1_000_000_000)


async def test_an_answer_that_comes_byte_by_byte_is_read(look, serve):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: v\r\n\r\nfive.":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    server = await serve(talk)

    answer = await fetch(look, server)

    assert (answer.body, answer.header("X-Name")) == (b"five.", "v")


async def test_a_big_body_is_read_whole(look, serve):
    body = bytes(range(256)) * 4096 * 3
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    answer = await fetch(look, server, HttpOptions(max_body=len(body)))

    assert answer.body == body


async def test_hostile_text_of_the_head_can_be_written_anywhere(look, serve):
    server = await serve(
        b"HTTP/1.1 500 \x1b[31m\xff\xfe bad\r\nX-Evil: \xc3\x28 \x1b]0;x\x07\r\nContent-Length: 0\r\n\r\n"
    )

    answer = await fetch(look, server)

    assert answer.status == 500
    assert answer.reason.encode()
    assert (answer.header("x-evil") or "").encode()


async def test_forty_floods_at_once_leave_the_loop_usable(look, serve):
    floods = [await serve(flood(*FLOODS[name])) for name in FLOODS]

    reasons, lag = await lag_while(asyncio.gather(*(reason_of(look, server) for server in floods for _ in range(4))))

    assert set(reasons) <= {Reason.TOO_LARGE, Reason.PROTOCOL}
    assert lag < 1.0
