"""A WebSocket is opened, spoken to, pinged and closed; what a hostile server sends is bounded and has its reason."""

import asyncio
import base64
import hashlib
import logging
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import datashare_monitor_websocket
import pytest
from aiohttp import web
from datashare_monitor_websocket import WebsocketProbe
from websockets.asyncio.server import serve as serve_websocket

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, run, serve, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(target: str, *, within: timedelta = timedelta(seconds=5), **settings) -> Observation:
    return await look(configured(WebsocketProbe, {"target": target, **settings}), within=within)


async def echo(socket) -> None:
    async for message in socket:
        await socket.send(message)


@asynccontextmanager
async def served(handler=echo, *, scheme: str = "ws", **options) -> AsyncIterator[str]:
    """Run websockets' own server."""
    async with serve_websocket(handler, "127.0.0.1", 0, **options) as server:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/live"


@asynccontextmanager
async def scripted(
    *data: bytes,
    forever: bytes = b"",
    drop: bytes = b"",
    stall: bool = True,
    accept: bool = True,
    deaf: bool = False,
    then=None,
) -> AsyncIterator[str]:
    """Shake hands as a good server does, and then say just this; ``forever`` at once, ``drop`` every 20 ms."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if accept:
            key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))[
                18:
            ].strip()
            proof = base64.b64encode(hashlib.sha1(key + GUID).digest())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"
            )
        writer.write(b"".join(data))
        while forever or drop:
            writer.write(forever or drop)
            await writer.drain()
            await asyncio.sleep(0.02 if drop else 0)
        if then:
            await then(reader, writer)
        if deaf:
            reader._transport.pause_reading()
            await asyncio.sleep(60)
        if stall:
            await reader.read()

    async with serve_stream(talk) as address:
        yield f"ws://{address}/"


def frame(opcode: int, data: bytes = b"", *, fin: bool = True) -> bytes:
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
    return bytes([(0x80 if fin else 0) | opcode]) + size + data


CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_websocket, lambda address: configured(WebsocketProbe, {"target": f"ws://{address}/"})
    )


async def test_open_socket_is_up_and_measured():
    async with served() as url:
        outcome = await run(configured(WebsocketProbe, {"target": url}))

    seen = outcome.observation
    assert (seen.status, seen.detail) == (Status.UP, "open, closed with 1000")
    assert set(outcome.phases) == {"resolve", "connect", "handshake", "request", "ping", "close"}
    found = readings(seen)
    assert 0 < found.pop("probe_websocket_ping_seconds") < 1
    assert found == {
        "probe_websocket_status_code": 101,
        "probe_websocket_received_messages": 0,
        "probe_websocket_close_code": 1000,
        "probe_failed_due_to_regex": 0,
    }


async def test_aiohttp_s_server_is_up_as_well():
    async def answer(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async with serve(answer) as url:
        seen = await seen_at(url.replace("http", "ws"), query_response=[{"send": "hello"}, {"expect": "^hello$"}])

    assert seen.status is Status.UP, seen.detail


async def test_handshake_carries_headers_origin_subprotocol_and_secrets(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "token").write_text("s3cret\n")
    heard = {}

    async def remember(socket):
        heard.update(socket.request.headers.raw_items(), path=socket.request.path)
        await echo(socket)

    async with served(remember, subprotocols=["graphql-transport-ws"]) as url:
        seen = await seen_at(
            f"{url}?room=1",
            headers={"X-Agency": "ha-noi"},
            secret_headers={"Authorization": {"file": str(tmp_path / "token")}},
            origin="https://portal.example",
            subprotocols=["graphql-transport-ws", "graphql-ws"],
        )

    assert seen.status is Status.UP, seen.detail
    assert heard["path"] == "/live?room=1"
    assert (heard["X-Agency"], heard["Authorization"]) == ("ha-noi", "s3cret")
    assert heard["Origin"] == "https://portal.example"
    assert heard["User-Agent"] == "datashare-monitor"
    assert heard["Sec-WebSocket-Protocol"] == "graphql-transport-ws, graphql-ws"
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert "s3cret" not in repr(seen) + "".join(ours)


@pytest.mark.parametrize("name", ["headers", "secret_headers"])
async def test_agent_is_the_one_that_is_written(name, tmp_path):
    heard = []

    async def remember(socket):
        heard.extend(socket.request.headers.get_all("User-Agent"))
        await echo(socket)

    (tmp_path / "agent").write_text("portal/1.0\n")
    value = {"file": str(tmp_path / "agent")} if name == "secret_headers" else "portal/1.0"
    async with served(remember) as url:
        await seen_at(url, **{name: {"user-agent": value}})

    assert heard == ["portal/1.0"]


@pytest.mark.parametrize(
    "origin", ["null", "https://portal.example", "http://portal.example:8080", "https://[::1]:8443"]
)
async def test_origin_is_sent_as_written(origin):
    heard = []

    async def remember(socket):
        heard.append(socket.request.headers["Origin"])
        await echo(socket)

    async with served(remember) as url:
        seen = await seen_at(url, origin=origin)

    assert (seen.status, heard) == (Status.UP, [origin])


async def test_subprotocol_that_is_preferred_is_offered_first():
    def choose(connection, offered):
        return offered[0]

    async with served(select_subprotocol=choose) as url:
        seen = await seen_at(url, subprotocols=["chat.v1", "chat.v2"])

    assert seen.status is Status.UP, seen.detail


@pytest.mark.parametrize(("size", "limit", "status"), [
    (100, "100B", Status.UP), (101, "100B", Status.DOWN), (65_536, None, Status.UP), (65_537, None, Status.DOWN),
    (900_000, "1MiB", Status.UP),
])  # fmt: skip
async def test_longest_message_is_the_one_that_is_allowed(size, limit, status):
    limits = {"max_message_size": limit} if limit else {}
    async with served(max_size=None) as url:
        seen = await seen_at(url, query_response=[{"send": "x" * size}, {"expect": "^x+$"}], **limits)

    assert (seen.status, seen.reason) == (status, None if status is Status.UP else Reason.TOO_LARGE)


async def test_without_a_ping_none_is_sent():
    pings = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pings.append(await reader.read(100))

    async with scripted(then=listen) as url:
        await seen_at(url, ping=False, within=WITHIN)
    async with scripted(then=listen) as url:
        await seen_at(url, within=WITHIN)

    assert [data[0] & 0x0F for data in pings] == [CLOSE, PING]


@pytest.mark.parametrize(("family", "expected"), [("ip4", (Status.UP, None)), ("ip6", (Status.DOWN, Reason.DNS))])
async def test_family_is_the_one_that_is_asked_for(family, expected):
    async with served() as url:
        seen = await seen_at(url, preferred_ip_protocol=family, ip_protocol_fallback=False)

    assert (seen.status, seen.reason) == expected


async def test_subprotocol_that_is_not_chosen_is_down():
    async with scripted() as url:
        seen = await seen_at(url, subprotocols=["graphql-transport-ws"])

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.detail == "chose no subprotocol, offered graphql-transport-ws"


async def test_conversation_goes_through_its_turns():
    async def greet(socket):
        await socket.send("noise")
        await socket.send("welcome 7")
        assert await socket.recv() == '{"type": "subscribe"}'
        await socket.send(["frag", "men", "ted"])
        await socket.send(b"binary done")
        await socket.wait_closed()

    async with served(greet) as url:
        seen = await seen_at(
            url,
            query_response=[
                {"expect": "^welcome", "send": '{"type": "subscribe"}'},
                {"expect": "^fragmented$"},
                {"expect": "done$"},
            ],
        )

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_websocket_received_messages"] == 4


async def test_close_before_the_expected_message_is_down():
    async def leave(socket):
        await socket.send("bye")
        await socket.close(1013, "try again later")

    async with served(leave) as url:
        seen = await seen_at(url, query_response=[{"expect": "^welcome"}])

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert "1013" in seen.detail
    assert seen.detail.endswith("before a message matched '^welcome'")
    assert readings(seen)["probe_failed_due_to_regex"] == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, Reason.STATUS),
        (301, Reason.STATUS),
        (401, Reason.UNAUTHORIZED),
        (403, Reason.FORBIDDEN),
        (429, Reason.THROTTLED),
        (503, Reason.STATUS),
    ],
)
async def test_refused_handshake_is_down_however_long_its_page(status, reason):
    async def answer(_):
        return web.Response(status=status, text="x" * 500_000)

    async with serve(answer) as url:
        seen = await seen_at(url.replace("http", "ws"))

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail == f"answered {status}, expected 101"
    assert readings(seen)["probe_websocket_status_code"] == status


async def test_certificate_is_measured_over_tls():
    async with serve_tls() as files:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        folder = Path(files.ca_file).parent
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        async with served(scheme="wss", ssl=context) as url:
            seen = await seen_at(url, tls_config={"ca_file": files.ca_file})
            stranger = await seen_at(url)

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == files.not_after.timestamp()
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(f"ws://{address}")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


ANSWERS = {
    "not http": (b"hello\r\n", Reason.PROTOCOL),
    "no upgrade": (b"HTTP/1.1 101 Yes\r\n\r\n", Reason.PROTOCOL),
    "wrong proof": (
        b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        Reason.PROTOCOL,
    ),
    "bad header": (b"HTTP/1.1 101 Yes\r\nno colon here\r\n\r\n", Reason.PROTOCOL),
    "many headers": (b"HTTP/1.1 101 Yes\r\n" + b"A: b\r\n" * 1000, Reason.PROTOCOL),
    "long line": (b"HTTP/1.1 101 " + b"x" * 100_000, Reason.TOO_LARGE),
    "end": (b"", Reason.DISCONNECTED),
    "end in the head": (b"HTTP/1.1 101 Yes\r\nUpgrade: web", Reason.DISCONNECTED),
}


@pytest.mark.parametrize(("said", "reason"), ANSWERS.values(), ids=ANSWERS)
async def test_answer_that_is_no_handshake_is_down(said, reason):
    async with scripted(said, accept=False, stall=False) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


FRAMES = {
    "masked": (b"\x81\x81\0\0\0\0x", Reason.PROTOCOL),
    "reserved bit": (b"\xf1\x00", Reason.PROTOCOL),
    "unknown opcode": (frame(3), Reason.PROTOCOL),
    "continuation of nothing": (frame(CONT, b"x"), Reason.PROTOCOL),
    "two messages at once": (frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"), Reason.PROTOCOL),
    "long ping": (frame(PING, bytes(200)), Reason.PROTOCOL),
    "long message": (b"\x82\x7f" + struct.pack("!Q", 2**62), Reason.TOO_LARGE),
    "long fragments": (frame(BINARY, bytes(60_000), fin=False) + frame(CONT, bytes(60_000)), Reason.TOO_LARGE),
    "end": (b"", Reason.DISCONNECTED),
    "end in a frame": (b"\x81\x05he", Reason.DISCONNECTED),
    "close": (frame(CLOSE, struct.pack("!H", 1011) + b"out of order"), Reason.DISCONNECTED),
    "bad close": (frame(CLOSE, b"x"), Reason.PROTOCOL),
}


@pytest.mark.parametrize(("said", "reason"), FRAMES.values(), ids=FRAMES)
async def test_broken_frames_are_down(said, reason):
    async with scripted(said, stall=False) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


FLOODS = {
    "messages": frame(TEXT, b"x" * 100),
    "pings": frame(PING, b"12345678"),
    "pongs": frame(PONG, b"12345678"),
    "empty messages": frame(TEXT) * 500,
    "endless fragments": frame(TEXT, b"", fin=False) + frame(CONT, b"", fin=False) * 5000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("turns", [[], [{"expect": "^never$"}]])
async def test_flood_is_bounded(flood, turns):
    async with scripted(forever=flood) as url:
        seen = await seen_at(url, query_response=turns, within=timedelta(seconds=20))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE), seen.detail


STALLS = {
    "before the handshake": ((), False),
    "in the status line": ((b"HTTP/1.1 10",), False),
    "in the head": ((b"HTTP/1.1 101 Yes\r\nUpgrade: ",), False),
    "after the handshake": ((), True),
    "in a frame": ((b"\x81\x05he",), True),
    "in a message": ((frame(TEXT, b"x", fin=False),), True),
}


@pytest.mark.parametrize(("said", "accept"), STALLS.values(), ids=STALLS)
@pytest.mark.parametrize("turns", [[], [{"expect": "^x$"}]])
async def test_stall_at_every_stage_ends_at_the_deadline(said, accept, turns):
    async with scripted(*said, accept=accept) as url:
        outcome = await run(configured(WebsocketProbe, {"target": url, "query_response": turns}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


STATUS_LINE = b"HTTP/1.1 101 Switching Protocols\r\n"
ASKING = [{"expect": "^1$", "send": "next"}, {"expect": "^2$"}]
FIRST, SECOND = (f"turn {number} of 2: no message matched '^{number}$' in time" for number in (1, 2))
CONVERSATIONS = {
    "first message": (b"", b"", ASKING, FIRST),
    "second message": (frame(TEXT, b"1"), b"", ASKING, SECOND),
    "pongs instead of messages": (frame(TEXT, b"1"), frame(PONG), ASKING, SECOND),
    "other messages, one by one": (b"", frame(TEXT, b"x"), ASKING, FIRST),
    "fragments, one by one": (frame(TEXT, b"1", fin=False), frame(CONT, b"1", fin=False), ASKING, FIRST),
    "pongs to other pings": (b"", frame(PONG, b"other"), [], "no pong came in time"),
    "head, a line at a time": (STATUS_LINE, b"A: b\r\n", [], "the handshake was not answered in time"),
}


@pytest.mark.parametrize(("said", "drop", "turns", "detail"), CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_conversation_that_stalls_or_drips_ends_at_the_deadline_and_says_at_what(said, drop, turns, detail):
    async with scripted(said, drop=drop, accept=said != STATUS_LINE) as url:
        outcome = await run(configured(WebsocketProbe, {"target": url, "query_response": turns}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.observation.detail == detail
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_messages_that_came_are_counted_when_the_one_that_is_waited_for_does_not_come():
    async with scripted(frame(TEXT, b"x") * 3) as url:
        seen = await seen_at(url, within=WITHIN, query_response=ASKING)

    assert (seen.reason, readings(seen)["probe_websocket_received_messages"]) == (Reason.TIMEOUT, 3)


async def test_answer_shortly_before_the_timeout_is_one():
    timeout = timedelta(seconds=2.5)

    async def greet(socket):
        await asyncio.sleep(0.96 * timeout.total_seconds())
        await socket.send("welcome")
        await socket.wait_closed()

    async with served(greet) as url:
        seen = await seen_at(url, query_response=[{"expect": "^welcome$"}], within=timeout)

    assert seen.status is Status.UP, seen.detail


async def test_close_for_whose_answer_no_time_is_left_is_not_held_against_the_server():
    async def greet_late(_, writer):
        await asyncio.sleep(0.85)
        writer.write(frame(TEXT, b"welcome"))

    async with scripted(then=greet_late) as url:
        turns = [{"expect": "^welcome$"}]
        seen = await seen_at(url, query_response=turns, ping=False, within=timedelta(seconds=1))

    assert (seen.status, seen.detail) == (Status.UP, "open, closed without an answer")
    assert "probe_websocket_close_code" not in readings(seen)


async def test_close_that_is_not_answered_ends_at_the_deadline():
    for drop in (b"", frame(TEXT, b"x")):
        async with scripted(drop=drop) as url:
            outcome = await run(configured(WebsocketProbe, {"target": url, "ping": False}), within=WITHIN)

        assert (outcome.observation.status, outcome.observation.reason) == (Status.DEGRADED, Reason.TIMEOUT)
        assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_server_that_does_not_read_ends_at_the_deadline():
    async with scripted(deaf=True) as url:
        probe = configured(WebsocketProbe, {"target": url, "query_response": [{"send": "x" * 16_000_000}]})
        outcome = await run(probe, within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.observation.detail == "turn 1 of 1: the message was not taken in time"
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_stall_of_the_tls_handshake_ends_at_the_deadline():
    async with stalled() as address:
        outcome = await run(configured(WebsocketProbe, {"target": f"wss://{address}/"}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_close_without_an_answer_is_degraded_and_without_a_code_is_measured():
    async with scripted() as url:
        silent = await seen_at(url, ping=False, within=WITHIN)
    async with scripted(stall=False) as url:
        gone = await seen_at(url, ping=False)

    assert (silent.status, silent.reason, silent.detail) == (
        Status.DEGRADED,
        Reason.TIMEOUT,
        "did not answer our close",
    )
    assert readings(gone).get("probe_websocket_close_code", 1006) == 1006
    assert "probe_websocket_ping_seconds" not in readings(gone)


async def test_slow_pong_is_degraded():
    async with served() as url:
        seen = await seen_at(url, degraded_ping="1ms")
        took = readings(seen)["probe_websocket_ping_seconds"]

    assert (seen.status is Status.DEGRADED) == (took > 0.001)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "https://live.example"}, "wss://host/path"),
        ({"target": "live.example:80"}, "wss://host/path"),
        ({"target": "ws://"}, "URL"),
        ({"target": "ws://user:pw@live.example/"}, "user name or password"),
        ({"target": "ws://live.example/#a"}, "fragment"),
        ({"tls_config": {"ca_file": "/x"}}, "write wss://"),
        ({"ping": False, "degraded_ping": "1s"}, "ping: true"),
        ({"headers": {"Host": "x"}}, "cannot be set"),
        ({"headers": {"Sec-WebSocket-Key": "x"}}, "cannot be set"),
        ({"headers": {"a b": "x"}}, "cannot be set"),
        ({"headers": {"a": "x\r\ny"}}, "printable ASCII"),
        ({"headers": {"Content-Length": "5"}}, "announces a body"),
        ({"secret_headers": {"transfer-encoding": {"env": "X"}}}, "announces a body"),
        ({"origin": "x\ny"}, "origin is a scheme"),
        ({"origin": ""}, "origin is a scheme"),
        ({"origin": "portal.example"}, "origin is a scheme"),
        ({"origin": "https://portal.example/"}, "without a path"),
        ({"headers": {"a": "x", "A": "y"}}, "written twice"),
        ({"headers": {"a": "x"}, "secret_headers": {"A": {"env": "X"}}}, "written twice"),
        ({"subprotocols": ["a b"]}, "without spaces"),
        ({"subprotocols": ["a", "a"]}, "written twice"),
        ({"query_response": [{}]}, "a turn that does nothing"),
        ({"target": "wss://live.example/a b"}, '"wss://live.example/a b" is not a URL: .* write %20'),
        ({"target": "ws://live.example:99999/"}, '"ws://live.example:99999/" is not a URL: its port'),
        ({"query_response": [{"expect": "("}]}, "regular expression"),
        ({"query_response": [{"wait": "x"}]}, "wait"),
        ({"max_message_size": -1}, "size"),
        ({"max_message_size": "2MiB"}, "1MiB or less"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(WebsocketProbe, {"target": "ws://live.example/", **settings})
