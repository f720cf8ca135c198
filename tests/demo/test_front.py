"""The front answers HTTP by path, in order, over connections kept or closed."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from monitor.demo.answer import OK, Reply, always, flapping, published, reply
from monitor.demo.front import Front, Paths

GREETED = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def talking(later=None):
    loop = asyncio.get_running_loop()
    paths = Paths(
        routes={b"/a/ping": always(OK), b"/a/slow": always(reply(200, "late", after_seconds=60)), b"/a/mute": mute},
        endings={b"login": always(reply(200, {"error_code": 0}))},
    )
    server = await loop.create_server(lambda: Front(paths, later or loop.call_later), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer, paths
    finally:
        writer.close()
        server.close()


def mute(_now):
    return Reply(b"")


def get(path, *more):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *more, "", ""]).encode()


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_a_known_path_is_answered():
    async with talking() as (reader, writer, _):
        writer.write(get("/a/ping"))

        assert await answer(reader) == tuple(part + tail for part, tail in split(OK.wire))


def split(wire):
    head, _, body = wire.partition(b"\r\n\r\n")
    return (head, b"\r\n\r\n"), (body, b"")


@pytest.mark.parametrize(("path", "status"), [("/somebody/login", b"200"), ("/a/none", b"404"), ("nonsense", b"404")])
async def test_other_paths_are_answered_by_their_ending_or_not_found(path, status):
    async with talking() as (reader, writer, _):
        writer.write(get(path))

        head, _ = await answer(reader)
        assert head.split()[1] == status


async def test_requests_on_one_connection_are_answered_in_order():
    async with talking() as (reader, writer, paths):
        writer.write(get("/a/ping") + get("/a/none") + get("/a/ping"))

        statuses = [(await answer(reader))[0].split()[1] for _ in range(3)]
        assert statuses == [b"200", b"404", b"200"]
        assert paths.answered == 3


async def test_a_request_may_come_in_pieces():
    async with talking() as (reader, writer, _):
        for byte in get("/a/ping"):
            writer.write(bytes([byte]))
            await writer.drain()

        assert (await answer(reader))[0].startswith(GREETED)


async def test_the_body_of_a_post_is_read_before_the_answer():
    async with talking() as (reader, writer, _):
        writer.write(b"POST /a/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        writer.write(b"cd" + get("/a/none"))

        assert [(await answer(reader))[0].split()[1] for _ in range(2)] == [b"200", b"404"]


async def test_a_connection_is_closed_on_request():
    async with talking() as (reader, writer, _):
        writer.write(get("/a/ping", "Connection: close"))

        await answer(reader)
        assert await reader.read() == b""


async def test_a_slow_answer_comes_later():
    waiting = asyncio.Queue()
    async with talking(lambda *given: waiting.put_nowait(given)) as (reader, writer, _):
        writer.write(get("/a/slow"))
        seconds, call = await waiting.get()
        call()

        assert seconds == 60
        assert (await answer(reader))[1] == b"late"


async def test_a_client_that_left_is_not_answered():
    waiting = asyncio.Queue()
    async with talking(lambda *given: waiting.put_nowait(given)) as (_, writer, paths):
        writer.write(get("/a/slow"))
        _, call = await waiting.get()
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.01)
        call()

        assert paths.answered == 0


async def test_a_mute_path_says_nothing():
    async with talking() as (reader, writer, _):
        writer.write(get("/a/mute"))

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)


async def test_an_endless_head_is_refused():
    async with talking() as (reader, writer, _):
        writer.write(b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 70_000)

        assert (await answer(reader))[0].split()[1] == b"400"


async def test_the_count_does_not_count_itself():
    async with talking() as (reader, writer, _):
        writer.write(get("/a/ping") + get("/-/answered") + get("/-/answered"))

        assert [(await answer(reader))[1] for _ in range(3)][1:] == [b"1", b"1"]


def test_a_flapping_service_follows_the_clock():
    good, bad = reply(200, "good"), reply(503, "bad")
    service = flapping(good, bad, good_seconds=20, bad_seconds=10, offset_seconds=5)

    assert [service(now) is good for now in (0, 14, 15, 24, 25, 44, 45)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_published_record_has_a_time_with_a_zone():
    wire = published(3600)(1_800_000_000).wire

    assert b'"newest_record": "2027-01-15T07:00:00+00:00"' in wire
