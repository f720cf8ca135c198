"""Reads where a target is: a URL, a host and a port, or the path of a unix socket."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from monitor.plugin.quantities import shown

HOST_PORT_PATTERN = r"^(\[[0-9A-Fa-f:.]+\]|[^\s/@\[\]:?#]+):[0-9]{1,5}$"

UNIX = "unix:"
LONGEST_SOCKET_PATH = 107
"""``sun_path`` of sockaddr_un has 108 bytes on Linux, the last of them 0."""

_HOST = re.compile(r"[^\s/@\[\]:?#\\%]{1,253}")
_SIMPLE_URL = re.compile(
    r"https?://([A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*)(?:[/?#][\x21-\x5b\x5d-\x7e]{0,2000})?"
)
"""Most URLs; what it does not match is looked at closely."""
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host and a port, written ``host:port``, or ``[2001:db8::1]:port``.

    Attributes:
        host: In lower case; an IPv6 address has no brackets.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[Any], Any]) -> Any:
        """Read the text when configuration fills a field of this type."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(read_host_port)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """Describe the text to an editor."""
        return {"type": "string", "pattern": HOST_PORT_PATTERN, "examples": ["lgsp.hanoi.example:443"]}


@dataclass(frozen=True, slots=True)
class UnixPath:
    """A unix socket, written ``unix:/run/app.sock``.

    Attributes:
        path: Absolute.
    """

    path: str

    def __str__(self) -> str:
        return f"{UNIX}{self.path}"


def read_socket_address(value: object) -> HostPort | UnixPath:
    """Return a host and a port, or the path of a unix socket.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str) or not value.startswith(UNIX):
        return read_host_port(value)
    path = value.removeprefix(UNIX)
    if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise ValueError(f"{shown(value)} names no socket; write its whole path, unix:/run/app.sock")
    if len(path.encode()) > LONGEST_SOCKET_PATH:
        raise ValueError(f"{shown(value)} is longer than the {LONGEST_SOCKET_PATH} bytes a socket's path may have")
    return UnixPath(path)


def read_ip_address(value: object) -> IPv4Address | IPv6Address:
    """Return an address.

    Raises:
        ValueError: It is something else; a name is not an address.
    """
    if isinstance(value, str):
        try:
            return ip_address(value)
        except ValueError:
            pass
    raise ValueError(f"{shown(value)} is not an IP address; write one like 192.0.2.1 or 2001:db8::1")


def read_host_port(value: object) -> HostPort:
    """Return the host and the port of ``host:port``.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown(value)} is not a host and port; write host:port")
    if "://" in value:
        raise ValueError(f"{without_credentials(value)} is a URL; write host:port")
    host, _, port = value.rpartition(":")
    if host.count(":") and not host.startswith("["):
        raise ValueError(
            f"{without_credentials(value)} is not a host and port; put an IPv6 address in brackets, [2001:db8::1]:443"
        )
    if not host:
        raise ValueError(
            f"{without_credentials(value)} is not a host and port; write host:port, such as host.example:443"
        )
    return HostPort(_host(host, value), _port(port, value))


def read_server(value: str, port: int) -> HostPort:
    """Return the host and the port of ``host:port``, or of ``host`` alone, which then has the port given here.

    Raises:
        ValueError: It is something else.
    """
    if "://" in value:
        raise ValueError(f"{without_credentials(value)} is a URL; write host, or host:port")
    if value.count(":") > 1 and not value.startswith("["):
        return HostPort(_host(f"[{value}]", value), port)
    if ":" in value.rpartition("]")[2]:
        return read_host_port(value)
    return HostPort(_host(value, value), port)


def read_url(value: object) -> str:
    """Return an http or https URL as it was written.

    Raises:
        ValueError: It is something else, or holds a user name or password.
    """
    return _url(value, ("http", "https"), "is not a URL; write https://host/path")


def read_proxy_url(value: object) -> str:
    """Return the URL of a proxy as it was written.

    Raises:
        ValueError: It is something else, or holds a user name or password.
    """
    wanted = "is not a URL of a proxy; write http://host:port, https://host:port or socks5://host:port"
    return _url(value, ("http", "https", "socks5", "socks5h"), wanted)


def _url(value: object, schemes: Sequence[str], otherwise: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown(value)} {otherwise}")
    if _SIMPLE_URL.fullmatch(value):
        return value
    if len(value) > 4096 or _UNPRINTABLE.search(value):
        raise ValueError(
            f"{without_credentials(value)} is not a URL: it is too long or holds spaces; write %20 for one"
        )
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{without_credentials(value)} is not a URL: {_plain(error)}") from None
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError(f"{without_credentials(value)} {otherwise}")
    if "@" in parts.netloc:
        raise ValueError("a URL holds no user name or password; give them as a secret, in a field of their own")
    if not parts.hostname or port == 0:
        raise ValueError(f"{without_credentials(value)} {otherwise}")
    _host(f"[{parts.hostname}]" if "[" in parts.netloc else parts.hostname, value)
    return value


def without_credentials(url: str) -> str:
    """Return a text that may be a URL as a message may quote it: nothing of what could be a password."""
    _, at, rest = url.partition("?")[0].rpartition("@")
    return shown(f"…@{rest}" if at else rest)


def host_of(value: object) -> str:
    """Return the host that a filled field names, in lower case; empty when it names none."""
    if isinstance(value, HostPort):
        return value.host
    if not isinstance(value, str):
        return ""
    if simple := _SIMPLE_URL.fullmatch(value):
        return simple[1].lower()
    if "://" in value:
        try:
            return urlsplit(value).hostname or ""
        except ValueError:
            return ""
    try:
        return read_host_port(value).host
    except ValueError:
        return value.strip("[]").lower()


def _plain(error: ValueError) -> str:
    text = str(error)
    return "its port is not 1 to 65535" if "ort" in text else "its host cannot be read"


def _host(host: str, value: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(IPv6Address(host[1:-1].partition("%")[0]))
        except ValueError:
            raise ValueError(f"{without_credentials(value)} holds no IPv6 address between its brackets") from None
    if not _HOST.fullmatch(host) or ".." in host or host.startswith("."):
        raise ValueError(f"{without_credentials(value)} holds no host name that could exist")
    return host.lower()


def _port(port: str, value: str) -> int:
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
    if not 1 <= number <= 65535:
        raise ValueError(f"{without_credentials(value)} has the port {shown(port)}; a port is a number from 1 to 65535")
    return number
