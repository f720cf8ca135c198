"""URLs as a request needs them."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from yarl import URL

from monitor.network.hostname import shown

PLAIN = re.compile(
    r"(https?)://([a-z0-9_](?:[a-z0-9_.-]*)|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*)?",
    re.ASCII,
)
"""URLs that mean what they say: nothing to encode, to lower or to take off. A tenth of the price of a full parser."""
HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+(?:%[a-z0-9_.-]+)?", re.ASCII)
PORTS = {"http": 80, "https": 443}
PROXY_PORTS = {**PORTS, "socks5": 1080, "socks5h": 1080}
"""Go takes both words for a proxy that looks names up."""


class UrlError(ValueError):
    """The text is no URL that can be asked; the message never holds it, because it may hold a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUrl:
    """Where a request goes.

    Attributes:
        host: In lower case, IDNA done, an IPv6 address without its brackets.
        authority: What the Host header says.
        path: With the query, encoded.
        authorization: Basic credentials that stood in the URL; never shown again.
    """

    scheme: str
    host: str
    port: int
    authority: str
    path: str
    authorization: str = ""

    @property
    def is_tls(self) -> bool:
        """Whether the connection is over TLS."""
        return self.scheme == "https"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What has to be equal for secrets to be carried along."""
        return (self.scheme, self.host, self.port)

    @property
    def text(self) -> str:
        """The URL without credentials and fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


@lru_cache(maxsize=131_072)  # as many as there are checks: reading one costs ten microseconds
def web_url(text: str) -> WebUrl:
    """Read an absolute http or https URL.

    Raises:
        UrlError: It is none.
    """
    match = PLAIN.fullmatch(text)
    if match is None:
        try:
            return from_yarl(URL(text))
        except UrlError:
            raise
        except ValueError:
            raise UrlError("it is not a URL") from None
    scheme, host, port_text, path = match.groups()
    port = int(port_text) if port_text else PORTS[scheme]
    return assembled(scheme, host.strip("[]"), port, path or "/", "")


def joined(place: WebUrl, location: str) -> WebUrl:
    """Return where a Location header leads from ``place``; credentials in it are dropped.

    Raises:
        UrlError: Nowhere that can be followed.
    """
    try:
        found = from_yarl(URL(place.text, encoded=True).join(URL(location)))
    except UrlError:
        raise
    except ValueError:
        raise UrlError("it is not a URL") from None
    return assembled(found.scheme, found.host, found.port, found.path, "")


def proxy_url(text: str) -> WebUrl:
    """Read the URL of a proxy.

    Raises:
        UrlError: It is none.
    """
    try:
        return from_yarl(URL(text), PROXY_PORTS)
    except UrlError:
        raise
    except ValueError:
        raise UrlError("it is not a URL") from None


def from_yarl(url: URL, ports: Mapping[str, int] = PORTS) -> WebUrl:
    """Read a URL that yarl has parsed and encoded."""
    if url.scheme not in ports:
        known = "http or https" if ports is PORTS else "http, https or socks5"
        raise UrlError(f"the scheme {shown(url.scheme, 20)} is not {known}")
    host = (url.raw_host or "").lower()
    if not HOST.fullmatch(host):
        raise UrlError("the URL names no host")
    authorization = ""
    if url.raw_user is not None or url.raw_password is not None:
        pair = f"{url.user or ''}:{url.password or ''}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    port = ports[url.scheme] if url.port is None else url.port
    return assembled(url.scheme, host, port, url.raw_path_qs or "/", authorization)


def assembled(scheme: str, host: str, port: int, path: str, authorization: str) -> WebUrl:
    """Put a URL together."""
    if not 0 < port < 65_536:
        raise UrlError("the URL's port is not between 1 and 65535")
    authority = f"[{host}]" if ":" in host else host
    if port != PROXY_PORTS[scheme]:
        authority = f"{authority}:{port}"
    return WebUrl(scheme=scheme, host=host, port=port, authority=authority, path=path, authorization=authorization)
