"""How a question gets to the name server, and its answer back."""

import secrets
from dataclasses import dataclass

import dns.exception

from datashare_monitor_dns.answer import Answer, read
from datashare_monitor_dns.question import Question
from monitor.plugin import Address, HostPort, IpProtocol, ProbeError, Reason, TlsConfig, Vantage
from monitor.plugin.measures import tls_readings

MOST_STRAYS = 64
"""Datagrams that answer something else, before we stop listening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A name server, and the way to it."""

    place: HostPort
    tls_config: TlsConfig | None
    preferred_ip_protocol: IpProtocol
    ip_protocol_fallback: bool
    source_ip_address: Address | None

    async def over_udp(self, vantage: Vantage, question: Question) -> Answer:
        """Ask in a datagram.

        Raises:
            ProbeError: What comes back is not DNS, or answers something else (``Reason.PROTOCOL``).
            OSError: Nothing comes back.
        """
        identity = secrets.token_bytes(2)
        async with vantage.datagrams(
            self.place.host,
            self.place.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            source_ip_address=self.source_ip_address,
        ) as datagrams:
            with vantage.phase("request"):
                datagrams.send(question.wire(identity))
                for _ in range(MOST_STRAYS):
                    data = await datagrams.receive()
                    if data[:2] == identity and question.is_answered_by(answer := await understood(data)):
                        return answer
        raise other()

    async def over_tcp(self, vantage: Vantage, question: Question) -> Answer:
        """Ask over a connection, with TLS if it is to be. Raises as ``over_udp``."""
        identity = secrets.token_bytes(2)
        async with vantage.connect(
            self.place.host,
            self.place.port,
            tls_config=self.tls_config,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            source_ip_address=self.source_ip_address,
        ) as stream:
            if stream.tls is not None:
                vantage.note(*tls_readings(stream.tls))
            with vantage.phase("request"):
                asked = question.wire(identity)
                await stream.write(len(asked).to_bytes(2) + asked)
                data = await stream.read_exactly(int.from_bytes(await stream.read_exactly(2)))
        answer = await understood(data)
        if data[:2] != identity or not question.is_answered_by(answer):
            raise other()
        return answer


async def understood(data: bytes) -> Answer:
    """Return the message.

    Raises:
        ProbeError: It is none.
    """
    try:
        return await read(data)
    except (dns.exception.DNSException, ValueError) as error:
        raise ProbeError(Reason.PROTOCOL, f"not DNS: {error}") from error


def other() -> ProbeError:
    """Return the error for a server that answers something else."""
    return ProbeError(Reason.PROTOCOL, "answered, but not this question in DNS")
