"""Witnesses are asked through the egress policy, and any sign of life is an answer."""

import asyncio
import time
from ipaddress import ip_network

import pytest
from engine.stage import check

from monitor.clock import SystemClock
from monitor.engine.questions import (
    any_of,
    asks,
    knocks,
    meaning,
    questions,
    resolver_answers,
    split,
    system_servers,
)
from monitor.engine.witness import PEERS
from monitor.network import Network
from monitor.observation import Reason, down, unknown
from monitor.settings import Egress, Nameservers, Settings, Witnesses
from monitor.vitals import Vitals


def vantages(**settings):
    network = Network(Settings(**settings), SystemClock(), Vitals())
    return lambda: network.vantage(check(), time.monotonic() + 1.0)


class Nameserver(asyncio.DatagramProtocol):
    def __init__(self):
        self.asked = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.asked.append(data)
        self.transport.sendto(data[:2] + b"\x81\x85" + data[4:], address)


async def a_free_port() -> int:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_peer_that_takes_or_refuses_the_connection_is_alive():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async with server:
        assert await knocks(vantages(), "127.0.0.1", port) is True
    assert await knocks(vantages(), "127.0.0.1", await a_free_port()) is True


async def test_a_peer_that_may_not_be_connected_to_cannot_say():
    elsewhere = Egress(allow=(ip_network("10.0.0.0/8"),))

    assert await knocks(vantages(egress=elsewhere), "127.0.0.1", 9) is None


async def test_a_name_server_that_refuses_is_alive():
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Nameserver, local_addr=("127.0.0.1", 0))

    answer = await asks(vantages(), "127.0.0.1", transport.get_extra_info("sockname")[1])

    transport.close()
    assert answer is True
    (question,) = server.asked
    assert question[2:] == bytes.fromhex("01000001000000000000" + "00" + "00020001")


async def test_a_closed_port_is_a_sign_of_life_too():
    assert await asks(vantages(), "127.0.0.1", await a_free_port()) is True


async def test_a_name_server_on_this_machine_says_nothing_about_the_network():
    assert await resolver_answers(vantages(), ("127.0.0.53", "[::1]:53")) is None


@pytest.mark.parametrize(
    ("answers", "together"),
    [
        ((), None),
        ((None, None), None),
        ((False, None), False),
        ((False, True), True),
        ((False, False), False),
    ],
)
async def test_one_sign_of_life_is_enough(answers, together):
    async def say(answer):
        return answer

    assert await any_of(say(answer) for answer in answers) is together


async def test_nobody_waits_for_the_silent_once_one_has_answered():
    async def at_once():
        return True

    async def never():
        await asyncio.Event().wait()

    assert await asyncio.wait_for(any_of((never(), at_once())), 1) is True


@pytest.mark.parametrize(
    ("failure", "answer"),
    [
        (down(Reason.REFUSED, ""), True),
        (down(Reason.DISCONNECTED, ""), True),
        (down(Reason.TIMEOUT, ""), False),
        (down(Reason.UNREACHABLE, ""), False),
        (unknown(Reason.NETWORK, ""), False),
        (unknown(Reason.RESOURCES, ""), None),
        (unknown(Reason.EGRESS, ""), None),
        (unknown(Reason.PLUGIN, ""), None),
    ],
)
def test_a_fault_of_our_own_process_is_no_answer(failure, answer):
    assert meaning(failure) is answer


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ("10.0.0.1", ("10.0.0.1", 53)),
        ("10.0.0.1:5353", ("10.0.0.1", 5353)),
        ("fd00::1", ("fd00::1", 53)),
        ("[fd00::1]:5353", ("fd00::1", 5353)),
    ],
)
def test_name_servers_are_written_with_or_without_a_port(server, place):
    assert split(server) == place


def test_the_systems_name_servers_are_read(tmp_path):
    file = tmp_path / "resolv.conf"
    file.write_text("# nameserver 10.9.9.9\nsearch a.example\nnameserver 10.0.0.1\nnameserver\nnameserver fd00::1 \n")

    assert system_servers(file) == ["10.0.0.1", "fd00::1"]
    assert system_servers(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("witnesses", "names"),
    [
        (Witnesses(), {"gateway", "resolver"}),
        (Witnesses(gateway=False, resolver=False), set()),
        (Witnesses(gateway=False, resolver=False, peers=(("10.0.0.1", 53),)), {PEERS}),
    ],
)
def test_only_the_witnesses_of_the_settings_are_asked(witnesses, names):
    settings = Settings(witnesses=witnesses, nameservers=Nameservers())

    assert set(questions(settings, Network(settings, SystemClock(), Vitals()), SystemClock())) == names
