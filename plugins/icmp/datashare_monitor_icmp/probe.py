"""The probe of kind ``icmp``."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address

from datashare_monitor_icmp.tally import IP_PROTOCOL, Tally, readings_of
from monitor.plugin import (
    Address,
    Duration,
    Echo,
    Echoes,
    EchoOptions,
    IpProtocol,
    Observation,
    Reading,
    Reason,
    Vantage,
    degraded,
    down,
    unknown,
    up,
)
from monitor.plugin.addresses import read_host_port, without_credentials

MOST_REQUESTS = 100
LARGEST_PAYLOAD = 65_507
"""The payload that fills the longest IPv4 packet, beside its header and ICMP's."""
SHORTEST_INTERVAL = timedelta(milliseconds=10)
TOKEN_BYTES = 16
"""Of a payload, what nobody can guess."""


@dataclass(frozen=True, kw_only=True)
class IcmpProbe:
    """Sends ICMP echo requests and judges the answers. Options are named as in blackbox_exporter's icmp prober.

    Only an answer with the identity, the sequence number and the whole payload of a request counts. An answer that has
    not come shortly before the timeout of the check is lost; when none comes, the check is down whatever the limits.
    It needs a datagram ICMP socket (the monitor's group in sysctl net.ipv4.ping_group_range) or CAP_NET_RAW.

    Attributes:
        target: A host name or an address.
        count: Requests sent, 1 to 100.
        interval: Between two requests, at least 10ms. All must fit into the timeout of the check.
        payload_size: Bytes behind the ICMP header, 0 to 65507. Short ones are easier to forge an answer to.
        dont_fragment: Whether routers may not fragment; a packet too large for a link on the way is then down.
        ttl: Hop limit, 1 to 255; the system's own when it is not set.
        source_ip_address: An address of this machine to send from.
        degraded_loss: Degraded when a larger share is lost, 0 to 1.
        max_loss: Down when a larger share is lost, 0 to 1.
        degraded_rtt: Degraded when the mean of the round trips is longer.
        max_rtt: Down when the mean of the round trips is longer.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: str
    count: int = 1
    interval: Duration = timedelta(milliseconds=200)
    payload_size: int = 28
    dont_fragment: bool = False
    ttl: int | None = None
    source_ip_address: str | None = None
    degraded_loss: float = 0.0
    max_loss: float = 0.5
    degraded_rtt: Duration | None = None
    max_rtt: Duration | None = None
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        _ = self._host, self._options
        if not 1 <= self.count <= MOST_REQUESTS:
            raise ValueError(f"count is {self.count}; write 1 to {MOST_REQUESTS}")
        if self.interval < SHORTEST_INTERVAL:
            raise ValueError("interval is too short; write 10ms or more")
        if not 0 <= self.payload_size <= LARGEST_PAYLOAD:
            raise ValueError(f"payload_size is {self.payload_size}; write 0 to {LARGEST_PAYLOAD}")
        if self.ttl is not None and not 1 <= self.ttl <= 255:
            raise ValueError(f"ttl is {self.ttl}; write 1 to 255, or leave it out")
        if not 0 <= self.degraded_loss <= self.max_loss <= 1:
            raise ValueError("write 0 to 1 for degraded_loss and max_loss, the first not above the second")
        if self.max_rtt is not None and self.degraded_rtt is not None and self.degraded_rtt > self.max_rtt:
            raise ValueError("degraded_rtt is longer than max_rtt; write a shorter one")

    async def observe(self, vantage: Vantage) -> Observation:
        """Send the requests once."""
        spread = (self.count - 1) * self.interval.total_seconds()
        if spread >= vantage.deadline - time.monotonic():
            detail = f"{self.count} requests over {spread:g} s do not fit into the timeout; lower count or interval"
            return unknown(Reason.PLUGIN, detail)
        async with vantage.echoes(
            self._host,
            options=self._options,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as echoes:
            with vantage.phase("rtt"):
                tally = await self._exchange(echoes, vantage.deadline)
            version = echoes.address.version
        return self._judge(tally, (IP_PROTOCOL(version), *readings_of(tally)))

    async def _exchange(self, echoes: Echoes, deadline: float) -> Tally:
        tally = Tally()
        for number in range(self.count):
            tally.sent += 1
            payload = secrets.token_bytes(min(self.payload_size, TOKEN_BYTES)).ljust(self.payload_size, b"\0")
            echoes.send(number, payload)
            is_last = number == self.count - 1
            left = deadline - time.monotonic()
            await _collect(echoes, tally, left if is_last else self.interval.total_seconds(), until_complete=is_last)
        return tally

    def _judge(self, tally: Tally, seen: Sequence[Reading]) -> Observation:
        if not tally.answers:
            first = tally.refusals[0] if tally.refusals else Echo(number=0, reason=Reason.TIMEOUT, detail=tally.words)
            return down(first.reason or Reason.TIMEOUT, first.detail, *seen)
        for verdict, most_loss, longest in (
            (down, self.max_loss, self.max_rtt),
            (degraded, self.degraded_loss, self.degraded_rtt),
        ):
            if tally.loss > most_loss:
                return verdict(Reason.TIMEOUT, f"{tally.loss:.0%} lost, limit {most_loss:.0%}: {tally.words}", *seen)
            if longest is not None and tally.mean_seconds > longest.total_seconds():
                limit = f"limit {longest.total_seconds() * 1000:g} ms"
                return verdict(Reason.SLOW, f"round trip of {tally.mean_seconds * 1000:.1f} ms, {limit}", *seen)
        return up(*seen, detail=f"{tally.words}, round trip of {tally.mean_seconds * 1000:.1f} ms")

    @cached_property
    def _host(self) -> str:
        if "://" in self.target:
            raise ValueError(f"{without_credentials(self.target)} is a URL; write the host alone")
        bracketed = f"[{self.target}]" if ":" in self.target and not self.target.startswith("[") else self.target
        if bracketed.count(":") == 1:
            raise ValueError(f"{self.target} has a port, which ICMP does not know; write the host alone")
        return read_host_port(f"{bracketed}:1").host

    @cached_property
    def _options(self) -> EchoOptions:
        return EchoOptions(source=self._source(), ttl=self.ttl, dont_fragment=self.dont_fragment)

    def _source(self) -> Address | None:
        if self.source_ip_address is None:
            return None
        try:
            return ip_address(self.source_ip_address)
        except ValueError:
            raise ValueError("source_ip_address is not an IP address; write one of this machine's") from None


async def _collect(echoes: Echoes, tally: Tally, seconds: float, *, until_complete: bool) -> None:
    """Take what comes in so many seconds, or until every request is accounted for."""
    try:
        async with asyncio.timeout(seconds):
            while not (until_complete and tally.is_complete):
                echo = await echoes.receive()
                (tally.answers if echo.reason is None else tally.refusals).append(echo)
    except TimeoutError:
        return
