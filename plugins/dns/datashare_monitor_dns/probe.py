"""The probe of kind ``dns``."""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from datashare_monitor_dns.readings import SUCCEEDED, readings_of
from datashare_monitor_dns.records import ANY_RECORDS, Records, texts
from monitor.plugin import HostPort, IpProtocol, Observation, ProbeError, Reason, Vantage, down, up
from monitor.plugin.addresses import read_host_port
from monitor.plugin.measures import FAILED_DUE_TO_REGEX

LONGEST = 4096
"""Bytes of an answer. A record costs 60 µs to read, and a loop that reads longer ones watches nothing else."""
MOST_STRAYS = 64
"""Datagrams that answer something else, before we stop listening."""


@dataclass(frozen=True, kw_only=True)
class DnsProbe:
    """Asks one question of a name server and judges the answer. Options are named as in blackbox_exporter's dns prober.

    Attributes:
        target: The name server: ``host`` or ``host:port``; the port is 53 when it is left out.
        query_name: What to ask about.
        valid_rcodes: Answer codes accepted.
    """

    target: str
    query_name: str
    query_type: str = "A"
    query_class: str = "IN"
    transport_protocol: Literal["udp", "tcp"] = "udp"
    recursion_desired: bool = True
    valid_rcodes: tuple[str, ...] = ("NOERROR",)
    validate_answer_rrs: Records = ANY_RECORDS
    validate_authority_rrs: Records = ANY_RECORDS
    validate_additional_rrs: Records = ANY_RECORDS
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        try:
            _ = self._server, self._asked(), [dns.rcode.from_text(code) for code in self.valid_rcodes]
        except dns.exception.DNSException as error:
            raise ValueError(f"no such question or code: {error}") from error

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        vantage.note(SUCCEEDED(0))
        identity = secrets.token_bytes(2)
        over = self._over_udp if self.transport_protocol == "udp" else self._over_tcp
        message = await over(vantage, identity, identity + self._question[2:])
        if message is None:
            return down(Reason.PROTOCOL, "answered, but not this question in DNS")
        return self._judge(message)

    def _judge(self, message: dns.message.Message) -> Observation:
        seen = tuple(readings_of(message))
        code = dns.rcode.to_text(message.rcode())
        if code not in self.valid_rcodes:
            return down(Reason.STATUS, f"answered {code}, expected {', '.join(self.valid_rcodes)}", *seen)
        for name, section, expected in (
            ("answer", message.answer, self.validate_answer_rrs),
            ("authority", message.authority, self.validate_authority_rrs),
            ("additional", message.additional, self.validate_additional_rrs),
        ):
            fault = None if expected == ANY_RECORDS else expected.fault(texts(section))
            if fault is not None:
                return down(Reason.CONTENT, f"{name} section: {fault}", *seen, FAILED_DUE_TO_REGEX(1))
        return up(*seen, FAILED_DUE_TO_REGEX(0), detail=f"answered {code}")

    async def _over_udp(self, vantage: Vantage, identity: bytes, question: bytes) -> dns.message.Message | None:
        async with vantage.datagrams(
            self._server.host,
            self._server.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as datagrams:
            with vantage.phase("request"):
                datagrams.send(question)
                for _ in range(MOST_STRAYS):
                    data = await datagrams.receive()
                    if data[:2] == identity and (message := self._read(data)) is not None:
                        return message
        return None

    async def _over_tcp(self, vantage: Vantage, identity: bytes, question: bytes) -> dns.message.Message | None:
        async with vantage.connect(
            self._server.host,
            self._server.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as stream:
            with vantage.phase("request"):
                await stream.write(len(question).to_bytes(2) + question)
                length = int.from_bytes(await stream.read_exactly(2))
                if length > LONGEST:
                    raise ProbeError(Reason.TOO_LARGE, f"an answer of {length} bytes, limit {LONGEST}")
                data = await stream.read_exactly(length)
        return self._read(data) if data[:2] == identity else None

    def _read(self, data: bytes) -> dns.message.Message | None:
        """Return the answer to our question, or None when it is something else."""
        if len(data) > LONGEST:
            raise ProbeError(Reason.TOO_LARGE, f"an answer of {len(data)} bytes, limit {LONGEST}")
        try:
            message = dns.message.from_wire(data, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError) as error:
            raise ProbeError(Reason.PROTOCOL, f"not DNS: {error}") from error
        message.id = self._query.id
        return message if self._query.is_response(message) else None

    @cached_property
    def _server(self) -> HostPort:
        if self.target.count(":") > 1 and not self.target.startswith("["):
            return read_host_port(f"[{self.target}]:53")
        has_port = ":" in self.target.rpartition("]")[2]
        return read_host_port(self.target if has_port else f"{self.target}:53")

    @cached_property
    def _query(self) -> dns.message.QueryMessage:
        return self._asked()

    def _asked(self) -> dns.message.QueryMessage:
        flags = dns.flags.RD if self.recursion_desired else 0
        return dns.message.make_query(self.query_name, self.query_type, self.query_class, flags=flags, id=0)

    @cached_property
    def _question(self) -> bytes:
        return self._query.to_wire()
