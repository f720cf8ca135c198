"""The probe of kind ``dns``."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import dns.rcode

from datashare_monitor_dns.answer import Answer
from datashare_monitor_dns.question import Question
from datashare_monitor_dns.readings import SUCCEEDED, readings_of
from datashare_monitor_dns.records import ANY_RECORDS, Records
from datashare_monitor_dns.server import Server
from monitor.plugin import (
    IpAddress,
    IpProtocol,
    Observation,
    Reason,
    TlsConfig,
    Vantage,
    down,
    up,
)
from monitor.plugin.addresses import read_server
from monitor.plugin.inspecting import inspecting
from monitor.plugin.measures import FAILED_DUE_TO_REGEX

SMALLEST_EDNS, LARGEST_EDNS = 512, 65_535
LONG_ANSWER = 1232
"""Bytes; a longer one is searched in a thread. As much as most servers put into a datagram (DNS flag day 2020)."""


@dataclass(frozen=True, kw_only=True)
class DnsProbe:
    """Asks one question of a name server and judges the answer. Options are named as in blackbox_exporter's dns prober.

    Attributes:
        target: The name server: ``host`` or ``host:port``; the port is 53 when it is left out, 853 over TLS.
        query_name: What to ask about.
        transport_protocol: ``udp`` or ``tcp``.
        tcp_fallback: Whether to ask again over TCP when the answer over UDP was cut short. Without it, as always in
            blackbox_exporter, a truncated answer counts as it came; the detail says so.
        dns_over_tls: DNS over TLS (RFC 7858); it needs ``transport_protocol: tcp``.
        edns0_udp_size: The longest answer over UDP that we say we take (EDNS), 512 to 65535; none said unless set.
        valid_rcodes: Answer codes accepted.
        source_ip_address: Which of this machine's addresses to ask from.
        query_type: A, AAAA, MX, SOA …
        query_class: Of the question.
        recursion_desired: Whether the server is asked to ask others.
        validate_answer_rrs: What the records of the answer must and must not be.
        validate_authority_rrs: The same for the authority section.
        validate_additional_rrs: The same for the additional section.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: str
    query_name: str
    query_type: str = "A"
    query_class: str = "IN"
    transport_protocol: Literal["udp", "tcp"] = "udp"
    tcp_fallback: bool = False
    dns_over_tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    recursion_desired: bool = True
    edns0_udp_size: int | None = None
    valid_rcodes: tuple[str, ...] = ("NOERROR",)
    validate_answer_rrs: Records = ANY_RECORDS
    validate_authority_rrs: Records = ANY_RECORDS
    validate_additional_rrs: Records = ANY_RECORDS
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    source_ip_address: IpAddress | None = None

    def __post_init__(self) -> None:
        # Nothing of it is kept: a probe goes from process to process as its configuration alone.
        _ = read_server(self.target, 53), self._asked(), codes(self.valid_rcodes)
        if self.dns_over_tls and self.transport_protocol == "udp":
            raise ValueError("dns_over_tls goes over TCP; write transport_protocol: tcp beside it")
        if self.tcp_fallback and self.transport_protocol == "tcp":
            raise ValueError("tcp_fallback is for questions over UDP; take it away, or transport_protocol: tcp")
        if self.edns0_udp_size is not None and not SMALLEST_EDNS <= self.edns0_udp_size <= LARGEST_EDNS:
            raise ValueError(f"edns0_udp_size is a number of bytes from {SMALLEST_EDNS} to {LARGEST_EDNS}")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        vantage.note(SUCCEEDED(0))
        server, question = self._server, self._question
        if self.transport_protocol == "tcp":
            async with self._inspecting(vantage):
                return await self._judged(await server.over_tcp(vantage, question))
        answer = await server.over_udp(vantage, question)
        if answer.is_truncated and self.tcp_fallback:
            answer = await server.over_tcp(vantage, question)
        return await self._judged(answer)

    async def _judged(self, answer: Answer) -> Observation:
        """Return the verdict; on a long answer that is to be searched, in a thread."""
        is_plain = self._expected == (ANY_RECORDS,) * len(self._expected)
        if is_plain or answer.size <= LONG_ANSWER:
            return self._judge(answer)
        return await asyncio.to_thread(self._judge, answer)

    @property
    def _expected(self) -> tuple[Records, Records, Records]:
        return self.validate_answer_rrs, self.validate_authority_rrs, self.validate_additional_rrs

    def _judge(self, answer: Answer) -> Observation:
        seen = tuple(readings_of(answer))
        code = dns.rcode.to_text(dns.rcode.Rcode.make(answer.rcode))
        said = f"answered {code}, truncated" if answer.is_truncated else f"answered {code}"
        if answer.rcode not in codes(self.valid_rcodes):
            return down(Reason.STATUS, f"{said}, expected {', '.join(self.valid_rcodes)}", *seen)
        sections = {"answer": answer.answer, "authority": answer.authority, "additional": answer.additional}
        for (name, section), expected in zip(sections.items(), self._expected, strict=True):
            fault = None if expected == ANY_RECORDS else expected.fault(section)
            if fault is not None:
                return down(Reason.CONTENT, f"{name} section: {fault}", *seen, FAILED_DUE_TO_REGEX(1))
        return up(*seen, FAILED_DUE_TO_REGEX(0), detail=said)

    def _inspecting(self, vantage: Vantage) -> AbstractAsyncContextManager[None]:
        return inspecting(
            vantage,
            self._server.place,
            self.tls_config,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        )

    @cached_property
    def _server(self) -> Server:
        return Server(
            place=read_server(self.target, 853 if self.dns_over_tls else 53),
            tls_config=self.tls_config if self.dns_over_tls else None,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            source_ip_address=self.source_ip_address,
        )

    @cached_property
    def _question(self) -> Question:
        return self._asked()

    def _asked(self) -> Question:
        return Question.of(
            self.query_name,
            self.query_type,
            self.query_class,
            recursion_desired=self.recursion_desired,
            edns0_udp_size=self.edns0_udp_size,
        )


def codes(texts: tuple[str, ...]) -> frozenset[int]:
    """Return the answer codes of these names.

    Raises:
        ValueError: There is no such code, or none at all.
    """
    if not texts:
        raise ValueError("valid_rcodes names no code, so no answer would do; write NOERROR, or leave it out")
    try:
        return frozenset(int(dns.rcode.from_text(text)) for text in texts)
    except (dns.rcode.UnknownRcode, ValueError):
        named = ", ".join(texts)
        raise ValueError(
            f"valid_rcodes has a code that does not exist: {named}; write NOERROR, NXDOMAIN, SERVFAIL, REFUSED …"
        ) from None
