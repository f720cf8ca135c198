"""Certificates are judged by their days left, and measured even when they cannot be trusted."""

import asyncio
from datetime import timedelta

import datashare_monitor_tls
import pytest
from datashare_monitor_tls import TlsProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import TlsServer, assert_conforms, configured, look, serve_stream, serve_tls


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(server: TlsServer, **settings) -> Observation:
    given = {"target": server.target, "tls_config": {"ca_file": server.ca_file}, **settings}
    return await look(configured(TlsProbe, given))


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_tls, lambda address: configured(TlsProbe, {"target": address}))


async def test_good_certificate_is_up_and_measured():
    async with serve_tls() as server:
        seen = await seen_at(server)

    assert seen.status is Status.UP
    assert 0 < readings(seen).pop("probe_ssl_latest_cert_not_before") < server.not_after.timestamp()
    assert {name: value for name, value in readings(seen).items() if "not_before" not in name} == {
        "probe_ssl_earliest_cert_expiry": server.not_after.timestamp(),
        "probe_ssl_last_chain_expiry_timestamp_seconds": server.not_after.timestamp(),
        "probe_tls_version_info": 1,
        "probe_tls_cipher_info": 1,
        "probe_ssl_chain_certificates": 2,
        "probe_ssl_verified": 1,
    }
    assert [reading.labels for reading in seen.readings if reading.labels] == [
        ("TLS 1.3",),
        ("TLS_AES_256_GCM_SHA384",),
    ]


@pytest.mark.parametrize(
    ("days", "status", "reason"),
    [
        (30, Status.UP, None),
        (20, Status.DEGRADED, Reason.CERTIFICATE_EXPIRES),
        (6, Status.DOWN, Reason.CERTIFICATE_EXPIRES),
    ],
)
async def test_days_left_decide(days, status, reason):
    async with serve_tls(ends=timedelta(days=days, hours=1)) as server:
        seen = await seen_at(server, min_days=7, degraded_days=21)

    assert (seen.status, seen.reason) == (status, reason)
    assert f"in {days} days" in seen.detail
    assert f"{server.not_after:%Y-%m-%d}" in seen.detail


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"ends": timedelta(days=-1)}, Reason.CERTIFICATE_EXPIRED),
        ({"names": ("other.example",)}, Reason.CERTIFICATE_NAME),
    ],
)
async def test_certificate_that_is_not_valid_is_down_and_still_measured(certificate, reason):
    async with serve_tls(**certificate) as server:
        seen = await seen_at(server)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()
    assert "probe_ssl_last_chain_expiry_timestamp_seconds" not in readings(seen)


async def test_certificate_of_an_unknown_authority_is_down_and_still_measured():
    async with serve_tls() as server:
        seen = await look(configured(TlsProbe, {"target": server.target}))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


async def test_another_name_can_be_asked_for():
    async with serve_tls(names=("lgsp.example",)) as server:
        seen = await seen_at(server, server_name="lgsp.example")

    assert seen.status is Status.UP


async def test_skipped_verification_still_counts_the_days():
    async with serve_tls(ends=timedelta(days=-3)) as server:
        seen = await seen_at(server, tls_config={"insecure_skip_verify": True})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_EXPIRED)


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"\0" * 50, b"\x16\x03\x03\xff\xff" * 99],
)
async def test_server_that_speaks_no_tls_is_down(data):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(data)

    async with serve_stream(talk) as address:
        seen = await look(configured(TlsProbe, {"target": address}))

    assert seen.status is Status.DOWN
    assert seen.reason in {Reason.TLS, Reason.DISCONNECTED}


def test_server_name_is_written_once():
    with pytest.raises(ValueError, match="server_name once"):
        configured(TlsProbe, {"target": "a.example:443", "server_name": "b", "tls_config": {"server_name": "c"}})
