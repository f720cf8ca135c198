"""Cookies live for one run and reach only those whom a browser would send them to."""

import pytest

from monitor.plugin import HttpOptions

END = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def redirecting(*cookies, to="/end"):
    """Return a handler that sets cookies, leads elsewhere, and then answers."""
    lines = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in cookies)
    start = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\n{lines}Content-Length: 0\r\n\r\n".encode()
    received = []

    async def talk(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        received.append(head)
        writer.write(END if "/end" in head.split("\r\n", 1)[0] else start)
        await writer.drain()

    return talk, received


def cookie_lines(head):
    return [line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("cookie:")]


@pytest.mark.parametrize(
    ("cookies", "sent"),
    [
        (("a=1", "b=2; Path=/; HttpOnly"), ["a=1; b=2"]),
        (("a=1; Path=/other",), []),
        (("a=1; Secure",), []),
        (("a=1", "a=2"), ["a=2"]),
        (("a=1; Max-Age=0",), []),
        (("a=1; Domain=other.example",), []),
        (("nonsense",), None),
        (('a="x y"',), None),
        (("=" * 1000, "a=1"), None),
    ],
)
async def test_a_cookie_is_sent_to_the_next_hop(look, serve, cookies, sent):
    talk, received = redirecting(*cookies)
    server = await serve(talk)

    answer = await look().http.request("GET", server.url())

    assert answer.body == b"ok"
    assert cookie_lines(received[0]) == []
    assert sent is None or cookie_lines(received[1]) == sent


async def test_another_run_starts_without_cookies(look, serve):
    talk, received = redirecting("a=1")
    server = await serve(talk)
    vantage = look()

    for _ in range(2):
        await vantage.http.request("GET", server.url())

    assert [cookie_lines(head) for head in received] == [[], ["a=1"], [], ["a=1"]]


async def test_cookies_of_the_caller_stay_beside_them(look, serve):
    talk, received = redirecting("a=1")
    server = await serve(talk)

    await look().http.request("GET", server.url(), headers={"Cookie": "own=5"})

    assert [cookie_lines(head) for head in received] == [["own=5"], ["own=5; a=1"]]


async def test_another_host_gets_none(look, serve):
    end, received = redirecting()
    other = await serve(end, host="127.0.0.2")
    talk, _ = redirecting("a=canary", to=other.url("/end", host="127.0.0.2"))
    server = await serve(talk)

    await look().http.request("GET", server.url())

    assert cookie_lines(received[0]) == []


async def test_a_cookie_cannot_add_a_header(look, serve):
    talk, received = redirecting("a=1\x0bX: y", "b=\x01\x02", "c=ok")
    server = await serve(talk)

    await look().http.request("GET", server.url(), options=HttpOptions())

    assert all(line.isprintable() for line in cookie_lines(received[-1]))
