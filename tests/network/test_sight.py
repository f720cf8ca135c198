"""Promise: whoever watches a run sees names, addresses, certificates and judgements, and no run is changed by it."""

import socket
from ipaddress import ip_address

import pytest
from aiohttp import web
from web.pretend import check

from monitor.clock import SystemClock
from monitor.network import Network
from monitor.network.sight import MOST, Seen, Sight, place, words
from monitor.plugin.vantage import HttpOptions, TlsConfig
from monitor.settings import Nameservers, Settings
from monitor.testing import serve, serve_tls
from monitor.vitals import Vitals

LOOPBACK = ip_address("127.0.0.1")
CHECK = check("agency/target/check")


@pytest.fixture
async def watched():
    """A vantage, and the sight of its network."""
    clock, sight = SystemClock(), Sight(CHECK.id)
    network = Network(Settings(nameservers=Nameservers(servers=("127.0.0.1:9",))), clock, Vitals(), sight)
    await network.start()
    vantage = network.vantage(CHECK, clock.monotonic() + 10)
    yield vantage, sight
    vantage.close()
    await network.close()


async def test_names_and_addresses_of_an_exchange_are_seen(watched):
    vantage, sight = watched

    async with serve(_nothing) as url:
        port = int(url.rpartition(":")[2])
        await vantage.http.request("GET", f"http://localhost:{port}/")

    seen = sight.take()
    assert LOOPBACK in seen.lookups[0].addresses
    assert seen.lookups[0].host == "localhost"
    assert (LOOPBACK, port, "") in [(one.address, one.port, one.failure) for one in seen.attempts]
    assert sight.take() == Seen()


async def test_connections_of_others_on_the_same_network_are_not_seen():
    clock, sight = SystemClock(), Sight(CHECK.id)
    network = Network(Settings(), clock, Vitals(), sight)
    witness = network.vantage(check("monitor/network/witness"), clock.monotonic() + 10)

    async with serve(_nothing) as url, witness.connect("127.0.0.1", int(url.rpartition(":")[2])):
        pass
    async with witness.datagrams("127.0.0.1", 9):
        pass
    witness.close()
    await network.close()

    assert sight.take() == Seen()


async def test_address_that_refuses_is_seen_with_its_reason(watched):
    vantage, sight = watched
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        port = shut.getsockname()[1]

        with pytest.raises(ConnectionRefusedError):
            async with vantage.connect("127.0.0.1", port):
                pass

    [attempt] = sight.take().attempts
    assert (attempt.port, attempt.failure) == (port, "connection refused")


async def test_certificate_that_is_trusted_is_seen_with_its_chain(watched):
    vantage, sight = watched

    async with serve_tls() as server:
        await vantage.http.request("GET", server.url, options=_trusting(server))

    [handshake] = sight.take().handshakes
    assert handshake.facts.chain[0].not_after == server.not_after
    assert handshake.facts.verified_chain
    assert handshake.peer[0] == "127.0.0.1"
    assert handshake.problem == ""


async def test_refused_certificate_keeps_its_problem_when_its_facts_follow(watched):
    vantage, sight = watched

    async with serve_tls() as server:
        host, _, port = server.target.rpartition(":")
        await vantage.certificates(host, int(port))

    [handshake] = sight.take().handshakes
    assert "certificate" in handshake.problem
    assert handshake.facts.chain[0].not_after == server.not_after
    assert not handshake.facts.verified_chain


async def test_judgements_are_texts(watched):
    vantage, sight = watched

    vantage.judged("status_code == 200", 503, holds=False)

    [judgement] = sight.take().judgements
    assert (judgement.assertion, judgement.value, judgement.holds) == ("status_code == 200", "503", False)


def test_flood_is_cut_off():
    sight = Sight(CHECK.id)

    for number in range(10 * MOST):
        sight.judged(number, number, holds=True)
        sight.resolved(str(number), [LOOPBACK] * 100)
        sight.refused(str(number), ("127.0.0.1", 1), "expired")

    seen = sight.take()
    assert {len(seen.judgements), len(seen.lookups), len(seen.handshakes), len(seen.lookups[0].addresses)} == {MOST}


def test_peer_and_failure_are_told_in_plain_words():
    assert place(("::1", 443, 0, 0)) == ("::1", 443)
    assert place("/run/socket") is None
    assert words(TimeoutError()) == "no answer in time"
    assert words(ValueError("secret")) == "given up"


async def _nothing(_):
    return web.Response()


def _trusting(server):
    return HttpOptions(tls_config=TlsConfig(ca_file=server.ca_file))
