"""A proxy is used when it is configured, sees no more than it needs, and is not trusted."""

import asyncio

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError, TlsConfig

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def proxied(serve):
    """Return a function that starts a CONNECT proxy in front of a port."""

    async def start(port, reply=b"HTTP/1.1 200 Connection established\r\n\r\n"):
        async def pump(reader, writer):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()

        async def talk(reader, writer):
            proxy.received.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply)
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))
            finally:
                upstream_writer.close()

        proxy = await serve(talk)
        return proxy

    return start


async def test_a_plain_request_goes_to_the_proxy_in_absolute_form(look, serve):
    proxy = await serve(OK)

    answer = await look().http.request(
        "GET", "http://target.example/a?b=c", options=HttpOptions(proxy=proxy.url("").replace("//", "//u:canary@"))
    )

    assert answer.body == b"ok"
    assert proxy.received[0].startswith(b"GET http://target.example/a?b=c HTTP/1.1\r\nHost: target.example\r\n")
    assert b"\r\nProxy-Authorization: Basic dTpjYW5hcnk=\r\n\r\n" in proxy.received[0]


async def test_https_goes_through_a_tunnel_of_which_the_proxy_sees_only_the_place(look, serve, proxied, authority):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await proxied(server.port)
    options = HttpOptions(proxy=proxy.url(), tls_config=TlsConfig(ca_file=authority.ca_file))

    answer = await look().http.request(
        "GET", "https://target.example/?canary", headers={"X": "canary"}, options=options
    )

    assert answer.body == b"ok"
    assert answer.tls.chain[0].names == ("target.example",)
    assert proxy.received == [b"CONNECT target.example:443 HTTP/1.1\r\nHost: target.example:443\r\n\r\n"]
    assert b"canary" in server.received[0]


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\ninjected",
        b"garbage\r\n\r\n",
    ],
)
async def test_a_proxy_that_opens_no_tunnel_is_named(look, serve, proxied, reply):
    server = await serve(OK)
    proxy = await proxied(server.port, reply)

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", "https://target.example/", options=HttpOptions(proxy=proxy.url()))

    assert caught.value.reason is Reason.PROTOCOL


async def test_the_monitors_own_proxy_is_used_unless_a_check_goes_directly(look, serve):
    proxy = await serve(OK)
    target = await serve(OK)
    vantage = look(proxy=proxy.url())

    await vantage.http.request("GET", "http://target.example/")
    await vantage.http.request("GET", target.url(), options=HttpOptions(proxy=""))

    assert (proxy.connections, target.connections) == (1, 1)


async def test_no_proxy_is_taken_from_the_environment(look, serve, monkeypatch):
    proxy = await serve(OK)
    target = await serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url())

    await look().http.request("GET", target.url())

    assert (proxy.connections, target.connections) == (0, 1)


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "socks5://127.0.0.1:1", "nonsense", "http://:x@"])
async def test_a_proxy_that_cannot_be_used_is_named_without_its_credentials(look, url):
    with pytest.raises(ProbeError) as caught:
        await look().http.request(
            "GET", "http://a.example/", options=HttpOptions(proxy=url.replace("//", "//u:canary@"))
        )

    assert caught.value.reason is Reason.PLUGIN
    assert "canary" not in caught.value.detail


async def test_headers_for_the_proxy_go_with_connect_alone(look, serve, proxied, authority):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await proxied(server.port)
    options = HttpOptions(
        proxy=proxy.url(),
        proxy_headers=(("Proxy-Authorization", "Basic canary"), ("X-Way", "a"), ("X-Way", "b")),
        tls_config=TlsConfig(ca_file=authority.ca_file),
    )

    await look().http.request("GET", "https://target.example/", options=options)

    assert b"Proxy-Authorization: Basic canary\r\nX-Way: a\r\nX-Way: b\r\n\r\n" in proxy.received[0]
    assert b"canary" not in server.received[0]
    assert "canary" not in repr(options)


async def test_what_needs_no_proxy_is_reached_directly(look, serve):
    server, proxy = await serve(OK), await serve(OK)

    await look().http.request("GET", server.url(), options=HttpOptions(proxy=proxy.url(), no_proxy=("127.0.0.0/8",)))

    assert (server.connections, proxy.connections) == (1, 0)


async def test_a_redirect_decides_anew_whether_to_use_the_proxy(look, serve):
    server = await serve(OK)
    location = server.url().encode()
    proxy = await serve(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    options = HttpOptions(proxy=proxy.url(), no_proxy=("127.0.0.1",))

    answer = await look().http.request("GET", "http://target.example/", options=options)

    assert answer.body == b"ok"
    assert (server.connections, proxy.connections) == (1, 1)
