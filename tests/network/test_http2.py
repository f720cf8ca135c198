"""HTTP/2 is spoken to who takes it, within the limits of HTTP/1.1, and a hostile server gets its own reason."""

import asyncio
import time
import tracemalloc

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from end_to_end.servers import certificate, listens, process, wait_for
from ports import free_port

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError, TlsConfig

MIB = 1024 * 1024


async def answer_all(reader, writer, answer, raw, asked):
    """Be an HTTP/2 server on one connection."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    bodies = {}
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                bodies[event.stream_id] = (dict(event.headers), bytearray())
            if isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id][1].extend(event.data)
                connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.StreamEnded):
                asked.append(bodies[event.stream_id])
                writer.write(connection.data_to_send())
                if raw is not None:
                    await raw(writer, event.stream_id)
                else:
                    await send(
                        reader, writer, connection, event.stream_id, answer(connection, event.stream_id, asked[-1])
                    )
        writer.write(connection.data_to_send())
        await writer.drain()


async def send(reader, writer, connection, stream, pieces):
    """Send a body as fast as the client takes it."""
    for piece in pieces:
        while connection.local_flow_control_window(stream) < len(piece):
            writer.write(connection.data_to_send())
            await writer.drain()
            connection.receive_data(await reader.read(65536))
        connection.send_data(stream, piece)


@pytest.fixture
def serve2(serve, authority):
    """Return a function that serves HTTP/2: ``answer(connection, stream, request)`` yields what is sent."""

    async def start(answer, *, alpn=("h2", "http/1.1"), raw=None):
        context = authority.server("target.example")
        context.set_alpn_protocols(list(alpn))
        asked = []
        server = await serve(lambda *pair: answer_all(*pair, answer, raw, asked), tls=context)
        server.asked = asked
        return server

    return start


@pytest.fixture
def get(look, authority):
    """Return a function that asks over HTTP/2 if the server wants to."""

    async def ask(server, method="GET", path="/", **how):
        named = {"headers": how.pop("headers", None), "body": how.pop("body", None)}
        config = TlsConfig(ca_file=authority.ca_file, server_name="target.example")
        options = HttpOptions(http2=how.pop("http2", True), tls_config=config, **how)
        async with asyncio.timeout(10):
            return await look().http.request(method, server.url(path, "https"), options=options, **named)

    return ask


def saying(*headers, body=b"ok", status="200"):
    def answer(connection, stream, _):
        connection.send_headers(stream, [(":status", status), *headers], end_stream=not body)
        if body:
            size = connection.max_outbound_frame_size
            yield from (body[at : at + size] for at in range(0, len(body), size))
            connection.end_stream(stream)

    return answer


async def test_a_server_that_takes_it_is_spoken_to_in_http2(serve2, get):
    server = await serve2(saying(("x-a", "1"), ("content-length", "2")))

    answer = await get(server, path="/a?b=c", headers={"X-Key": "k", "Host": "target.example"})

    assert (answer.status, answer.version, answer.body, answer.header("X-A")) == (200, "2.0", b"ok", "1")
    assert answer.tls is not None
    fields, _ = server.asked[0]
    assert {name.decode(): value.decode() for name, value in fields.items()} == {
        ":method": "GET",
        ":authority": "target.example",
        ":scheme": "https",
        ":path": "/a?b=c",
        "user-agent": "datashare-monitor",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "x-key": "k",
    }


async def test_a_server_that_does_not_is_spoken_to_in_http1(serve, get, authority):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=authority.server("target.example"))

    assert (await get(server)).version == "1.1"


async def test_it_is_not_offered_unless_asked_for(serve2, get):
    server = await serve2(saying(), alpn=["h2"])

    with pytest.raises((ProbeError, OSError)):
        await get(server, http2=False)


@pytest.mark.parametrize("size", [0, 1, 70_000, 2 * MIB])
async def test_bodies_go_both_ways_whole(serve2, get, size):
    def echo(connection, stream, asked):
        return saying(body=bytes(asked[1]))(connection, stream, asked)

    server = await serve2(echo)
    body = bytes(n % 251 for n in range(size))

    answer = await get(server, "POST", body=body, max_body=3 * MIB)

    assert answer.body == body


async def test_head_and_redirects_work(serve2, get):
    def answer(connection, stream, asked):
        if asked[0][b":path"] == b"/end":
            return saying(body=b"" if asked[0][b":method"] == b"HEAD" else b"ok")(connection, stream, asked)
        return saying(("location", "/end"), ("set-cookie", "a=1"), status="302")(connection, stream, asked)

    server = await serve2(answer)

    followed = await get(server, path="/start")
    headed = await get(server, "HEAD", path="/end")

    assert (followed.status, followed.redirects, followed.body) == (200, 1, b"ok")
    assert server.asked[1][0][b"cookie"] == b"a=1"
    assert (headed.status, headed.body) == (200, b"")


async def test_interim_answers_are_passed_over(serve2, get):
    def answer(connection, stream, asked):
        connection.send_headers(stream, [(":status", "103"), ("link", "x")])
        return saying()(connection, stream, asked)

    assert (await get(await serve2(answer))).body == b"ok"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


HEAD_200 = b"\x88"
ENDLESS = {
    "pings": (lambda _: frame(6, 0, 0, b"12345678") * 500, Reason.TOO_LARGE),
    "settings": (lambda _: frame(4, 0, 0, b"\0\4\0\1\0\0") * 500, Reason.TOO_LARGE),
    "interim": (lambda s: frame(1, 4, s, b"\x08\x03103") * 500, Reason.TOO_LARGE),
    "continuations": (lambda s: frame(1, 0, s, HEAD_200) + frame(9, 0, s, b"\x00\x01a\x01b" * 100) * 100, None),
    "empty data": (lambda s: frame(1, 4, s, HEAD_200) + frame(0, 0, s) * 500, None),
    "padding": (lambda s: frame(1, 4, s, HEAD_200) + frame(0, 8, s, b"\xfe" + bytes(254)) * 500, None),
    "zeros": (lambda s: frame(1, 4, s, HEAD_200) + frame(0, 0, s, bytes(16000)) * 4, Reason.TOO_LARGE),
    "noise": (lambda _: bytes(range(256)) * 100, None),
    "http1": (lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 100, None),
    "other stream": (lambda _: frame(1, 4, 7, HEAD_200), Reason.PROTOCOL),
    "push": (lambda s: frame(5, 4, s, b"\0\0\0\2" + HEAD_200), Reason.PROTOCOL),
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_flood_ends_soon_and_costs_little(serve2, get, name):
    make, reason = ENDLESS[name]

    async def flood(writer, stream):
        first = make(stream)
        while True:
            writer.write(first)
            await writer.drain()
            await asyncio.sleep(0)  # of a connection that was cut, drain() does not hear before the loop turns

    server = await serve2(None, raw=flood)
    tracemalloc.start()
    began = time.perf_counter()

    with pytest.raises((ProbeError, OSError)) as caught:
        await get(server, max_body=32 * 1024)

    assert time.perf_counter() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    tracemalloc.stop()
    assert not isinstance(caught.value, TimeoutError)
    assert caught.value.reason in ([reason] if reason else [Reason.PROTOCOL, Reason.TOO_LARGE, Reason.DISCONNECTED])


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (lambda s: frame(3, 0, s, b"\0\0\0\x0d"), "the server wants HTTP/1.1"),
        (lambda s: frame(3, 0, s, b"\0\0\0\x02"), "HTTP/2 error 2"),
        (lambda _: frame(7, 0, 0, b"\0\0\0\0\0\0\0\x0b"), "HTTP/2 error 11"),
        (lambda s: frame(1, 4, s, HEAD_200), "closed after 0 bytes of body"),
        (lambda _: b"", "closed before it answered"),
    ],
)
async def test_an_early_end_is_told(serve2, get, sent, detail):
    async def end(writer, stream):
        writer.write(sent(stream))
        await writer.drain()
        writer.close()

    server = await serve2(None, raw=end)

    with pytest.raises(ProbeError, match=detail):
        await get(server)


async def test_a_length_that_is_wrong_is_a_fault_of_the_protocol(serve2, get):
    async def short(writer, stream):
        writer.write(frame(1, 4, stream, HEAD_200 + b"\x0f\x0d\x0210") + frame(0, 1, stream, b"ok"))

    with pytest.raises(ProbeError) as caught:
        await get(await serve2(None, raw=short))

    assert caught.value.reason is Reason.PROTOCOL


@pytest.mark.services
async def test_nginx_is_spoken_to_in_http2(need, look, tmp_path):
    pem, key = certificate(tmp_path)
    port = free_port()
    body = "x" * 300_000
    (tmp_path / "index.html").write_text(body)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"""
        daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;
        events {{ }}
        http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;
          fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
          server {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {pem}; ssl_certificate_key {key};
                    root {tmp_path}; }} }}
    """)
    options = HttpOptions(http2=True, tls_config=TlsConfig(ca_file=str(pem), server_name="localhost"))
    with process([need("nginx", "nginx"), "-c", str(configuration), "-p", str(tmp_path)], tmp_path):
        wait_for(lambda: listens(port))
        answer = await look().http.request("GET", f"https://127.0.0.1:{port}/index.html", options=options)

    assert (answer.status, answer.version, answer.text()) == (200, "2.0", body)
