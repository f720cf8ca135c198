"""Versions and names, judged when configuration is read rather than when they are sent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.plugin import TlsConfig

VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0")


def check_versions(versions: Iterable[str]) -> None:
    """Return if an answer can have one of these versions.

    Raises:
        ValueError: One of them never comes.
    """
    for version in versions:
        if version not in VERSIONS:
            raise ValueError(f'"{version[:30]}" is no version of HTTP; write {", ".join(VERSIONS)}')


def named_by_host(tls_config: TlsConfig, headers: Mapping[str, str]) -> TlsConfig:
    """Return how to speak TLS: as in blackbox_exporter, a Host header is the name to verify unless another is given."""
    host = next((text for name, text in headers.items() if name.lower() == "host"), "")
    if not host or tls_config.server_name:
        return tls_config
    return replace(tls_config, server_name=urlsplit(f"//{host}").hostname)
