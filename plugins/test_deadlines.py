"""The stages that kinds have in common, each for each kind that has it: a look that stalls there ends in time.

Over means 250 ms after the timeout at the latest, and with a timeout as the reason. What a kind's own protocol adds to
these stages is in the folder of the kind.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from datashare_monitor_dns import DnsProbe
from datashare_monitor_grpc import GrpcProbe
from datashare_monitor_http import HttpProbe
from datashare_monitor_icmp import IcmpProbe
from datashare_monitor_ldap import LdapProbe
from datashare_monitor_ntp import NtpProbe
from datashare_monitor_tcp import TcpProbe, UdpProbe
from datashare_monitor_tls import TlsProbe
from datashare_monitor_websocket import WebsocketProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, crowded, dripping, run, serve_stream, serve_tls, stalled

TIMEOUT = timedelta(milliseconds=300)
LATEST_SECONDS = TIMEOUT.total_seconds() + 0.25
HELLO = b"\x16\x03\x03\x00\x7a\x02"
"""The beginning of what a server answers to a TLS handshake."""
LARGE_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xff"
TRUSTING = {"tls_config": {"insecure_skip_verify": True}}
QUESTION = {"query_name": "dancu.example"}

Asking = Callable[[str], Any]
"""Makes a probe that asks whoever is at ``host:port``."""


def asking(probe: type, target: str = "{}", **settings: Any) -> Asking:
    return lambda address: configured(probe, {"target": target.format(address), **settings})


STREAMS: dict[str, Asking] = {
    "http": asking(HttpProbe, "http://{}/"),
    "tcp": asking(TcpProbe, query_response=[{"expect": "^220 "}]),
    "tls of a mail server": asking(TlsProbe, starttls="smtp"),
    "dns over TCP": asking(DnsProbe, transport_protocol="tcp", **QUESTION),
    "grpc": asking(GrpcProbe),
    "websocket": asking(WebsocketProbe, "ws://{}/"),
    "ldap": asking(LdapProbe),
}
SECURE: dict[str, tuple[Asking, str]] = {
    "http": (asking(HttpProbe, "https://{}/", **TRUSTING), "http/1.1"),
    "http of version 2": (asking(HttpProbe, "https://{}/", enable_http2=True, **TRUSTING), "h2"),
    "tcp": (asking(TcpProbe, tls=True, query_response=[{"expect": "^220 "}], **TRUSTING), ""),
    "dns over TLS": (asking(DnsProbe, transport_protocol="tcp", dns_over_tls=True, **QUESTION, **TRUSTING), ""),
    "grpc": (asking(GrpcProbe, tls=True, **TRUSTING), "h2"),
    "websocket": (asking(WebsocketProbe, "wss://{}/", **TRUSTING), "http/1.1"),
    "ldap": (asking(LdapProbe, tls=True, **TRUSTING), ""),
}
"""With the protocol that a server chooses, if the kind offers any."""
TLS = {**{kind: probe for kind, (probe, _) in SECURE.items()}, "tls": asking(TlsProbe)}
DATAGRAMS: dict[str, Asking] = {
    "udp": asking(UdpProbe, send="ping"),
    "dns": asking(DnsProbe, **QUESTION),
    "dns that may go on over TCP": asking(DnsProbe, tcp_fallback=True, **QUESTION),
    "ntp": asking(NtpProbe),
}
NAMED: dict[str, Asking] = {
    **STREAMS,
    **{f"{kind}, with TLS": probe for kind, probe in TLS.items()},
    **DATAGRAMS,
    "icmp": lambda address: configured(IcmpProbe, {"target": address.partition(":")[0]}),
}


def each(kinds: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds)


async def ends_in_time(probe: Any, *, nameservers: tuple[str, ...] = ()) -> None:
    outcome = await run(probe, within=TIMEOUT, nameservers=nameservers)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < LATEST_SECONDS


def saying(piece: bytes):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(piece)
        await asyncio.sleep(60)

    return partial(serve_stream, talk)


@asynccontextmanager
async def silent_over_tls(protocol: str) -> AsyncIterator[str]:
    """A target that shakes hands as it should, and never says a word."""

    async def talk(*_: Any) -> None:
        await asyncio.sleep(60)

    async with serve_tls() as files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = Path(files.ca_file).parent
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        if protocol:
            context.set_alpn_protocols([protocol])
        async with serve_stream(talk, tls=context) as address:
            yield address


@each(NAMED)
async def test_name_that_does_not_resolve(kind):
    async with stalled() as nameserver:
        await ends_in_time(NAMED[kind]("nobody.example:9"), nameservers=(nameserver,))


@each(STREAMS | {f"{kind}, with TLS": probe for kind, probe in TLS.items()})
async def test_connection_that_is_not_taken(kind):
    async with crowded() as address:
        await ends_in_time(NAMED[kind](address))


@pytest.mark.parametrize(
    "server",
    [stalled, saying(HELLO), partial(dripping, b"\0", LARGE_RECORD)],
    ids=["before", "amid", "dripping"],
)
@each(TLS)
async def test_handshake(kind, server):
    async with server() as address:
        await ends_in_time(TLS[kind](address))


@each(STREAMS)
async def test_first_byte(kind):
    async with stalled() as address:
        await ends_in_time(STREAMS[kind](address))


@each(SECURE)
async def test_first_byte_behind_the_handshake(kind):
    probe, protocol = SECURE[kind]
    async with silent_over_tls(protocol) as address:
        await ends_in_time(probe(address))


@each(DATAGRAMS)
async def test_datagram_that_is_not_answered(kind):
    async with stalled() as address:
        await ends_in_time(DATAGRAMS[kind](address))
