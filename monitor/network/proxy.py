"""Going through an HTTP proxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.network.weburl import UrlError, WebUrl, web_url
from monitor.network.wire import Exchange
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: where it listens, and the credentials that stood in its URL."""

    url: WebUrl

    @property
    def line(self) -> str:
        """The header line with its credentials, if it has any."""
        return f"Proxy-Authorization: {self.url.authorization}\r\n" if self.url.authorization else ""

    def authorized(self, head: bytes) -> bytes:
        """Return the head of a request for the proxy itself to carry out."""
        return head[:-2] + self.line.encode() + b"\r\n"

    def connect(self, url: WebUrl, headers: Sequence[tuple[str, str]] = ()) -> bytes:
        """Return the request for a tunnel to a target, with headers for the proxy alone."""
        host = f"[{url.host}]" if ":" in url.host else url.host
        place = f"{host}:{url.port}"
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        return f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{self.line}{lines}\r\n".encode()


@lru_cache(maxsize=64)
def proxy_at(url: str) -> Proxy:
    """Read the URL of a proxy.

    Raises:
        ProbeError: It is none that can be used.
    """
    try:
        found = web_url(url)
    except UrlError as error:
        raise ProbeError(Reason.PLUGIN, f"the proxy cannot be used: {error}") from None
    if found.is_tls:
        raise ProbeError(Reason.PLUGIN, "the proxy cannot be used: it must be an http URL")
    return Proxy(found)


def tunnelled(answer: Exchange) -> None:
    """Return if the proxy has opened the tunnel.

    Raises:
        ProbeError: It has not.
        OSError: The connection to it broke.
    """
    if answer.error is not None:
        raise answer.error
    if answer.message is None or not 200 <= answer.message.code < 300:
        code = answer.message.code if answer.message else "nothing"
        raise ProbeError(Reason.PROTOCOL, f"the proxy answered {code} to CONNECT")
    if answer.has_more:
        # Read before TLS began, it would look as if it had come through it.
        raise ProbeError(Reason.PROTOCOL, "the proxy sent more than the head of its answer to CONNECT")
