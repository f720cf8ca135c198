"""A time server is judged by its own words and by its offset, and only an answer to our request counts."""

import asyncio
import os
import socket
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import datashare_monitor_ntp
import pytest
from datashare_monitor_ntp import NtpProbe
from datashare_monitor_ntp.packet import ERA, FRACTION, UNIX_EPOCH, between, read, request, stamp

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, run, stalled

WITHIN = timedelta(milliseconds=400)
Answering = Callable[[bytes], list[bytes]]


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        for answer in self._answering(data):
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def served(answering: Answering) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Server(answering), local_addr=("127.0.0.1", 0))
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


def answered(
    asked: bytes, *, leap=0, mode=4, stratum=2, ahead=0.0, dispersion=0.01, age=10.0, reference=b"GPS\0", cookie=None
) -> bytes:
    now = time.time() + ahead
    moment = stamp(now).to_bytes(8)
    return struct.pack(
        "!BBbbII4s8s8s8s8s", leap << 6 | 4 << 3 | mode, stratum, 6, -20, 655, round(dispersion * 65536), reference,
        stamp(now - age).to_bytes(8), asked[40:48] if cookie is None else cookie, moment, moment,
    )  # fmt: skip


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: timedelta = timedelta(seconds=5), **settings) -> Observation:
    return await look(configured(NtpProbe, {"target": address, **settings}), within=within)


async def seen_of(within: timedelta = timedelta(seconds=5), *, settings=None, **says) -> Observation:
    async with served(lambda asked: [answered(asked, **says)]) as address:
        return await seen_at(address, within=within, **(settings or {}))


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_ntp, lambda address: configured(NtpProbe, {"target": address}))


async def test_right_time_is_up_and_measured():
    seen = await seen_of(ahead=0.05)

    assert seen.status is Status.UP, seen.detail
    found = readings(seen)
    assert found.pop("probe_ntp_offset_seconds") == pytest.approx(0.05, abs=0.02)
    assert 0 <= found.pop("probe_ntp_delay_seconds") < 0.1
    assert found == {
        "probe_ntp_stratum": 2,
        "probe_ntp_leap": 0,
        "probe_ntp_root_delay_seconds": pytest.approx(0.01, abs=0.001),
        "probe_ntp_root_dispersion_seconds": pytest.approx(0.01, abs=0.001),
        "probe_ntp_reference_age_seconds": pytest.approx(10, abs=0.001),
    }


@pytest.mark.parametrize(("ahead", "status"), [(0.5, Status.DEGRADED), (-0.5, Status.DEGRADED), (-90_000, Status.DOWN)])
async def test_offset_is_judged_whichever_way_it_goes(ahead, status):
    seen = await seen_of(ahead=ahead)

    assert (seen.status, seen.reason) == (status, Reason.MISMATCH)
    assert seen.detail.startswith(f"offset of {ahead:+.1f}"[:11])
    assert readings(seen)["probe_ntp_offset_seconds"] == pytest.approx(ahead, abs=0.1)


@pytest.mark.parametrize(
    ("says", "limits", "reason", "detail"),
    [
        ({"stratum": 9}, {"stratum": 4}, Reason.CONTENT, "stratum 9, limit 4"),
        (
            {"dispersion": 0.5},
            {"root_dispersion": "200ms"},
            Reason.CONTENT,
            "root dispersion of +0.500000 s, limit 0.2 s",
        ),
        ({"age": 9000.0}, {"reference_age": "1h"}, Reason.STALE, "reference age of +9000.000000 s, limit 3600 s"),
    ],
)
async def test_limits_are_kept(says, limits, reason, detail):
    for level, status in (("max", Status.DOWN), ("degraded", Status.DEGRADED)):
        seen = await seen_of(**says, settings={f"{level}_{name}": limit for name, limit in limits.items()})

        assert (seen.status, seen.reason, seen.detail) == (status, reason, detail)


@pytest.mark.parametrize(
    ("ahead", "settings", "status"),
    [
        (0.07, {"max_offset": "50ms"}, Status.DOWN),
        (0.07, {"degraded_offset": "20ms"}, Status.DEGRADED),
        (0.07, {"degraded_offset": "20ms", "max_offset": "50ms"}, Status.DOWN),
        (0.5, {"degraded_offset": "800ms"}, Status.UP),
        (5.0, {"max_offset": "10s"}, Status.DEGRADED),
        (5.0, {"degraded_offset": "9s", "max_offset": "10s"}, Status.UP),
    ],
)
async def test_one_limit_may_be_set_without_the_other(ahead, settings, status):
    assert (await seen_of(ahead=ahead, settings=settings)).status is status


async def test_clock_that_was_set_in_the_future_is_told_so():
    seen = await seen_of(age=-7200.0, settings={"max_reference_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail.startswith("its clock was set 7200.0000")


@pytest.mark.parametrize("leap", [1, 2])
async def test_leap_second_to_come_is_no_fault(leap):
    seen = await seen_of(leap=leap)

    assert (seen.status, readings(seen)["probe_ntp_leap"]) == (Status.UP, leap)


async def test_authenticator_behind_the_answer_is_left():
    async with served(lambda asked: [answered(asked) + b"\0\0\0\1" + bytes(16)]) as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP


@pytest.mark.parametrize("family", ["ip4", "ip6"])
async def test_family_is_the_one_that_is_asked_for(family):
    async with served(lambda asked: [answered(asked)]) as address:
        seen = await seen_at(address, preferred_ip_protocol=family, ip_protocol_fallback=False)

    expected = (Status.UP, None) if family == "ip4" else (Status.DOWN, Reason.DNS)
    assert (seen.status, seen.reason) == expected


@pytest.mark.parametrize(
    "says", [{"leap": 3}, {"stratum": 16}, {"stratum": 200}, {"stratum": 0, "reference": bytes(4)}]
)
async def test_server_that_is_not_synchronised_is_down(says):
    seen = await seen_of(**says)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SELF_REPORTED)
    assert seen.detail.startswith("says that it is not synchronised")
    assert "probe_ntp_offset_seconds" not in readings(seen)


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (b"RATE", Reason.THROTTLED, "RATE): we ask too often"),
        (b"DENY", Reason.FORBIDDEN, "DENY): it denies us"),
        (b"INIT", Reason.SELF_REPORTED, "INIT): it has just started"),
        (b"X\0\xff\n", Reason.SERVICE_FAULT, "X): a code that no standard has"),
        (b"\xff" * 4, Reason.SERVICE_FAULT, "ffffffff): a code that no standard has"),
    ],
)
async def test_kiss_of_death_is_explained(code, reason, words):
    seen = await seen_of(stratum=0, leap=3, reference=code)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert words in seen.detail


STRAYS = {
    "another cookie": lambda asked: answered(asked, cookie=bytes(8), ahead=500),
    "a request": lambda asked: answered(asked, mode=3),
    "a broadcast": lambda asked: answered(asked, mode=5),
    "too short": lambda asked: answered(asked)[:47],
    "noise": lambda asked: b"\xff" * 1400,
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
async def test_what_does_not_answer_our_request_is_dropped(stray):
    async with served(lambda asked: [stray(asked)] * 10 + [answered(asked)]) as address:
        seen = await seen_at(address)
    async with served(lambda asked: [stray(asked)]) as address:
        alone = await seen_at(address, within=WITHIN)
    async with served(lambda asked: [stray(asked)] * 64) as address:
        flood = await seen_at(address, within=WITHIN)

    assert seen.status is Status.UP
    assert (alone.status, alone.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert (flood.status, flood.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_request_tells_nothing_of_our_clock():
    asked = []
    async with served(lambda data: [asked.append(data), answered(data)][1:]) as address:
        for _ in range(2):
            await seen_at(address, version=3)

    assert {len(each) for each in asked} == {48}
    assert {each[:40] for each in asked} == {b"\x1b" + bytes(39)}
    assert asked[0][40:] != asked[1][40:]


async def test_answer_without_a_time_is_down():
    async with served(lambda asked: [answered(asked)[:32] + bytes(16)]) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) != (Status.UP, None)


async def test_refusal_and_silence_are_down():
    async with refused() as address:
        closed = await seen_at(address)
    async with stalled() as address:
        outcome = await run(configured(NtpProbe, {"target": address}), within=WITHIN)

    assert (closed.status, closed.reason) == (Status.DOWN, Reason.REFUSED)
    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
async def test_strays_that_drip_for_ever_end_in_time(stray):
    class Dripping(asyncio.DatagramProtocol):
        def connection_made(self, transport) -> None:
            self._transport = transport

        def datagram_received(self, data: bytes, addr) -> None:
            self._transport.sendto(stray(data), addr)
            asyncio.get_running_loop().call_later(0.02, self.datagram_received, data, addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Dripping, local_addr=("127.0.0.1", 0))
    address = "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    outcome = await run(configured(NtpProbe, {"target": address}), within=WITHIN)
    transport.abort()

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


def test_times_survive_the_turn_of_an_era():
    turn = ERA // FRACTION - UNIX_EPOCH  # 2036-02-07

    assert between(stamp(turn - 1), stamp(turn + 1)) == 2
    assert between(stamp(turn + 1), stamp(turn - 1)) == -2
    assert stamp(turn) == 0


@pytest.mark.parametrize("length", [0, 1, 47])
def test_short_packet_is_none(length):
    assert read(bytes(length)) is None


def test_request_is_a_client_s():
    assert request(4, b"01234567") == b"\x23" + bytes(39) + b"01234567"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "ntp.example:99999"}, "port"),
        ({"target": ""}, "host"),
        ({"target": "ntp://ntp.example"}, '"ntp://ntp.example" is a URL; write host, or host:port'),
        ({"target": "ntp. example"}, '"ntp. example" holds no host name'),
        ({"target": "fe80::zz"}, '"fe80::zz" holds no IPv6 address'),
        ({"version": 5}, "3 or 4"),
        ({"degraded_offset": "2s"}, "degraded_offset is longer than max_offset, 1s"),
        ({"degraded_offset": "60ms", "max_offset": "50ms"}, "degraded_offset is longer than max_offset, 50ms"),
        ({"degraded_root_dispersion": "2s", "max_root_dispersion": "1s"}, "degraded_root_dispersion is longer"),
        ({"degraded_reference_age": "2h", "max_reference_age": "1h"}, "degraded_reference_age is longer"),
        ({"max_stratum": 16}, "max_stratum is 16; write 1 to 15"),
        ({"degraded_stratum": 0}, "degraded_stratum is 0; write 1 to 15"),
        ({"degraded_stratum": 5, "max_stratum": 4}, "degraded_stratum is above max_stratum, 4"),
        ({"max_offset": "-1s"}, "duration"),
        ({"max_offest": "1s"}, "max_offest"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(NtpProbe, {"target": "ntp.example", **settings})


@pytest.mark.parametrize(("target", "port"), [("ntp.example", 123), ("ntp.example:1123", 1123), ("2001:db8::1", 123)])
def test_port_may_be_left_out(target, port):
    assert configured(NtpProbe, {"target": target})._server.port == port


@contextmanager
def chrony(binary: str, folder: Path, *lines: str):
    """Run chronyd, without rights and without touching the clock, on a free port."""
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [
        f"port {port}",
        "bindaddress 127.0.0.1",
        "cmdport 0",
        "bindcmdaddress /",
        f"pidfile {folder}/pid",
        *lines,
    ]
    (folder / "chrony.conf").write_text("\n".join(settings) + "\n")
    folder.chmod(0o777)
    rights = ["--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    rights = ["setpriv", "--pdeathsig=KILL", *rights]
    command = [*rights, binary, "-U", "-x", "-d", "-f", str(folder / "chrony.conf")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as running:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            running.terminate()


async def once_up(address: str, **settings) -> Observation:
    """Look until the server that was just started answers at all."""
    until = time.monotonic() + 10
    while True:
        seen = await seen_at(address, within=timedelta(seconds=1), **settings)
        if seen.reason not in {Reason.REFUSED, Reason.TIMEOUT} or time.monotonic() > until:
            return seen
        await asyncio.sleep(0.05)


@pytest.fixture
def folder():
    """A directory that a server without rights can reach."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ntp") as name:
        yield Path(name)


@pytest.mark.services
@pytest.mark.parametrize("version", [3, 4])
async def test_chrony_with_a_local_clock_is_up(need, folder, version):
    with chrony(need("chronyd", "chrony"), folder, "local stratum 8", "allow 127.0.0.0/8") as address:
        seen = await once_up(address, version=version)
        strict = await seen_at(address, max_stratum=4)
        lenient = await seen_at(address, degraded_stratum=4)
        recent = await seen_at(address, max_reference_age="1ms")
        precise = await seen_at(address, max_offset="1s", degraded_root_dispersion="1h", max_reference_age="1h")

    assert seen.status is Status.UP, (seen.detail, (folder / "log").read_text())
    assert readings(seen)["probe_ntp_stratum"] == 8
    assert abs(readings(seen)["probe_ntp_offset_seconds"]) < 0.05
    assert (strict.status, strict.detail) == (Status.DOWN, "stratum 8, limit 4")
    assert (lenient.status, lenient.detail) == (Status.DEGRADED, "stratum 8, limit 4")
    assert (recent.status, recent.reason) == (Status.DOWN, Reason.STALE)
    assert precise.status is Status.UP


@pytest.mark.services
async def test_chrony_without_a_clock_is_down(need, folder):
    with chrony(need("chronyd", "chrony"), folder, "allow 127.0.0.0/8") as address:
        seen = await once_up(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SELF_REPORTED), (folder / "log").read_text()
