"""The probe of kind ``udp``."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from datashare_monitor_tcp.conversation import unlike
from monitor.plugin import (
    Datagrams,
    IpAddress,
    IpProtocol,
    Observation,
    Pattern,
    Reason,
    SocketAddress,
    UnixPath,
    Vantage,
    down,
    up,
)
from monitor.plugin.measures import FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX

UDP_MEASURES = (FAILED_DUE_TO_REGEX, FAILED_DUE_TO_BYTES)
LONGEST = 65_507
"""Bytes that fit into one UDP datagram over IPv4."""


@dataclass(frozen=True, kw_only=True)
class UdpProbe:
    """Sends one datagram and judges the first that comes back. Silence is a timeout, ICMP's word a refusal.

    Attributes:
        target: ``host:port``, or ``unix:/run/app.sock``, which ``egress.sockets`` of the monitor has to admit.
        send: What to send: a text in UTF-8, without a newline of ours. Escapes are YAML's, in double quotes.
        send_hex: What to send, in hexadecimal: ``"0a 1b"``.
        expect: Down unless the answer matches.
        expect_bytes: Down unless the answer begins with this text in UTF-8.
        expect_hex: Down unless the answer begins with this, in hexadecimal.
        source_ip_address: Which of this machine's addresses to send from.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: SocketAddress
    send: str = ""
    send_hex: str = ""
    expect: Pattern | None = None
    expect_bytes: str = ""
    expect_hex: str = ""
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    source_ip_address: IpAddress | None = None

    def __post_init__(self) -> None:
        for one, other in (("send", "send_hex"), ("expect_bytes", "expect_hex")):
            if getattr(self, one) and getattr(self, other):
                raise ValueError(f"write either {one} or {other}")
        sent, _ = octets("send_hex", self.send_hex, self.send), octets("expect_hex", self.expect_hex, "")
        if not sent:
            raise ValueError("nobody answers a datagram that was not sent; write send or send_hex")
        if len(sent) > LONGEST:
            raise ValueError(f"send has {len(sent)} bytes; {LONGEST} fit into a datagram")
        if isinstance(self.target, UnixPath) and self.source_ip_address is not None:
            raise ValueError("source_ip_address is for targets on the network; take it away for a unix socket")

    async def observe(self, vantage: Vantage) -> Observation:
        """Send once, and wait for one answer."""
        async with self._opened(vantage) as datagrams:
            with vantage.phase("request"):
                datagrams.send(octets("send_hex", self.send_hex, self.send))
                answer = await datagrams.receive()
        vantage.note(FAILED_DUE_TO_REGEX(0), FAILED_DUE_TO_BYTES(0))
        wanted = octets("expect_hex", self.expect_hex, self.expect_bytes)
        if not answer.startswith(wanted):
            return unlike(wanted, answer)
        if self.expect is not None and self.expect.search(answer.decode("utf-8", "replace")) is None:
            detail = f"the answer of {len(answer)} bytes does not match '{self.expect}'"
            return down(Reason.CONTENT, detail, FAILED_DUE_TO_REGEX(1))
        return up(detail=f"answered {len(answer)} bytes")

    def _opened(self, vantage: Vantage) -> AbstractAsyncContextManager[Datagrams]:
        if isinstance(self.target, UnixPath):
            return vantage.datagrams_unix(self.target)
        return vantage.datagrams(
            self.target.host,
            self.target.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            source_ip_address=self.source_ip_address,
        )


def octets(name: str, digits: str, text: str) -> bytes:
    """Return the bytes that an option spells in hexadecimal, or those of the text instead of it.

    Raises:
        ValueError: It is not hexadecimal.
    """
    try:
        return bytes.fromhex(digits) if digits else text.encode()
    except ValueError:
        raise ValueError(f'{name} is not hexadecimal; write two digits for each byte, such as "0a 1b"') from None
