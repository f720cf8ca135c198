"""A server whose certificates are looked at."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from monitor.plugin import HostPort, IpProtocol, Opening, Stream, TlsConfig, TlsFacts, Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to shake hands, and how.

    Attributes:
        name: What the server is asked to be.
        opening: What is said before TLS begins; None when it begins at once.
    """

    target: HostPort
    name: str
    tls_config: TlsConfig
    opening: Opening | None
    preferred_ip_protocol: IpProtocol
    ip_protocol_fallback: bool

    async def facts(self, vantage: Vantage) -> TlsFacts:
        """Shake hands and return what was shown."""
        return await vantage.certificates(
            self.target.host,
            self.target.port,
            self.tls_config,
            opening=self.opening,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        )

    def connect(self, vantage: Vantage) -> AbstractAsyncContextManager[Stream]:
        """Connect without TLS."""
        return vantage.connect(
            self.target.host,
            self.target.port,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        )
