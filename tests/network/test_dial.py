"""One address is looked at, of the preferred family; what this machine lacks is not held against the target."""

import asyncio
import errno
import os
import socket
from ipaddress import ip_address

import pytest

from monitor.network.dial import OURS, Dialler
from monitor.network.egress import EgressPolicy
from monitor.network.ledger import Ledger
from monitor.observation import Reason
from monitor.plugin import IpProtocol, ProbeError
from monitor.settings import Egress

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("preferred", "expected"), [(IpProtocol.IP4, "127.0.0.1"), (IpProtocol.IP6, "::1")], ids=["ip4", "ip6"]
)
async def test_the_preferred_family_is_tried_first(look, zone, preferred, expected):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]
    vantage = look(servers=[zone.server])
    server = await asyncio.start_server(lambda _, writer: writer.close(), ["127.0.0.1", "::1"], 0)
    ports = {each.getsockname()[0]: each.getsockname()[1] for each in server.sockets}

    async with vantage.connect("both.example", ports[expected], preferred_ip_protocol=preferred) as stream:
        assert stream.address == ip_address(expected)

    server.close()


async def test_a_host_that_is_down_in_the_preferred_family_is_down(look, serve, zone):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]
    server = await serve()  # on IPv4 alone
    vantage = look(servers=[zone.server])

    with pytest.raises(ConnectionRefusedError):
        async with vantage.connect("both.example", server.port):
            pass

    assert server.connections == 0


@pytest.mark.parametrize(
    ("preferred", "only", "expected"),
    [(IpProtocol.IP6, "127.0.0.1", "127.0.0.1"), (IpProtocol.IP4, "::1", "::1")],
    ids=["ip6", "ip4"],
)
async def test_the_other_family_is_looked_at_when_the_name_has_no_other(look, zone, preferred, only, expected):
    zone.addresses["one.example"] = [only]
    server = await asyncio.start_server(lambda _, writer: writer.close(), only, 0)
    port = server.sockets[0].getsockname()[1]

    async with look(servers=[zone.server]).connect("one.example", port, preferred_ip_protocol=preferred) as stream:
        assert str(stream.address) == expected

    server.close()


async def test_the_first_of_several_addresses_is_the_only_one(look, serve, zone):
    zone.addresses["two.example"] = ["127.0.0.2", "127.0.0.1"]
    server = await serve(host="127.0.0.1")

    with pytest.raises(ConnectionRefusedError):
        async with look(servers=[zone.server]).connect("two.example", server.port):
            pass

    assert server.connections == 0


async def test_an_address_that_is_not_allowed_is_passed_over(look, serve, zone):
    zone.addresses["both.example"] = ["127.0.0.2", "127.0.0.1", "::1"]
    server = await serve(host="127.0.0.1")

    async with look(servers=[zone.server], allow=["127.0.0.1/32"]).connect("both.example", server.port) as stream:
        assert str(stream.address) == "127.0.0.1"


async def test_a_host_none_of_whose_addresses_is_allowed_is_refused(look, zone):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]

    with pytest.raises(ProbeError) as caught:
        async with look(servers=[zone.server], allow=["10.0.0.0/8"]).connect("both.example", 9):
            pass

    assert caught.value.reason is Reason.EGRESS


@pytest.mark.parametrize("number", [*OURS, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ETIMEDOUT])
async def test_a_family_this_machine_does_not_have_gives_way_to_the_other(number):
    tried = []

    async def one(address):
        tried.append(str(address))
        if address.version == 6:
            raise OSError(number, os.strerror(number))
        return str(address)

    dialler = Dialler(names=None, egress=EgressPolicy(Egress()))
    both = [ip_address("::1"), ip_address("127.0.0.1")]
    opened = await asyncio.gather(dialler._first(one, both, Ledger(9e9), None), return_exceptions=True)

    if number in OURS:
        assert (opened, tried) == (["127.0.0.1"], ["::1", "127.0.0.1"])
    else:
        assert (opened[0].errno, tried) == (number, ["::1"])


@pytest.mark.parametrize("literal", ["127.0.0.1", "::1"])
async def test_a_literal_of_the_other_family_needs_the_fallback(look, literal):
    server = await asyncio.start_server(lambda _, writer: writer.close(), literal, 0)
    port = server.sockets[0].getsockname()[1]
    preferred = IpProtocol.IP6 if literal == "127.0.0.1" else IpProtocol.IP4

    async with look().connect(literal, port, preferred_ip_protocol=preferred) as stream:
        assert str(stream.address) == literal
    with pytest.raises(ProbeError) as caught:
        async with look().connect(literal, port, preferred_ip_protocol=preferred, ip_protocol_fallback=False):
            pass
    server.close()

    assert caught.value.reason is Reason.DNS


@pytest.mark.parametrize("kind", ["connect", "datagrams"])
async def test_the_source_address_decides_on_the_family(look, zone, kind):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    source = ip_address("127.0.0.9")

    async with getattr(look(servers=[zone.server]), kind)("both.example", port, source_ip_address=source) as opened:
        assert str(opened.address) == "127.0.0.1"
    server.close()


@pytest.mark.parametrize("kind", ["connect", "datagrams"])
async def test_a_source_address_of_somebody_else_is_a_fault_of_ours(look, kind):
    with pytest.raises(ProbeError) as caught:
        async with getattr(look(), kind)("127.0.0.1", 9, source_ip_address=ip_address("192.0.2.7")):
            pass

    assert (caught.value.reason, str(caught.value)) == (
        Reason.NETWORK,
        "source_ip_address 192.0.2.7 is no address of this machine",
    )


async def test_without_fallback_the_other_family_is_not_tried(look, serve, zone):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]
    zone.addresses["four.example"] = ["127.0.0.1"]
    server = await serve()
    vantage = look(servers=[zone.server])

    with pytest.raises(ConnectionRefusedError):
        async with vantage.connect("both.example", server.port, ip_protocol_fallback=False):
            pass
    with pytest.raises(ProbeError) as caught:
        async with vantage.connect("four.example", server.port, ip_protocol_fallback=False):
            pass

    assert caught.value.reason is Reason.DNS
    assert server.connections == 0


@pytest.mark.parametrize("port", [1, 65535])
async def test_nobody_there_is_a_refusal_with_its_number(look, port):
    with pytest.raises(ConnectionRefusedError) as caught:
        async with look().connect("127.0.0.1", port):
            pass

    assert caught.value.errno == errno.ECONNREFUSED


async def test_cancelling_a_connection_that_is_being_made_closes_it(look, settled):
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(0)
    place = silent.getsockname()
    crowd = [socket.socket() for _ in range(4)]
    for each in crowd:
        each.setblocking(False)
        each.connect_ex(place)
    vantage = look()
    running = [
        asyncio.create_task(vantage.http.request("GET", f"http://127.0.0.1:{place[1]}/{number}")) for number in range(5)
    ]
    await asyncio.sleep(0.05)
    connecting = vantage.phases

    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for each in (silent, *crowd):
        each.close()

    assert set(connecting) == {"resolve", "connect"}
    assert await settled() <= 0
