"""A proxy is used when it is configured, sees no more than it needs, and is not trusted."""

import asyncio
import ssl

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError, TlsConfig

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def tunnel(serve):
    """Return a function that starts a CONNECT proxy in front of a port; ``shown`` takes up clients' certificates."""

    async def start(port, reply=b"HTTP/1.1 200 Connection established\r\n\r\n", *, tls=None, shown=None):
        async def pump(reader, writer):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()

        async def talk(reader, writer):
            proxy.received.append(await reader.readuntil(b"\r\n\r\n"))
            if shown is not None:
                shown.append(writer.get_extra_info("ssl_object").getpeercert(True))
            writer.write(reply)
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))
            finally:
                upstream_writer.close()

        proxy = await serve(talk, tls=tls)
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


async def test_https_goes_through_a_tunnel_of_which_the_proxy_sees_only_the_place(look, serve, tunnel, authority):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await tunnel(server.port)
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
async def test_a_proxy_that_opens_no_tunnel_is_named(look, serve, tunnel, reply):
    server = await serve(OK)
    proxy = await tunnel(server.port, reply)

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


async def test_no_proxy_is_taken_from_the_environment_unasked(look, serve, monkeypatch):
    proxy = await serve(OK)
    target = await serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url())

    await look().http.request("GET", target.url())

    assert (proxy.connections, target.connections) == (0, 1)


async def test_the_environments_proxy_is_used_when_asked_for(look, serve):
    proxy = await serve(OK)
    vantage = look(environment={"HTTP_PROXY": proxy.url("").replace("//", "//u:canary@"), "NO_PROXY": ".hue.example"})
    options = HttpOptions(proxy_from_environment=True)

    answer = await vantage.http.request("GET", "http://target.example/", options=options)

    assert answer.body == b"ok"
    assert b"\r\nProxy-Authorization: Basic dTpjYW5hcnk=\r\n" in proxy.received[0]


async def test_without_an_environment_its_proxy_is_not_left_out_in_silence(look):
    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", "http://a.example/", options=HttpOptions(proxy_from_environment=True))

    assert caught.value.reason is Reason.PLUGIN
    assert "write proxy_url" in caught.value.detail


async def test_a_proxy_over_tls_carries_plain_requests(look, serve, authority):
    proxy = await serve(OK, tls=authority.server("127.0.0.1"))
    trusted = TlsConfig(ca_file=authority.ca_file, server_name="target.example")
    options = HttpOptions(proxy=proxy.url(scheme="https"), proxy_authorization="Basic canary", tls_config=trusted)

    answer = await look().http.request("GET", "http://target.example/a", options=options)

    assert (answer.body, answer.tls) == (b"ok", None)
    assert proxy.received[0].startswith(b"GET http://target.example/a HTTP/1.1\r\nHost: target.example\r\n")
    assert b"\r\nProxy-Authorization: Basic canary\r\n" in proxy.received[0]
    assert "canary" not in repr(options)


@pytest.mark.parametrize("http2", [False, True])
async def test_a_tunnel_through_a_proxy_over_tls_is_tls_in_tls(look, serve, tunnel, authority, settled, http2):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await tunnel(server.port, tls=authority.server("127.0.0.1"))
    options = HttpOptions(proxy=proxy.url(scheme="https"), http2=http2, tls_config=TlsConfig(ca_file=authority.ca_file))

    answer = await look().http.request("GET", "https://target.example/?canary", options=options)

    assert answer.body == b"ok"
    assert answer.tls.chain[0].names == ("target.example",)
    assert proxy.received == [b"CONNECT target.example:443 HTTP/1.1\r\nHost: target.example:443\r\n\r\n"]
    proxy.server.close()
    server.server.close()
    assert await settled() <= 0


async def test_the_client_certificate_is_for_the_target_and_not_for_the_proxy(look, serve, tunnel, authority):
    wants = authority.server("target.example")
    wants.verify_mode = ssl.CERT_REQUIRED
    wants.load_verify_locations(authority.ca_file)
    asks = authority.server("127.0.0.1")
    asks.verify_mode = ssl.CERT_OPTIONAL
    asks.load_verify_locations(authority.ca_file)
    shown = []
    server = await serve(OK, tls=wants)
    proxy = await tunnel(server.port, tls=asks, shown=shown)
    ours = authority.leaf(common_name="monitor")
    trusted = TlsConfig(ca_file=authority.ca_file, cert_file=ours, key_file=ours)

    answer = await look().http.request(
        "GET", "https://target.example/", options=HttpOptions(proxy=proxy.url(scheme="https"), tls_config=trusted)
    )

    assert (answer.body, shown) == (b"ok", [None])


@pytest.mark.parametrize("target", ["http://target.example/", "https://target.example/"])
async def test_a_proxy_that_cannot_be_trusted_gets_neither_request_nor_credentials(look, serve, authority, target):
    proxy = await serve(OK, tls=authority.server("127.0.0.1"))
    vantage = look()

    with pytest.raises(ProbeError) as caught:
        await vantage.http.request(
            "GET", target, options=HttpOptions(proxy=proxy.url(scheme="https"), proxy_authorization="Basic canary")
        )

    assert caught.value.reason is Reason.TLS
    assert caught.value.detail.startswith("the proxy cannot be trusted: certificate verify failed")
    assert proxy.received == []
    assert vantage.handshake is None


async def test_the_monitors_own_proxy_is_not_trusted_for_a_checks_authority(look, serve, authority):
    proxy = await serve(OK, tls=authority.server("127.0.0.1"))
    options = HttpOptions(tls_config=TlsConfig(ca_file=authority.ca_file, insecure_skip_verify=True))

    with pytest.raises(ProbeError, match="the proxy cannot be trusted"):
        await look(proxy=proxy.url(scheme="https")).http.request("GET", "http://target.example/", options=options)


async def test_a_proxy_over_tls_outside_of_egress_is_not_connected_to(look, serve, authority):
    proxy = await serve(OK, tls=authority.server("127.0.0.1"))
    options = HttpOptions(proxy=proxy.url(scheme="https"))

    with pytest.raises(ProbeError) as caught:
        await look(allow=["10.0.0.0/8"]).http.request("GET", "https://target.example/", options=options)

    assert (caught.value.reason, proxy.connections) == (Reason.EGRESS, 0)


@pytest.mark.parametrize("url", ["socks4://127.0.0.1:1", "nonsense", "http://:x@"])
async def test_a_proxy_that_cannot_be_used_is_named_without_its_credentials(look, url):
    with pytest.raises(ProbeError) as caught:
        await look().http.request(
            "GET", "http://a.example/", options=HttpOptions(proxy=url.replace("//", "//u:canary@"))
        )

    assert caught.value.reason is Reason.PLUGIN
    assert "canary" not in caught.value.detail


async def test_headers_for_the_proxy_go_with_connect_alone(look, serve, tunnel, authority):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await tunnel(server.port)
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
