"""A certificate that is refused is measured all the same by every kind that speaks TLS from the start, and in time."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from datashare_monitor_dns import DnsProbe
from datashare_monitor_grpc import GrpcProbe
from datashare_monitor_ldap import LdapProbe
from datashare_monitor_tcp import TcpProbe
from datashare_monitor_tls import TlsProbe
from datashare_monitor_websocket import WebsocketProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, look, run, serve_stream, serve_tls

TIMEOUT = timedelta(milliseconds=500)
OVER_TLS = {"query_name": "dancu.example", "transport_protocol": "tcp", "dns_over_tls": True}
KINDS: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "tls": lambda at, tls: configured(TlsProbe, {"target": at, "tls_config": tls}),
    "tcp": lambda at, tls: configured(TcpProbe, {"target": at, "tls": True, "tls_config": tls}),
    "dns": lambda at, tls: configured(DnsProbe, {"target": at, **OVER_TLS, "tls_config": tls}),
    "grpc": lambda at, tls: configured(GrpcProbe, {"target": at, "tls": True, "tls_config": tls}),
    "ldap": lambda at, tls: configured(LdapProbe, {"target": at, "tls": True, "tls_config": tls}),
    "websocket": lambda at, tls: configured(WebsocketProbe, {"target": f"wss://{at}/", "tls_config": tls}),
}


def expiry(seen) -> list[float]:
    return [one.value for one in seen.readings if one.measure.name == "probe_ssl_earliest_cert_expiry"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [Reason.CERTIFICATE_UNTRUSTED, Reason.CERTIFICATE_NAME, Reason.CERTIFICATE_EXPIRED])
async def test_refused_certificate_has_its_own_reason_and_is_measured(kind, fault):
    ends = timedelta(days=-2 if fault is Reason.CERTIFICATE_EXPIRED else 30)
    async with serve_tls(ends=ends) as server:
        config = {} if fault is Reason.CERTIFICATE_UNTRUSTED else {"ca_file": server.ca_file}
        config |= {"server_name": "other.example"} if fault is Reason.CERTIFICATE_NAME else {}
        seen = await look(KINDS[kind](server.target, config))

    assert (seen.status, seen.reason) == (Status.DOWN, fault), seen.detail
    assert expiry(seen) == [server.not_after.timestamp()]


@asynccontextmanager
async def stalling_after(server: str, connections: int):
    """Forward to a server as many connections, and say nothing on those that come after."""
    taken = 0

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        taken += 1
        if taken > connections:
            await asyncio.sleep(60)
        far_reader, far_writer = await asyncio.open_connection(*server.split(":"))

        async def copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)

        ways = [asyncio.create_task(copied(reader, far_writer)), asyncio.create_task(copied(far_reader, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        far_writer.close()

    async with serve_stream(forward) as address:
        yield address


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "tls"])
async def test_certificate_stays_the_reason_when_there_is_no_time_to_measure_it(kind):
    async with serve_tls() as server, stalling_after(server.target, 1) as address:
        outcome = await run(KINDS[kind](address, {}), within=TIMEOUT)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + 0.25
