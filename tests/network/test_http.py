"""The HTTP client carries no secrets to another origin, keeps its limits and says in time and phases what it did."""

import asyncio
import gzip
import json
import zlib
from urllib.parse import urlsplit

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SECRETS = {"Authorization": "Bearer canary", "Cookie": "s=canary", "X-Api-Key": "canary", "dstcode": "canary"}


def moved(to, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def encoded(body, encoding):
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body)) + body


async def test_an_answer_has_all_its_facts(look, serve):
    server = await serve(
        b"HTTP/1.1 418 I'm a teapot\r\nContent-Type: text/plain\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc"
    )
    vantage = look()

    answer = await vantage.http.request("GET", server.url("/a?b=c#d"))

    assert (answer.status, answer.reason, answer.version, answer.body) == (418, "I'm a teapot", "1.1", b"abc")
    assert answer.headers == (
        ("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2"), ("content-length", "3"),
    )  # fmt: skip
    assert (answer.url, str(answer.address), answer.redirects, answer.tls) == (
        server.url("/a?b=c"),
        "127.0.0.1",
        0,
        None,
    )
    assert (answer.length, answer.uncompressed_length) == (3, 3)


async def test_the_request_is_what_was_asked_for(look, serve):
    server = await serve(OK)

    await look().http.request("POST", server.url("/a?b=c"), headers={"X-A": "1"}, body=b"body")

    assert server.received == [
        f"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUser-Agent: datashare-monitor\r\nAccept: */*\r\n"
        "Connection: close\r\nAccept-Encoding: gzip, deflate\r\nX-A: 1\r\nContent-Length: 4\r\n\r\n".encode()
    ]


async def test_every_request_has_a_connection_of_its_own(look, serve):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
    vantage = look()

    for _ in range(3):
        await vantage.http.request("GET", server.url())

    assert server.connections == 3


async def test_a_broken_connection_is_not_tried_again(look, serve):
    server = await serve(b"")

    with pytest.raises(ProbeError):
        await look().http.request("GET", server.url())

    assert server.connections == 1


async def test_cookies_are_not_kept(look, serve):
    server = await serve(b"HTTP/1.1 200 OK\r\nSet-Cookie: s=canary; Path=/\r\nContent-Length: 0\r\n\r\n")
    vantage = look()

    await vantage.http.request("GET", server.url())
    await vantage.http.request("GET", server.url())

    assert b"canary" not in b"".join(server.received)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-Injected: yes"},
        {"X-A": "1\nX-Injected: yes"},
        {"X-A": "nul\x00"},
        {"X-A\r\nX-Injected": "yes"},
        {"X A": "1"},
        {"": "1"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
    ],
)
async def test_headers_that_would_break_the_request_are_refused_unsent(look, serve, headers):
    server = await serve(OK)

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url(), headers=headers)

    assert caught.value.reason is Reason.PLUGIN
    assert "Injected: yes" not in caught.value.detail
    assert server.connections == 0


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/", "http://", "http://a.example:99999/", "//x", "http://[::1/", "x"]
)
async def test_what_is_no_http_url_is_refused_without_quoting_it(look, url):
    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", url + "?token=canary")

    assert caught.value.reason is Reason.PLUGIN
    assert "canary" not in caught.value.detail


async def test_redirects_are_followed_within_the_origin_with_everything(look, serve):
    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(moved("/two") if b" /one " in head else OK)
        server.received.append(head)

    server = await serve(talk)

    answer = await look().http.request("GET", server.url("/one"), headers=SECRETS)

    assert (answer.redirects, answer.url, answer.body) == (1, server.url("/two"), b"ok")
    assert server.received[1].count(b"canary") == 4


async def test_no_secret_is_carried_to_another_origin(look, serve):
    other = await serve(OK)
    first = await serve(moved(other.url("/x")))

    await look().http.request(
        "GET",
        first.url(host="127.0.0.1"),
        headers={**SECRETS, "Accept": "a/b", "Accept-Language": "vi", "User-Agent": "u"},
    )

    assert b"canary" in first.received[0]
    assert b"canary" not in other.received[0]
    assert b"Accept: a/b\r\n" in other.received[0]
    assert b"User-Agent: u\r\n" in other.received[0]


async def test_secrets_that_were_dropped_stay_dropped_on_the_way_back(look, serve):
    async def back(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(moved(first.url("/end")))

    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        first.received.append(head)
        writer.write(OK if b" /end " in head else moved(other.url()))

    other = await serve(back)
    first = await serve(talk)

    await look().http.request("GET", first.url("/begin"), headers=SECRETS)

    assert b"canary" not in first.received[1]


async def test_credentials_of_the_url_are_sent_and_never_shown(look, serve):
    server = await serve(OK)
    url = server.url().replace("http://", "http://user:canary@")

    answer = await look().http.request("GET", url)

    assert b"Authorization: Basic dXNlcjpjYW5hcnk=\r\n" in server.received[0]
    assert answer.url == server.url()


@pytest.mark.parametrize(
    ("status", "method", "expected"),
    [
        (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (302, "PUT", "PUT"),
        (307, "POST", "POST"), (308, "POST", "POST"), (303, "HEAD", "HEAD"), (301, "HEAD", "HEAD"),
    ],
)  # fmt: skip
async def test_the_method_after_a_redirect_follows_the_rules(look, serve, status, method, expected):
    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        if b"Content-Length: 4" in head:
            head += await reader.readexactly(4)
        server.received.append(head)
        writer.write(moved("/two", status) if b" /one " in head else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server = await serve(talk)
    body = b"body" if method in ("POST", "PUT") else None

    await look().http.request(method, server.url("/one"), body=body, headers={"Content-Type": "a/b"})

    assert server.received[1].startswith(f"{expected} /two ".encode())
    assert server.received[1].endswith(b"body") is (expected in ("POST", "PUT"))
    assert (b"Content-Type" in server.received[1]) is (expected == method)


async def test_a_body_is_not_carried_to_another_origin(look, serve):
    other = await serve(OK)
    first = await serve(moved(other.url(), 307))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("POST", first.url(), body=b"client_secret=canary")

    assert caught.value.reason is Reason.REDIRECT
    assert other.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://a.example/canary",
        "javascript:alert(1)",
        "http://",
        "http://[::1",
        "http://a:b/",
        "\xff",
    ],
)
async def test_redirects_that_cannot_be_followed_are_named(look, serve, location):
    server = await serve(moved(location).replace(b"\xc3\xbf", b"http://\xff\xfe/"))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url())

    assert caught.value.reason in (Reason.REDIRECT, Reason.DNS)
    assert "passwd" not in caught.value.detail
    assert "canary" not in caught.value.detail


async def test_a_redirect_loop_ends(look, serve):
    server = await serve(moved("/again"))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url(), options=HttpOptions(max_redirects=3))

    assert caught.value.reason is Reason.REDIRECT
    assert server.connections == 4


async def test_a_redirect_is_an_answer_when_none_are_followed(look, serve):
    server = await serve(moved("/two"))

    answer = await look().http.request("GET", server.url(), options=HttpOptions(follow_redirects=False))

    assert (answer.status, answer.header("location")) == (302, "/two")


async def test_the_body_of_a_redirect_that_is_followed_is_not_waited_for(look, serve):
    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(OK if b" /two " in head else b"HTTP/1.1 302 Found\r\nLocation: /two\r\nContent-Length: 10\r\n\r\n")
        await writer.drain()
        await reader.read()

    server = await serve(talk)

    answer = await look().http.request("GET", server.url("/one"))

    assert answer.body == b"ok"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [(b"gzip", gzip.compress), (b"GZIP", gzip.compress), (b"deflate", zlib.compress), (b"x-gzip", gzip.compress)],
)
async def test_compressed_bodies_are_decompressed(look, serve, encoding, compress):
    body = b"Vi\xe1\xbb\x87t Nam " * 5000
    server = await serve(encoded(compress(body), encoding))

    answer = await look().http.request("GET", server.url())

    assert answer.body == body
    assert answer.uncompressed_length == len(body)


async def test_a_bomb_costs_no_more_than_the_limit(look, serve):
    server = await serve(encoded(gzip.compress(bytes(16 * 1024 * 1024)), b"gzip"))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url())

    assert caught.value.reason is Reason.TOO_LARGE


async def test_compression_is_neither_asked_for_nor_undone_when_not_wanted(look, serve):
    body = gzip.compress(b"body")
    server = await serve(encoded(body, b"gzip"))

    answer = await look().http.request("GET", server.url(), options=HttpOptions(decompress=False))

    assert answer.body == body
    assert b"Accept-Encoding" not in server.received[0]


async def test_json_is_read(look, serve):
    body = json.dumps({"error_code": 0}).encode()
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert await look().http.json(server.url()) == {"error_code": 0}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", Reason.STATUS),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]", Reason.CONTENT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Reason.CONTENT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"[" * 100_000, Reason.CONTENT),
    ],
)
async def test_what_is_not_json_is_named(look, serve, answer, reason):
    server = await serve(answer)

    with pytest.raises(ProbeError) as caught:
        await look().http.json(server.url())

    assert caught.value.reason is reason


async def test_phases_add_up_over_redirects(look, serve):
    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.02)
        writer.write(moved("/two") if b" /one " in head else OK)

    server = await serve(talk)
    vantage = look()

    await vantage.http.request("GET", server.url("/one"))

    assert set(vantage.phases) == {"resolve", "connect", "processing", "transfer"}
    assert 0.04 <= vantage.phases["processing"] < 0.2


async def test_phases_are_known_after_a_cancellation_and_nothing_stays_open(look, serve, settled):
    async def talk(reader, writer):
        await reader.read()

    server = await serve(talk)
    vantage = look()
    running = asyncio.create_task(vantage.http.request("GET", server.url()))
    await asyncio.sleep(0.05)
    assert 0.02 < vantage.phases["processing"] < 1

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    vantage.close()

    assert set(vantage.phases) == {"resolve", "connect", "processing"}
    server.server.close()
    assert await settled() <= 0


async def test_refusal_is_an_os_error_without_the_path(look, serve):
    server = await serve()
    server.server.close()
    await server.server.wait_closed()

    with pytest.raises(ConnectionRefusedError) as caught:
        await look().http.request("GET", server.url("/path?token=canary"))

    assert "canary" not in str(caught.value)
    assert urlsplit(server.url()).port == server.port


async def test_a_run_that_is_over_opens_nothing_more(look, serve):
    server = await serve(OK)
    vantage = look()
    vantage.close()

    with pytest.raises(ProbeError) as caught:
        await vantage.http.request("GET", server.url())

    assert caught.value.reason is Reason.TIMEOUT
    assert server.connections == 0
