"""Names are asked for once at a time, never for long from memory, and dead ones hurt nobody else."""

import asyncio
import time
from datetime import timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import pytest

from monitor.network import names as module
from monitor.network.hosts import HostTable
from monitor.network.names import Names
from monitor.observation import Reason
from monitor.plugin import IpProtocol, ProbeError
from monitor.settings import Nameservers


@pytest.fixture
async def names(zone, tmp_path):
    made = Names(
        Nameservers(servers=(zone.server,), timeout=timedelta(seconds=0.3), tries=1), HostTable(tmp_path / "hosts")
    )
    yield made
    await made.close()


async def test_a_name_has_the_addresses_of_both_families(names, zone):
    zone.addresses["a.example"] = ["192.0.2.1", "2001:db8::1"]

    found = await names.lookup("a.example")

    assert sorted(map(str, found)) == ["192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize(("protocol", "expected"), [(IpProtocol.IP4, "192.0.2.1"), (IpProtocol.IP6, "2001:db8::1")])
async def test_one_family_can_be_asked_for(names, zone, protocol, expected):
    zone.addresses["a.example"] = ["192.0.2.1", "2001:db8::1"]

    found = await names.lookup("a.example", protocol)

    assert [str(each) for each in found] == [expected]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "LocalHost.", "x.localhost"])
async def test_literals_and_localhost_are_known_without_asking(names, zone, host):
    found = await names.lookup(host)

    assert all(each.is_loopback for each in found)
    assert zone.asked == []


async def test_a_literal_of_the_other_family_is_no_address(names):
    with pytest.raises(ProbeError) as caught:
        await names.lookup("127.0.0.1", IpProtocol.IP6)

    assert caught.value.reason is Reason.DNS


async def test_letters_of_any_language_are_asked_for_as_idna_has_them(names, zone):
    zone.addresses["xn--hni-fra1h.example"] = ["192.0.2.1"]
    encoded = module.canonical("hànội.example")
    zone.addresses[encoded] = ["192.0.2.7"]

    found = await names.lookup("HÀNỘI.example")

    assert [str(each) for each in found] == ["192.0.2.7"]


async def test_the_same_name_is_asked_for_once_by_many(names, zone):
    zone.addresses["a.example"] = ["192.0.2.1"]

    await asyncio.gather(*(names.lookup("a.example", IpProtocol.IP4) for _ in range(100)))

    assert zone.asked == [("a.example", 1)]


async def test_one_who_gives_up_does_not_spoil_it_for_the_others(names, zone):
    zone.addresses["a.example"] = ["192.0.2.1"]
    first = asyncio.create_task(names.lookup("a.example"))
    second = asyncio.create_task(names.lookup("a.example"))
    await asyncio.sleep(0)

    first.cancel()

    assert await second == (ip_address("192.0.2.1"),)


@pytest.mark.parametrize(
    ("code", "reason"), [(3, Reason.DNS), (2, Reason.DNS), (5, Reason.DNS)], ids=["NXDOMAIN", "SERVFAIL", "REFUSED"]
)
async def test_what_the_name_servers_say_is_named(names, zone, code, reason):
    zone.codes["dead.example"] = code

    with pytest.raises(ProbeError) as caught:
        await names.lookup("dead.example")

    assert caught.value.reason is reason
    assert caught.value.detail.startswith("dead.example: ")
    assert isinstance(caught.value.__cause__, module.aiodns.error.DNSError)


async def test_a_silent_name_server_is_a_dns_failure(names, zone):
    zone.silent.add("dead.example")

    with pytest.raises(ProbeError) as caught:
        await names.lookup("dead.example")

    assert (caught.value.reason, caught.value.__cause__.args[0]) == (Reason.DNS, 12)


async def test_an_unreachable_name_server_is_ours():
    names = Names(Nameservers(servers=("127.0.0.1:9",), timeout=timedelta(seconds=0.3), tries=1))

    with pytest.raises(ProbeError) as caught:
        await names.lookup("a.example")
    await names.close()

    assert (caught.value.reason, caught.value.__cause__.args[0]) == (Reason.NETWORK, 11)


async def test_a_name_server_that_is_no_address_is_ours_to_mend():
    names = Names(Nameservers(servers=("nonsense",)))

    with pytest.raises(ProbeError) as caught:
        await names.lookup("a.example")

    assert caught.value.reason is Reason.RESOURCES


async def test_an_empty_answer_is_a_dns_failure(names, zone):
    zone.addresses["empty.example"] = []

    with pytest.raises(ProbeError) as caught:
        await names.lookup("empty.example")

    assert caught.value.reason is Reason.DNS


@pytest.mark.parametrize(
    "host", ["", "a b.example", "a\0.example", "a" * 64 + ".example", "a." * 130, "127.1", "1.2.3.4.5", "[::1]"]
)
async def test_what_is_no_name_is_not_asked_for(names, zone, host):
    with pytest.raises(ProbeError) as caught:
        await names.lookup(host)

    assert caught.value.reason is Reason.DNS
    assert zone.asked == []


async def test_the_resolver_is_renewed_so_that_old_answers_are_forgotten(names, zone, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    with pytest.raises(ProbeError):
        await names.lookup("late.example")
    zone.addresses["late.example"] = ["192.0.2.1"]
    with pytest.raises(ProbeError):  # c-ares remembers
        await names.lookup("late.example")

    now += module.RENEW_SECONDS + 1

    assert await names.lookup("late.example") == (ip_address("192.0.2.1"),)


async def test_a_fresh_resolver_remembers_nothing(names, zone):
    with pytest.raises(ProbeError):
        await names.lookup("late.example")
    zone.addresses["late.example"] = ["192.0.2.1"]

    assert await names.fresh("late.example") == (ip_address("192.0.2.1"),)


async def test_renewing_does_not_break_questions_under_way(names, zone, monkeypatch):
    zone.silent.add("slow.example")
    zone.addresses["a.example"] = ["192.0.2.1"]
    slow = asyncio.create_task(names.lookup("slow.example"))
    await asyncio.sleep(0.05)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.0)

    await names.lookup("a.example")
    with pytest.raises(ProbeError) as caught:
        await slow

    assert caught.value.__cause__.args[0] == 12


async def test_five_thousand_dead_names_do_not_delay_a_live_one(zone):
    names = Names(Nameservers(servers=(zone.server,), timeout=timedelta(seconds=20), tries=4))
    zone.addresses["live.example"] = ["192.0.2.1"]
    dead = [f"dead-{number}.example" for number in range(5000)]
    zone.silent.update(dead)
    lookups = []
    for number, name in enumerate(dead):
        lookups.append(asyncio.create_task(names.lookup(name, IpProtocol.IP4)))
        if number % 50 == 49:  # the socket of the server here holds no more
            await asyncio.sleep(0.002)

    began = time.monotonic()
    found = await names.lookup("live.example", IpProtocol.IP4)
    took = time.monotonic() - began
    waiting = sum(not lookup.done() for lookup in lookups)
    await names.close()
    await asyncio.gather(*lookups, return_exceptions=True)

    assert found == (ip_address("192.0.2.1"),)
    assert waiting > 4000
    assert took < 2


async def test_nothing_stays_open(zone, settled):
    names = Names(Nameservers(servers=(zone.server,)))
    zone.addresses["a.example"] = ["192.0.2.1"]
    for _ in range(5):
        await names.fresh("a.example")
    await names.lookup("a.example")

    await names.close()

    assert await settled() <= 0
