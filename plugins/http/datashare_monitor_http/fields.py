"""Header fields and methods, judged when configuration is read rather than when they are sent."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.plugin import TlsConfig

Fields = tuple[tuple[str, str], ...]

METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH",
)  # fmt: skip
VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0")
FRAMING = frozenset({"content-length", "transfer-encoding", "proxy-connection", "upgrade", "te", "trailer", "expect"})
"""What the monitor writes itself: two opinions about where a message ends are a hole."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_method(method: str) -> None:
    """Return if the method is a known one.

    Raises:
        ValueError: It is not.
    """
    if method not in METHODS:
        near = method.upper()
        hint = f"; write {near}" if near in METHODS else f"; known: {', '.join(METHODS)}"
        raise ValueError(f'"{method[:30]}" is no method of HTTP{hint}')


def check_versions(versions: Iterable[str]) -> None:
    """Return if an answer can have one of these versions.

    Raises:
        ValueError: One of them never comes.
    """
    for version in versions:
        if version not in VERSIONS:
            raise ValueError(f'"{version[:30]}" is no version of HTTP; write {", ".join(VERSIONS)}')


def check_names(option: str, names: Iterable[str]) -> None:
    """Return if these can be the names of headers of one request.

    Raises:
        ValueError: One cannot, or is there twice.
    """
    seen = set()
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f'{option}: "{name[:30]}" is no name of a header')
        if name.lower() in FRAMING:
            raise ValueError(f"{option}: the header {name} is written by the monitor; leave it out")
        if name.lower() in seen:
            raise ValueError(f"{option}: the header {name} is there twice; write it once")
        seen.add(name.lower())


def check_values(option: str, fields: Iterable[tuple[str, str]]) -> None:
    """Return if no value would end its header.

    Raises:
        ValueError: One would; it is not quoted.
    """
    for name, value in fields:
        if _FORBIDDEN.search(value):
            raise ValueError(f"{option}: the value of {name} holds a line break or control character; leave it out")


def named_by_host(tls_config: TlsConfig, headers: Mapping[str, str]) -> TlsConfig:
    """Return how to speak TLS: as in blackbox_exporter, a Host header is the name to verify unless another is given."""
    host = next((text for name, text in headers.items() if name.lower() == "host"), "")
    if not host or tls_config.server_name:
        return tls_config
    return replace(tls_config, server_name=urlsplit(f"//{host}").hostname)
