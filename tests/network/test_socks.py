"""A SOCKS5 proxy is left to look the target up, gets no more than it needs, and is not trusted."""

import asyncio
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError, TlsConfig

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GRANTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
LOGIN = (b"me", b"canary:word")
AUTHORIZATION = "Basic bWU6Y2FuYXJ5OndvcmQ="


@dataclass
class Socks:
    """What a proxy was asked for, and how it answers; it takes nothing that RFC 1928 and RFC 1929 do not have.

    Attributes:
        upstream: The port that every target is found at.
        login: The user name and the password it wants.
        reply: Its answer to the request for a connection.
        byte: Whether it sends byte by byte.
    """

    upstream: int
    login: tuple[bytes, bytes] | None = None
    reply: bytes = GRANTED
    byte: bool = False
    port: int = 0
    places: list[tuple[str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def url(self, scheme="socks5", credentials=""):
        return f"{scheme}://{credentials}127.0.0.1:{self.port}"

    async def say(self, writer, data):
        for piece in [bytes([one]) for one in data] if self.byte else [data]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    async def talk(self, reader, writer):
        version, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        wanted = 2 if self.login else 0
        if version != 5 or wanted not in offered:
            await self.say(writer, b"\x05\xff")
            return
        await self.say(writer, bytes([5, wanted]))
        if self.login:
            version, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            await self.say(writer, bytes([1, int((user, password) != self.login)]))
            if version != 1 or (user, password) != self.login:
                return
        version, command, reserved, kind = await reader.readexactly(4)
        if (version, command, reserved) != (5, 1, 0):
            self.faults.append(f"{version} {command} {reserved}")
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii")
        else:
            host = str(ip_address(await reader.readexactly({1: 4, 4: 16}[kind])))
        self.places.append((host, int.from_bytes(await reader.readexactly(2))))
        await self.say(writer, self.reply)
        if self.reply[1:2] == b"\x00":
            await self.carry(reader, writer)

    async def carry(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.upstream)

        async def pump(source, sink):
            while data := await source.read(65536):
                sink.write(data)
            sink.close()

        try:
            await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))
        finally:
            upstream_writer.close()


@pytest.fixture
async def socks():
    """Return a function that starts a proxy in front of a port."""
    servers, talks = [], set()

    async def start(upstream=1, **options):
        made = Socks(upstream, **options)

        async def answer(reader, writer):
            talks.add(asyncio.current_task())
            try:
                await made.talk(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        servers.append(server)
        made.port = server.sockets[0].getsockname()[1]
        return made

    yield start
    for server in servers:
        server.close()
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@pytest.mark.parametrize("byte", [False, True])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_plain_request_is_sent_as_to_the_target_itself(look, serve, socks, scheme, byte):
    server = await serve(OK)
    proxy = await socks(server.port, byte=byte)

    answer = await look().http.request(
        "GET", "http://target.example/a?b=c", options=HttpOptions(proxy=proxy.url(scheme))
    )

    assert answer.body == b"ok"
    assert (proxy.places, proxy.faults) == ([("target.example", 80)], [])
    assert server.received[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: target.example\r\n")


@pytest.mark.parametrize("http2", [False, True])
async def test_https_is_tls_with_the_target(look, serve, socks, authority, settled, http2):
    server = await serve(OK, tls=authority.server("target.example"))
    proxy = await socks(server.port)
    options = HttpOptions(proxy=proxy.url(), http2=http2, tls_config=TlsConfig(ca_file=authority.ca_file))

    answer = await look().http.request("GET", "https://target.example:8443/", options=options)

    assert (answer.body, answer.tls.chain[0].names) == (b"ok", ("target.example",))
    assert proxy.places == [("target.example", 8443)]
    server.server.close()
    assert await settled() <= 1  # the proxy's own connection to its target


@pytest.mark.parametrize("host", ["192.0.2.7", "[2001:db8::7]"])
async def test_addresses_are_sent_as_addresses(look, serve, socks, host):
    server = await serve(OK)
    proxy = await socks(server.port)

    await look().http.request("GET", f"http://{host}/", options=HttpOptions(proxy=proxy.url()))

    assert proxy.places == [(host.strip("[]"), 80)]


@pytest.mark.parametrize(("credentials", "authorization"), [("me:canary%3Aword@", ""), ("", AUTHORIZATION)])
async def test_user_name_and_password_are_for_the_proxy_alone(look, serve, socks, credentials, authorization):
    server = await serve(OK)
    proxy = await socks(server.port, login=LOGIN)
    options = HttpOptions(proxy=proxy.url(credentials=credentials), proxy_authorization=authorization)

    answer = await look().http.request("GET", "http://target.example/", options=options)

    assert answer.body == b"ok"
    assert b"roxy" not in server.received[0]
    assert b"canary" not in server.received[0]


async def test_a_proxy_that_asks_for_no_password_gets_none(look, serve, socks):
    server = await serve(OK)
    proxy = await socks(server.port)

    answer = await look().http.request(
        "GET", "http://target.example/", options=HttpOptions(proxy=proxy.url(credentials="me:canary@"))
    )

    assert answer.body == b"ok"


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        ("", Reason.UNAUTHORIZED, "the proxy wants a user name and password"),
        ("me:wrong@", Reason.UNAUTHORIZED, "the proxy does not accept our user name and password"),
        (f"me:{'x' * 256}@", Reason.SECRET, "1 to 255 bytes"),
        ("me:@", Reason.SECRET, "1 to 255 bytes"),
    ],
)
async def test_a_proxy_that_does_not_know_us_is_named(look, socks, given, reason, words):
    proxy = await socks(login=LOGIN)

    with pytest.raises(ProbeError) as caught:
        await look().http.request(
            "GET", "http://target.example/", options=HttpOptions(proxy=proxy.url(credentials=given))
        )

    assert caught.value.reason is reason
    assert words in caught.value.detail
    assert proxy.places == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"\x05\x01\x00\x01" + bytes(6), Reason.PROTOCOL),
        (b"\x05\x02\x00\x01" + bytes(6), Reason.FORBIDDEN),
        (b"\x05\x04\x00\x01" + bytes(6), Reason.UNREACHABLE),
        (b"\x05\x05\x00\x03\x00\x00\x00", Reason.REFUSED),
        (b"\x05\x63\x00\x01" + bytes(6), Reason.PROTOCOL),
        (b"\x04\x00\x00\x01" + bytes(6), Reason.PROTOCOL),
        (b"\x05\x00\x00\x09" + bytes(6), Reason.PROTOCOL),
        (b"\x05\x00\x00\x01", Reason.DISCONNECTED),
        (GRANTED + b"HTTP/1.1 200 OK\r\n\r\n", Reason.PROTOCOL),
        (b"\x05\x00\x00\x03\xff" + bytes(100), Reason.DISCONNECTED),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.PROTOCOL),
    ],
)
@pytest.mark.parametrize("target", ["http://target.example/", "https://target.example/"])
async def test_a_proxy_that_opens_no_connection_is_named(look, serve, socks, target, reply, reason):
    hangs_up = await serve(b"")  # what a refused client of the double sees is the end of the connection
    proxy = await socks(hangs_up.port, reply=reply)
    if reply[1:2] == b"\x00" and reason is Reason.DISCONNECTED:
        proxy.carry = lambda *_: asyncio.sleep(0)

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", target, options=HttpOptions(proxy=proxy.url()))

    assert caught.value.reason is reason


async def test_what_listens_there_may_be_no_proxy(look, serve):
    server = await serve(OK)

    async def shout(reader, writer):
        writer.write(b"SSH-2.0-x\r\n" * 20_000)
        writer.close()

    loud = await asyncio.start_server(shout, "127.0.0.1", 0)
    options = HttpOptions(proxy=f"socks5://127.0.0.1:{loud.sockets[0].getsockname()[1]}")

    with pytest.raises(ProbeError, match="does not speak SOCKS5") as caught:
        await look().http.request("GET", server.url(), options=options)

    assert caught.value.reason is Reason.PROTOCOL
    loud.close()


async def test_a_proxy_that_goes_once_the_way_is_open_is_no_endless_wait(look, socks):
    proxy = await socks()
    proxy.carry = lambda *_: asyncio.sleep(0)

    with pytest.raises((ProbeError, OSError)):
        await asyncio.wait_for(
            look().http.request("GET", "http://target.example/", options=HttpOptions(proxy=proxy.url())), 3
        )


async def test_neither_proxy_nor_target_outside_of_egress_is_reached(look, socks):
    proxy = await socks()

    for allow, target in ((["10.0.0.0/8"], "target.example"), (["127.0.0.0/8"], "192.0.2.7")):
        with pytest.raises(ProbeError) as caught:
            await look(allow=allow).http.request("GET", f"http://{target}/", options=HttpOptions(proxy=proxy.url()))
        assert caught.value.reason is Reason.EGRESS

    assert proxy.places == []


async def test_it_may_be_the_monitors_own_or_the_environments(look, serve, socks):
    server = await serve(OK)
    proxy = await socks(server.port)

    await look(proxy=proxy.url()).http.request("GET", "http://target.example/")
    await look(environment={"HTTP_PROXY": proxy.url()}).http.request(
        "GET", "http://other.example/", options=HttpOptions(proxy_from_environment=True)
    )

    assert proxy.places == [("target.example", 80), ("other.example", 80)]
