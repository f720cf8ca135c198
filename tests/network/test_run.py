"""A run's vantage gives a probe what the contract promises, and takes it back at the end."""

import contextlib
import ssl
import time
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from fakeclock import FakeClock

from monitor.measure import Measure
from monitor.network import RunVantage
from monitor.observation import Reason
from monitor.plugin import IpProtocol, ProbeError, Secret, TlsConfig, Vantage

AGE = Measure("probe_test_age", "How old it is.")
NUL = "good.example\0.evil.example"


async def talk(reader, writer):
    await reader.read()


def test_it_fulfils_the_contract():
    needed = {name for name in dir(Vantage) if not name.startswith("_")}

    assert needed <= set(dir(RunVantage))


async def test_time_name_and_deadline_are_handed_in(networks, check):
    clock = FakeClock(datetime(2026, 5, 4, tzinfo=UTC))
    network = networks(clock=clock)

    long = network.vantage(check(), clock.monotonic() + 10)
    short = network.vantage(check(), clock.monotonic() + 1)

    assert (long.name, long.now()) == ("here", datetime(2026, 5, 4, tzinfo=UTC))
    assert long.deadline == clock.monotonic() + 9.75
    assert short.deadline == clock.monotonic() + 0.9


async def test_notes_and_phases_survive(look):
    vantage = look()

    with contextlib.suppress(KeyError), vantage.phase("login"):
        vantage.note(AGE(1.0), AGE(2.0))
        raise KeyError

    assert [reading.value for reading in vantage.noted] == [1.0, 2.0]
    assert set(vantage.phases) == {"login"}


async def test_names_are_resolved_and_timed(look, zone):
    zone.addresses["a.example"] = ["192.0.2.1", "2001:db8::1"]
    vantage = look(servers=[zone.server])

    found = await vantage.resolve("a.example", IpProtocol.IP4)

    assert list(found) == [ip_address("192.0.2.1")]
    assert set(vantage.phases) == {"resolve"}
    assert list(await look().resolve("::1")) == [ip_address("::1")]


async def test_a_driver_is_given_allowed_addresses_only(look, zone):
    zone.addresses["a.example"] = ["192.0.2.1", "10.1.2.3"]
    zone.addresses["far.example"] = ["192.0.2.1"]
    vantage = look(servers=[zone.server], allow=["10.0.0.0/8"])

    found = await vantage.resolve("a.example", IpProtocol.IP4)

    assert list(found) == [ip_address("10.1.2.3")]
    for host in ("far.example", "169.254.169.254", "127.0.0.1"):
        with pytest.raises(ProbeError) as raised:
            await vantage.resolve(host)
        assert raised.value.reason is Reason.EGRESS


async def test_a_fresh_lookup_is_on_offer(networks, zone):
    network = networks(servers=[zone.server])
    zone.addresses["a.example"] = ["192.0.2.1"]

    assert list(await network.resolve_fresh("a.example")) == [ip_address("192.0.2.1")]


async def test_only_the_secrets_of_the_check_are_revealed(look, check, tmp_path, monkeypatch):
    monkeypatch.setenv("OWN", "own")
    monkeypatch.setenv("OTHER", "canary")
    probe = type(check().probe)(secret={"authorization": (Secret(env="OWN"),)})
    vantage = look(probe=probe)

    assert vantage.reveal(Secret(env="OWN")) == "own"
    with pytest.raises(ProbeError) as caught:
        vantage.reveal(Secret(env="OTHER"))
    assert caught.value.reason is Reason.SECRET


async def test_tokens_are_those_of_the_plugin(networks, check):
    network = networks()

    async def fetch():
        return "token", 3600.0

    async def other():
        return "another", 3600.0

    await network.vantage(check(plugin="a"), 0.0).tokens.get("k", fetch)

    assert await network.vantage(check(plugin="a"), 0.0).tokens.get("k", other) == "token"
    assert await network.vantage(check(plugin="b"), 0.0).tokens.get("k", other) == "another"


async def test_a_driver_gets_a_verifying_context(look, authority):
    context = look().tls(TlsConfig(ca_file=authority.ca_file))

    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_certificates_in_order_have_no_problem(look, serve, authority):
    server = await serve(talk, tls=authority.server("127.0.0.1"))

    facts = await look().certificates("127.0.0.1", server.port, TlsConfig(ca_file=authority.ca_file))

    assert (facts.problem, facts.version) == ("", "TLS 1.3")
    assert [each.subject for each in facts.verified_chain] == ["CN=leaf", "CN=Test Authority"]


@pytest.mark.parametrize(
    ("names", "how", "words"),
    [
        (["127.0.0.1"], {"days": (-10, -1)}, "expired"),
        (["127.0.0.1"], {"self_signed": True}, "self-signed"),
        (["other.example"], {}, "mismatch"),
        (
            ["127.0.0.1"],
            {"days": (-1, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)), "self_signed": True},
            "self-signed",
        ),
        ([NUL], {"common_name": NUL}, "mismatch"),
    ],
)
async def test_facts_come_also_when_verification_fails(look, serve, settled, authority, names, how, words):
    server = await serve(talk, tls=authority.server(*names, **how))

    facts = await look().certificates("127.0.0.1", server.port, TlsConfig(ca_file=authority.ca_file))

    assert words in facts.problem
    assert len(facts.chain[0].fingerprint) == 64
    assert facts.verified_chain == ()
    server.server.close()
    assert await settled() <= 0


async def test_a_certificate_of_an_unknown_authority_has_a_problem(look, serve, authority):
    server = await serve(talk, tls=authority.server("127.0.0.1"))

    facts = await look().certificates("127.0.0.1", server.port)

    assert "certificate" in facts.problem


async def test_a_hundred_runs_leave_no_descriptor(networks, serve, settled, check):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    network = networks()

    for _ in range(100):
        vantage = network.vantage(check(), time.monotonic() + 5)
        await vantage.http.request("GET", server.url())
        vantage.close()

    server.server.close()
    assert await settled() <= 0


async def test_what_was_revealed_is_covered_in_what_the_run_says(look, monkeypatch):
    monkeypatch.setenv("OWN", "canary-1")
    vantage = look(probe=(Secret(env="OWN"),))

    before = vantage.covered("it said canary-1")
    vantage.reveal(Secret(env="OWN"))

    assert (before, vantage.covered("it said canary-1")) == ("it said canary-1", "it said ***")
