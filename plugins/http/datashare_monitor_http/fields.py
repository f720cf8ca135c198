"""Versions and names, judged when configuration is read rather than when they are sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from monitor.plugin import TlsConfig
from monitor.plugin.fields import Scalar

VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0")


def read_version(value: object) -> str:
    """Return a version that an answer can have.

    Raises:
        ValueError: It never comes.
    """
    if value not in VERSIONS:
        raise ValueError(f'"{str(value)[:30]}" is no version of HTTP; write {", ".join(VERSIONS)}')
    return str(value)


Version = Annotated[str, Scalar(read_version, {"type": "string", "enum": [*VERSIONS]})]
"""A version of HTTP."""


def named_by_host(tls_config: TlsConfig, headers: Mapping[str, str]) -> TlsConfig:
    """Return how to speak TLS: as in blackbox_exporter, a Host header is the name to verify unless another is given."""
    host = next((text for name, text in headers.items() if name.lower() == "host"), "")
    if not host or tls_config.server_name:
        return tls_config
    return replace(tls_config, server_name=urlsplit(f"//{host}").hostname)
