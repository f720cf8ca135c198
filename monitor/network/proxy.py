"""Going through a proxy: an HTTP one, in the clear or over TLS, or a SOCKS5 one."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from monitor.network.handshake import handshake
from monitor.network.ledger import Ledger
from monitor.network.socks import SocksTunnel
from monitor.network.tls import server_name
from monitor.network.weburl import UrlError, WebUrl, proxy_url
from monitor.network.wire import Exchange
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import DEFAULT_TLS, TlsConfig


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        url: Where it listens; credentials may stand in it.
        tls_config: How it is trusted, when its URL is an https one.
        authorization: Credentials for it, before those in its URL.
    """

    url: WebUrl
    tls_config: TlsConfig = DEFAULT_TLS
    authorization: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS5, and not HTTP."""
        return self.url.scheme.startswith("socks5")

    @property
    def credentials(self) -> str:
        """What the header Proxy-Authorization says; empty when there are none."""
        return self.authorization or self.url.authorization

    @property
    def line(self) -> str:
        """The header line with its credentials, if it has any."""
        return f"Proxy-Authorization: {self.credentials}\r\n" if self.credentials else ""

    def tunnel(
        self, url: WebUrl, headers: Sequence[tuple[str, str]], buffer: memoryview
    ) -> "ConnectTunnel | SocksTunnel | None":
        """Return the way to a target; None when the proxy is to carry out the request itself."""
        if self.is_socks:
            return SocksTunnel(url, self.credentials)
        if not url.is_tls:
            return None
        return ConnectTunnel(Exchange(buffer, is_head_enough=True), self.connect(url, headers))

    async def secured(
        self, transport: asyncio.Transport, answer: asyncio.BaseProtocol, context: ssl.SSLContext, ledger: Ledger
    ) -> asyncio.Transport:
        """Turn the connection to the proxy into TLS. What its certificate says is not measured: it is not the target's.

        Raises:
            ProbeError: The proxy cannot be trusted (``Reason.TLS``); in the verifier's words.
            OSError: The handshake failed, or the connection broke.
        """
        try:
            return await handshake(transport, answer, context, server_name(self.tls_config, self.url.host), ledger)
        except ssl.SSLCertVerificationError as error:
            words = f"the proxy cannot be trusted: certificate verify failed: {error.verify_message}"
            raise ProbeError(Reason.TLS, words) from error

    def authorized(self, head: bytes) -> bytes:
        """Return the head of a request for the proxy itself to carry out."""
        return head[:-2] + self.line.encode() + b"\r\n"

    def connect(self, url: WebUrl, headers: Sequence[tuple[str, str]] = ()) -> bytes:
        """Return the request for a tunnel to a target, with headers for the proxy alone."""
        host = f"[{url.host}]" if ":" in url.host else url.host
        place = f"{host}:{url.port}"
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        return f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{self.line}{lines}\r\n".encode()


@dataclass(frozen=True, slots=True)
class ConnectTunnel:
    """A way to a target through an HTTP proxy.

    Attributes:
        protocol: Reads what the proxy says.
        request: For the tunnel.
    """

    protocol: Exchange
    request: bytes = field(repr=False)

    async def open(self, transport: asyncio.Transport) -> None:
        """Have the proxy connect to the target; from then on the connection is with the target.

        Raises:
            ProbeError: It does not.
            OSError: The connection to the proxy broke.
        """
        self.protocol.send(transport, self.request)
        await self.protocol.done
        tunnelled(self.protocol)


@lru_cache(maxsize=64)
def proxy_at(url: str) -> Proxy:
    """Read the URL of a proxy.

    Raises:
        ProbeError: It is none that can be used.
    """
    try:
        found = proxy_url(url)
    except UrlError as error:
        raise ProbeError(Reason.PLUGIN, f"the proxy cannot be used: {error}") from None
    return Proxy(found)


def tunnelled(answer: Exchange) -> None:
    """Return if the proxy has opened the tunnel.

    Raises:
        ProbeError: It has not.
        OSError: The connection to it broke.
    """
    answer.check()
    if answer.message is None or not 200 <= answer.message.code < 300:
        code = answer.message.code if answer.message else "nothing"
        raise ProbeError(Reason.PROTOCOL, f"the proxy answered {code} to CONNECT")
    if answer.has_more:
        # Read before TLS began, it would look as if it had come through it.
        raise ProbeError(Reason.PROTOCOL, "the proxy sent more than the head of its answer to CONNECT")
