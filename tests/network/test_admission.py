"""A run on request reaches what is allowed for it and for the monitor, on every connect, and nothing else."""

from ipaddress import ip_address, ip_network

import pytest

from monitor.network.admission import Admission, AdmittedNames, is_named, networks_of
from monitor.network.egress import EgressPolicy
from monitor.plugin import ProbeError
from monitor.settings import Allow, Egress


def admission(*networks: str, hosts=(), deny=()):
    allow = Allow(networks=tuple(map(ip_network, networks)), hosts=hosts)
    monitor = EgressPolicy(Egress(deny=tuple(map(ip_network, deny))))
    return Admission(monitor, networks_of(allow), allow.hosts)


class Names:
    def __init__(self, *addresses: str) -> None:
        self.addresses = tuple(map(ip_address, addresses))

    def known(self, host, protocol=None):
        return ()

    async def lookup(self, host, protocol=None):
        return self.addresses


def test_an_address_in_an_allowed_network_may_be_connected_to():
    policy = admission("10.0.0.0/8")

    policy.check(ip_address("10.1.2.3"))

    assert policy.tried == [ip_address("10.1.2.3")]


@pytest.mark.parametrize("address", ["127.0.0.1", "11.0.0.1", "::ffff:11.0.0.1", "169.254.169.254", "::1"])
def test_any_other_may_not(address):
    with pytest.raises(ProbeError, match="may connect to"):
        admission("10.0.0.0/8", hosts=("*.example",)).check(ip_address(address))


def test_what_the_monitor_may_not_reach_cannot_be_allowed():
    with pytest.raises(ProbeError, match="egress"):
        admission("10.0.0.0/8", deny=("10.1.0.0/16",)).check(ip_address("10.1.2.3"))


async def test_a_host_allowed_by_name_is_reached_where_it_is():
    policy = admission(hosts=("*.hanoi.example",))
    names = AdmittedNames(Names("10.9.9.9"), policy)

    found = await names.lookup("lgsp.hanoi.example")

    assert policy.admitted(found) == [ip_address("10.9.9.9")]


async def test_the_same_address_under_another_name_is_not_reached():
    policy = admission(hosts=("*.hanoi.example",))
    await AdmittedNames(Names("10.9.9.9"), policy).lookup("other.example")

    with pytest.raises(ProbeError):
        policy.check(ip_address("10.9.9.9"))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "64:ff9b::7f00:1"]
)
async def test_an_allowed_name_does_not_lead_to_this_machine(address):
    policy = admission(hosts=("lgsp.hanoi.example",))
    await AdmittedNames(Names(address), policy).lookup("lgsp.hanoi.example")

    with pytest.raises(ProbeError):
        policy.check(ip_address(address))


def test_a_proxy_is_asked_for_allowed_names_only():
    policy = admission("10.0.0.0/8", hosts=("lgsp.hanoi.example",))

    policy.check_name("LGSP.hanoi.example.")

    with pytest.raises(ProbeError, match="proxy"):
        policy.check_name("other.example")


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("lgsp.hanoi.example", True),
        ("a.b.hanoi.example", True),
        ("HANOI.example", False),
        ("hanoi.example", False),
        ("evilhanoi.example", False),
        ("hanoi.example.evil.example", False),
        ("10.0.0.1", False),
    ],
)
def test_a_star_stands_for_all_names_below_and_no_other(host, is_allowed):
    assert is_named(host, ("*.hanoi.example",)) is is_allowed


def test_no_unix_socket_is_reached():
    with pytest.raises(ProbeError):
        admission("0.0.0.0/0").socket("/run/app.sock")
