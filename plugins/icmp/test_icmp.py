"""Echoes are counted and timed, only answers to our own requests count, and the network's own words are told."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import timedelta

import datashare_monitor_icmp
import pytest
from datashare_monitor_icmp import IcmpProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, run


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(target: str, *, within: float = 2, **settings) -> Observation:
    return await look(configured(IcmpProbe, {"target": target, **settings}), within=timedelta(seconds=within))


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_icmp)


@pytest.mark.parametrize(("target", "version"), [
        ("127.0.0.1", 4), ("::1", 6), ("localhost", 4), ("[::1]", 6), ("::ffff:127.0.0.1", 4),
        ("[::ffff:127.0.0.1]", 4),
    ],
)  # fmt: skip
async def test_answer_is_up_and_measured_under_blackbox_names(target, version):
    seen = await seen_at(target, preferred_ip_protocol=f"ip{version}")

    assert seen.status is Status.UP, seen.detail
    assert seen.detail.startswith("1 of 1 requests answered, round trip of ")
    found = readings(seen)
    assert found.pop("probe_ip_protocol") == version
    assert found.pop("probe_icmp_reply_hop_limit") == 64
    assert found.pop("probe_icmp_loss_ratio") == 0
    assert set(found) == {f"probe_icmp_round_trip_seconds.{statistic}" for statistic in ("min", "avg", "max")}
    assert all(0 <= value < 0.5 for value in found.values())


@pytest.mark.parametrize("size", [0, 1, 28, 1472, 60_000])
async def test_payloads_of_every_size_come_back(size):
    seen = await seen_at("127.0.0.1", payload_size=size, count=3, interval="10ms")

    assert seen.status is Status.UP, seen.detail
    assert seen.detail.startswith("3 of 3")


async def test_parts_of_a_look_are_timed():
    outcome = await run(configured(IcmpProbe, {"target": "localhost"}))

    assert set(outcome.phases) == {"resolve", "setup", "rtt"}


async def test_source_address_and_hop_limit_are_set():
    seen = await seen_at("127.0.0.1", source_ip_address="127.0.0.7", ttl=9)

    assert seen.status is Status.UP, seen.detail


async def test_source_address_that_is_not_ours_is_unknown():
    seen = await seen_at("127.0.0.1", source_ip_address="192.0.2.1")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.NETWORK)


async def test_source_address_of_another_version_is_told():
    seen = await seen_at("::1", source_ip_address="127.0.0.1")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.NETWORK)
    assert seen.detail == "::1 has no IPv4 address to connect to from source_ip_address 127.0.0.1"


async def test_mapped_address_has_the_source_addresses_of_what_it_is():
    seen = await seen_at("::ffff:127.0.0.1", source_ip_address="127.0.0.7")

    assert seen.status is Status.UP, seen.detail


async def test_address_outside_the_allowed_networks_is_never_sent_to():
    seen = await seen_at("192.0.2.1")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_packet_larger_than_the_link_is_too_large():
    seen = await seen_at("127.0.0.1", payload_size=65_507, dont_fragment=True, preferred_ip_protocol="ip4")
    longer_than_loopback_takes = await seen_at("::1", payload_size=65_507, dont_fragment=True)

    assert seen.status is Status.UP
    assert (longer_than_loopback_takes.status, longer_than_loopback_takes.reason) == (Status.DOWN, Reason.TOO_LARGE)


async def test_requests_that_cannot_be_sent_in_time_are_unknown():
    seen = await seen_at("127.0.0.1", count=5, interval="1s", within=2)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert "lower count or interval" in seen.detail


@pytest.mark.alone
@pytest.mark.parametrize(
    ("limits", "status"), [({"max_rtt": "1ms"}, Status.DOWN), ({"degraded_rtt": "1ms"}, Status.DEGRADED)]
)
async def test_slow_round_trip_is_told(limits, status):
    seen = await seen_at("127.0.0.1", payload_size=60_000, max_loss=1, **limits)
    if seen.status is Status.UP:  # a machine whose loopback is faster than the limit
        assert readings(seen)["probe_icmp_round_trip_seconds.avg"] <= 0.001
        return

    assert (seen.status, seen.reason) == (status, Reason.SLOW)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "db.example:7"}, "write the host alone"),
        ({"target": "https://db.example"}, '"https://db.example" is a URL; write the host alone'),
        ({"target": ""}, "host"),
        ({"count": 0}, "1 to 100"),
        ({"count": 101}, "1 to 100"),
        ({"interval": "1ms"}, "10ms or more"),
        ({"payload_size": -1}, "0 to 65507"),
        ({"payload_size": 65_508}, "0 to 65507"),
        ({"ttl": 0}, "1 to 255"),
        ({"ttl": 256}, "1 to 255"),
        ({"max_loss": 1.5}, "0 to 1"),
        ({"degraded_loss": 0.6}, "not above the second"),
        ({"degraded_rtt": "2s", "max_rtt": "1s"}, "shorter"),
        ({"source_ip_address": "eth0"}, "write one of this machine's"),
        ({"preferred_ip_protocol": "ip5"}, "ip4"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(IcmpProbe, {"target": "db.example", **settings})


LOOK = """
import asyncio, json, sys
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import uvloop
from datashare_monitor_icmp import IcmpProbe

from monitor.settings import Egress
from monitor.testing import configured, looks

allowed = Egress(allow=(ip_network("10.79.0.0/16"), ip_network("fd79::/16")))
looks.SETTINGS = replace(looks.SETTINGS, egress=allowed)
runner, within, settings = json.loads(sys.argv[1])
run = uvloop.run if runner == "uvloop" else asyncio.run
outcome = run(looks.run(configured(IcmpProbe, settings), within=timedelta(seconds=within)))
seen = outcome.observation
readings = {".".join((each.measure.name, *each.labels)): each.value for each in seen.readings}
print(json.dumps([seen.status, seen.reason, seen.detail, {**readings, "took": outcome.duration_seconds}]))
"""

RESPONDER = """
import socket, struct, sys, time

def checksum(data):
    data += b"\\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

def reply(identity, sequence, payload):
    bare = struct.pack("!BBHHH", 0, 0, 0, identity, sequence) + payload
    return bare[:2] + struct.pack("!H", checksum(bare)) + bare[4:]

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("ready", flush=True)
asked = 0
while True:
    packet, (peer, _) = raw.recvfrom(2048)
    kind, _, _, identity, sequence = struct.unpack_from("!BBHHH", packet, 20)
    if kind != 8:
        continue
    payload = packet[28:]
    answers = [
        reply(identity ^ 1, sequence, payload), reply(identity, sequence ^ 1, payload), reply(identity, sequence, b""),
        reply(identity, sequence, payload[:-1] + bytes([payload[-1] ^ 1])), bytes(2),
    ]
    if sys.argv[1] == "slow":
        time.sleep(0.04)
        raw.sendto(reply(identity, sequence, payload), (peer, 0))
        continue
    if sys.argv[1] == "lossy":
        asked += 1
        if asked % 5 >= 3:
            raw.sendto(reply(identity, sequence, payload), (peer, 0))
        continue
    if sys.argv[1] == "honest":
        answers += [reply(identity, sequence, payload)] * 3
    for answer in answers * int(sys.argv[2]):
        raw.sendto(answer, (peer, 0))
"""


class Path:
    """The monitor, a router and a target, each in a network namespace of its own."""

    def __init__(self) -> None:
        name = f"icmp{os.getpid()}"
        self.near, self.router, self.far = (f"{name}{side}" for side in ("n", "r", "f"))

    def build(self) -> None:
        for side in (self.near, self.router, self.far):
            ip("netns", "add", side)
            ip("-n", side, "link", "set", "lo", "up")
        for network, (left, right) in enumerate(((self.near, self.router), (self.router, self.far)), 1):
            ip("link", "add", "right", "netns", left, "type", "veth", "peer", "left", "netns", right)
            for side, link, host in ((left, "right", 1), (right, "left", 2)):
                ip("-n", side, "addr", "add", f"10.79.{network}.{host}/24", "dev", link)
                ip("-n", side, "addr", "add", f"fd79:{network}::{host}/64", "dev", link, "nodad")
                ip("-n", side, "link", "set", link, "up")
        for side, first4, first6 in ((self.near, "10.79.1.2", "fd79:1::2"), (self.far, "10.79.2.1", "fd79:2::1")):
            ip("-n", side, "route", "add", "default", "via", first4)
            ip("-n", side, "-6", "route", "add", "default", "via", first6)
        self.set(self.router, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0")

    def set(self, side: str, *settings: str) -> None:
        subprocess.run(["ip", "netns", "exec", side, "sysctl", "-qw", *settings], check=True, timeout=10)

    def look(self, target: str, *, runner: str = "uvloop", within: float = 2, as_user: bool = False, **settings):
        """Return status, reason, detail and readings of a look from the near side."""
        rights = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if as_user else []
        words = json.dumps([runner, within, {"target": target, **settings}])
        done = subprocess.run(
            ["ip", "netns", "exec", self.near, *rights, sys.executable, "-c", LOOK, words],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def answering(self, manner: str, times: int = 1):
        """Let a program answer at the far side instead of the kernel."""
        self.set(self.far, "net.ipv4.icmp_echo_ignore_all=1")
        command = ["ip", "netns", "exec", self.far, sys.executable, "-u", "-c", RESPONDER, manner, str(times)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            running.stdout.readline()
            yield
            running.kill()
        self.set(self.far, "net.ipv4.icmp_echo_ignore_all=0")

    def remove(self) -> None:
        for side in (self.near, self.router, self.far):
            with suppress(subprocess.SubprocessError):
                ip("netns", "del", side)


def may_be_run_by_others() -> bool:
    """Tell whether a user without rights may run this Python at all: one built in root's home cannot be read."""
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", "import monitor"]
    return subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


@pytest.fixture(scope="module")
def path():
    """Build the path, or skip where namespaces are not permitted."""
    built = Path()
    try:
        built.build()
    except (OSError, subprocess.CalledProcessError) as error:
        built.remove()
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"no network namespaces here, which need root and the package iproute2: {error}")
    yield built
    built.remove()


@pytest.fixture(params=["raw", "datagram"])
def sockets(request, path):
    """Let the near side have datagram sockets, or raw ones alone."""
    path.set(path.near, f"net.ipv4.ping_group_range={'0 2147483647' if request.param == 'datagram' else '1 0'}")
    return request.param


both_loops = pytest.mark.parametrize("runner", ["asyncio", "uvloop"])


@pytest.mark.services
@pytest.mark.parametrize("target", ["10.79.2.2", "fd79:2::2"])
def test_answer_over_a_router_is_up(path, sockets, target):
    status, _, detail, found = path.look(target, count=3, interval="20ms")

    assert status == "up", detail
    assert found["probe_icmp_reply_hop_limit"] == 63


@pytest.mark.services
@pytest.mark.parametrize(("target", "teller"), [("10.79.2.2", "10.79.1.2"), ("fd79:2::2", "fd79:1::2")])
@both_loops
def test_hop_limit_that_is_used_up_is_explained(path, sockets, runner, target, teller):
    status, reason, detail, found = path.look(target, runner=runner, ttl=1, count=2, interval="20ms")

    assert (status, reason) == ("down", "unreachable")
    assert detail == f"{teller} says: hop limit (ttl) used up on the way"
    assert found["probe_icmp_loss_ratio"] == 1


@pytest.mark.services
@pytest.mark.parametrize(
    ("target", "teller", "words"),
    [
        ("10.79.3.3", "10.79.1.2", "network unreachable"),
        ("10.79.2.9", "10.79.1.2", "host unreachable"),
        ("fd79:3::3", "fd79:1::2", "no route to the destination"),
    ],
)
def test_router_that_knows_no_way_is_quoted(path, sockets, target, teller, words):
    status, reason, detail, _ = path.look(target, within=6)

    assert (status, reason, detail) == ("down", "unreachable", f"{teller} says: {words}")


@pytest.mark.services
@pytest.mark.parametrize(("target", "teller"), [("10.79.2.2", "10.79.1.2"), ("fd79:2::2", "fd79:1::2")])
def test_link_too_narrow_for_an_unfragmented_packet_is_explained(path, sockets, target, teller):
    for side, link in ((path.router, "right"), (path.far, "left")):
        ip("-n", side, "link", "set", link, "mtu", "1300")

    told = [path.look(target, payload_size=1400, dont_fragment=True)[:3] for _ in range(2)]
    fragmented = path.look(target, payload_size=1400, count=2, interval="20ms", max_loss=0.6)
    fitting = path.look(target, payload_size=1200, dont_fragment=True)

    for side, link in ((path.router, "right"), (path.far, "left")):
        ip("-n", side, "link", "set", link, "mtu", "1500")
    assert told == [["down", "too_large", f"{teller} says: fragmentation needed, its next link takes 1300 bytes"]] * 2
    assert fragmented[0] in {"up", "degraded"}, fragmented
    assert fitting[0] == "up", fitting


@pytest.mark.services
def test_loss_and_delay_are_measured(path, sockets):
    with path.answering("slow"):
        slow = path.look("10.79.2.2", count=3, interval="60ms", degraded_rtt="30ms")
    with path.answering("lossy"):
        lossy = path.look("10.79.2.2", count=20, interval="10ms")
    with path.answering("lossy"):
        tolerated = path.look("10.79.2.2", count=20, interval="10ms", degraded_loss=0.6, max_loss=0.6)

    assert slow[:2] == ["degraded", "slow"]
    assert 0.04 <= slow[3]["probe_icmp_round_trip_seconds.min"] < 0.2
    assert lossy[:3] == ["down", "timeout", "60% lost, limit 50%: 8 of 20 requests answered"]
    assert lossy[3]["probe_icmp_loss_ratio"] == pytest.approx(0.6)
    assert tolerated[0] == "up"


@pytest.mark.services
@pytest.mark.parametrize("count", [1, 5])
@both_loops
def test_silence_is_down_before_the_run_is_abandoned(path, sockets, runner, count):
    path.set(path.far, "net.ipv4.icmp_echo_ignore_all=1")
    silent = path.look("10.79.2.2", runner=runner, within=1, count=count, interval="20ms")
    path.set(path.far, "net.ipv4.icmp_echo_ignore_all=0")

    assert silent[:3] == ["down", "timeout", f"0 of {count} requests answered"]
    assert silent[3]["probe_icmp_loss_ratio"] == 1
    assert silent[3]["took"] < 1.25


@pytest.mark.services
@pytest.mark.parametrize(("manner", "count", "told"), [("lossy", 4, "2 of 4"), ("forger", 3, "0 of 3")])
def test_silence_after_some_answers_ends_in_time(path, sockets, manner, count, told):
    with path.answering(manner):
        seen = path.look("10.79.2.2", within=1, count=count, interval="20ms", max_loss=0.4)

    assert seen[:2] == ["down", "timeout"]
    assert seen[2].endswith(f"{told} requests answered")
    assert seen[3]["took"] < 1.25


@pytest.mark.services
@pytest.mark.parametrize("times", [1, 400])
def test_answers_to_something_else_do_not_count(path, sockets, times):
    seen = {}
    for kind in ("forger", "honest"):
        with path.answering(kind, times):
            seen[kind] = path.look("10.79.2.2", within=1)

    assert seen["forger"][:2] == ["down", "timeout"]
    assert seen["honest"][0] == "up", seen["honest"]


@pytest.mark.services
def test_user_without_rights_needs_the_group_range(path):
    if not may_be_run_by_others():
        pytest.skip("this Python lies where only its owner may read it")
    path.set(path.near, "net.ipv4.ping_group_range=0 2147483647")
    allowed = path.look("10.79.2.2", as_user=True)
    path.set(path.near, "net.ipv4.ping_group_range=1 0")
    refused = path.look("10.79.2.2", as_user=True)

    assert allowed[0] == "up", allowed
    assert refused[:2] == ["unknown", "egress"]
    assert "net.ipv4.ping_group_range" in refused[2]
    assert "CAP_NET_RAW" in refused[2]
