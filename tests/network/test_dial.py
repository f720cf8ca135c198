"""Addresses are tried in the order of preference, and what one family lacks is not held against the target."""

import asyncio
import errno
import os
import socket
import time
from ipaddress import ip_address

import pytest

from monitor.network.dial import share, telling
from monitor.observation import Reason
from monitor.plugin import IpProtocol, ProbeError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def failure(number):
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([errno.ENETUNREACH, errno.ECONNREFUSED], errno.ECONNREFUSED),
        ([errno.ECONNREFUSED, errno.ENETUNREACH], errno.ECONNREFUSED),
        ([errno.EADDRNOTAVAIL, errno.EHOSTUNREACH], errno.EHOSTUNREACH),
        ([errno.ENETUNREACH, errno.EADDRNOTAVAIL], errno.ENETUNREACH),
        ([errno.ENETUNREACH], errno.ENETUNREACH),
    ],
)
def test_the_failure_that_says_most_about_the_target_is_told(numbers, expected):
    assert telling([failure(number) for number in numbers]).errno == expected


def test_an_address_that_is_not_allowed_says_less_than_one_that_refused():
    denied = ProbeError(Reason.EGRESS, "no")

    assert telling([denied, failure(errno.ECONNREFUSED)]).errno == errno.ECONNREFUSED
    assert telling([denied]) is denied


def test_a_silent_address_leaves_time_for_those_behind_it():
    assert share(6.0, 2) == 2.0
    assert share(-1.0, 1) > 0


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


async def test_the_other_family_is_tried_next(look, serve, zone):
    zone.addresses["both.example"] = ["127.0.0.1", "::1"]
    server = await serve()  # on IPv4 alone
    vantage = look(servers=[zone.server])

    async with vantage.connect("both.example", server.port) as stream:
        assert str(stream.address) == "127.0.0.1"


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


async def test_a_silent_address_does_not_use_up_the_time_of_the_next(networks, serve, check, zone):
    server = await serve(host="127.0.0.1")
    zone.addresses["two.example"] = ["127.0.0.2", "127.0.0.1"]
    silent = socket.socket()
    silent.bind(("127.0.0.2", server.port))
    silent.listen(0)
    crowd = [socket.socket() for _ in range(4)]
    for each in crowd:  # once its queue is full, the kernel does not answer any more
        each.setblocking(False)
        each.connect_ex(("127.0.0.2", server.port))
    vantage = networks(servers=[zone.server]).vantage(check(), time.monotonic() + 0.6)

    async with vantage.connect("two.example", server.port) as stream:
        address = str(stream.address)
    for each in (silent, *crowd):
        each.close()

    assert address == "127.0.0.1"
    assert 0.2 < vantage.phases["connect"] < 0.5


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
