"""The probe of kind ``ntp``."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal

from datashare_monitor_ntp.kiss import kissed
from datashare_monitor_ntp.packet import (
    SERVER,
    UNSYNCHRONISED_LEAP,
    UNSYNCHRONISED_STRATUM,
    Answer,
    read,
    request,
)
from datashare_monitor_ntp.readings import LEAP, STRATUM, Sample, readings_of, sample
from monitor.plugin import (
    Duration,
    HostPort,
    IpProtocol,
    Observation,
    Reason,
    Vantage,
    degraded,
    down,
    up,
)
from monitor.plugin.addresses import read_server
from monitor.plugin.quantities import written_duration

MOST_STRAYS = 64
"""Datagrams that do not answer our request, before we stop listening."""
HIGHEST_STRATUM = 15
PORT = 123
USUAL_OFFSET = timedelta(milliseconds=100)
"""What is degraded unless the check says otherwise."""


@dataclass(frozen=True, kw_only=True)
class NtpProbe:
    """Asks a time server for the time, once, and judges it (SNTP, RFC 5905).

    An answer that does not give our request's timestamp back is dropped. The offset is to the clock of the
    monitor, which has to be right itself. A server that says of itself that it is not synchronised is down.

    Attributes:
        target: The time server: ``host`` or ``host:port``; the port is 123 when it is left out.
        version: Of NTP that we speak.
        degraded_offset: Degraded when its clock is further from ours, ahead or behind; 100ms when not set, or
            ``max_offset`` if that is less.
        max_offset: Down when its clock is further from ours.
        degraded_root_dispersion: Degraded when the server says that it may be more wrong than this.
        max_root_dispersion: Down when the server says that it may be more wrong than this.
        degraded_reference_age: Degraded when the server's own clock was set longer ago.
        max_reference_age: Down when the server's own clock was set longer ago.
        degraded_stratum: Degraded when there are more steps to a reference clock; never when not set.
        max_stratum: Down when there are more steps to a reference clock.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: str
    version: Literal[3, 4] = 4
    degraded_offset: Duration | None = None
    max_offset: Duration = timedelta(seconds=1)
    degraded_root_dispersion: Duration | None = None
    max_root_dispersion: Duration | None = None
    degraded_reference_age: Duration | None = None
    max_reference_age: Duration | None = None
    degraded_stratum: int | None = None
    max_stratum: int = HIGHEST_STRATUM
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        _ = self._server
        for name in ("offset", "root_dispersion", "reference_age"):
            first, last = getattr(self, f"degraded_{name}"), getattr(self, f"max_{name}")
            if first is not None and last is not None and first > last:
                raise ValueError(f"degraded_{name} is longer than max_{name}, {written_duration(last)}; change either")
        for name, stratum in (("max_stratum", self.max_stratum), ("degraded_stratum", self.degraded_stratum)):
            if stratum is not None and not 1 <= stratum <= HIGHEST_STRATUM:
                raise ValueError(f"{name} is {stratum}; write 1 to {HIGHEST_STRATUM}")
        if self.degraded_stratum is not None and self.degraded_stratum > self.max_stratum:
            raise ValueError(f"degraded_stratum is above max_stratum, {self.max_stratum}; write a smaller one")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        async with vantage.datagrams(
            self._server.host,
            self._server.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as datagrams:
            with vantage.phase("request"):
                cookie = secrets.token_bytes(8)
                # One look at the wall clock: a step of it in between would be taken for an offset.
                asked, began = vantage.now().timestamp(), time.perf_counter()
                datagrams.send(request(self.version, cookie))
                for _ in range(MOST_STRAYS):
                    answer = read(await datagrams.receive())
                    took = time.perf_counter() - began
                    if answer is not None and answer.mode == SERVER and answer.cookie == cookie:
                        return self._judge(answer, sample(answer, asked, asked + took))
        return down(Reason.PROTOCOL, f"{MOST_STRAYS} datagrams, and none answers our request in NTP")

    def _judge(self, answer: Answer, seen: Sample) -> Observation:
        if answer.stratum == 0 and any(answer.reference):
            return kissed(answer.reference)
        if answer.leap == UNSYNCHRONISED_LEAP or not 0 < answer.stratum < UNSYNCHRONISED_STRATUM:
            detail = f"says that it is not synchronised: leap {answer.leap}, stratum {answer.stratum}"
            return down(Reason.SELF_REPORTED, detail, LEAP(answer.leap), STRATUM(answer.stratum))
        if not answer.sent or not answer.received:
            return down(Reason.CONTENT, "answered without a time", LEAP(answer.leap), STRATUM(answer.stratum))
        measured = readings_of(answer, seen)
        for verdict, level in ((down, "max"), (degraded, "degraded")):
            for reason, fault in self._faults(answer, seen, level):
                return verdict(reason, fault, *measured)
        return up(*measured, detail=f"offset {seen.offset:+.6f} s, stratum {answer.stratum}")

    def _faults(self, answer: Answer, seen: Sample, level: str) -> Iterator[tuple[Reason, str]]:
        stratum: int | None = getattr(self, f"{level}_stratum")
        if stratum is not None and answer.stratum > stratum:
            yield Reason.CONTENT, f"stratum {answer.stratum}, limit {stratum}"
        for name, reason, value in (
            ("offset", Reason.MISMATCH, seen.offset),
            ("root_dispersion", Reason.CONTENT, seen.root_dispersion),
            ("reference_age", Reason.STALE, seen.reference_age),
        ):
            limit: timedelta | None = getattr(self, f"{level}_{name}")
            if name == "offset" and limit is None:
                limit = min(USUAL_OFFSET, self.max_offset)
            if limit is None or value is None or abs(value) <= limit.total_seconds():
                continue
            if name == "reference_age" and value < 0:
                yield Reason.CONTENT, f"its clock was set {-value:.6f} s after the moment that it shows"
            else:
                yield reason, f"{name.replace('_', ' ')} of {value:+.6f} s, limit {limit.total_seconds():g} s"

    @cached_property
    def _server(self) -> HostPort:
        return read_server(self.target, PORT)
