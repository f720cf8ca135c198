"""Types of the fields that configuration can fill, beside those of Python itself.

Use them in a probe like any other type, ``max_age: Duration = timedelta(days=1)``; past the configuration, a Duration
is a ``timedelta``, a Size an ``int`` and a Url a ``str``. ``bool``, ``int``, ``float``, ``str``, ``Literal``, enums,
dates, ``tuple[X, ...]``, ``Mapping[str, X]``, ``X | None`` and frozen dataclasses of all these may be used too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any

from monitor.plugin.addresses import (
    HOST_PORT_PATTERN,
    HostPort,
    UnixPath,
    read_ip_address,
    read_proxy_url,
    read_socket_address,
    read_url,
)
from monitor.plugin.pattern import Pattern
from monitor.plugin.quantities import DURATION_PATTERN, SIZE_PATTERN, read_duration, read_size
from monitor.plugin.secret import Secret, read_secret_file
from monitor.plugin.source import Rows

__all__ = [
    "Duration",
    "HostPort",
    "IpAddress",
    "Pattern",
    "ProxyUrl",
    "Secret",
    "SecretFile",
    "Size",
    "SocketAddress",
    "Source",
    "UnixPath",
    "Url",
]


@dataclass(frozen=True, slots=True)
class Scalar:
    """How a field is read from a scalar of a configuration file.

    Attributes:
        read: Raises ValueError with a message for the operator.
        schema: What an editor is told.
    """

    read: Callable[[object], Any]
    schema: Mapping[str, Any] = field(hash=False)

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[Any], Any]) -> Any:
        """Read the scalar when configuration fills a field of this type."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: object, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """Describe the scalar to an editor."""
        return dict(self.schema)


@dataclass(frozen=True, slots=True)
class FromSourceKind:
    """How a source field is read: a mapping whose one key names a kind of source, and whose value configures it."""

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[Any], Any]) -> Any:
        """Fill the source; the kinds on offer come with the context of the validation."""
        from pydantic_core import core_schema

        from monitor.plugin.form import fill_source

        return core_schema.with_info_plain_validator_function(fill_source)

    def __get_pydantic_json_schema__(self, schema: object, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """Describe the mapping to an editor."""
        return {"type": "object", "minProperties": 1, "maxProperties": 1}


Duration = Annotated[
    timedelta,
    Scalar(read_duration, {"type": "string", "pattern": DURATION_PATTERN, "examples": ["30s", "5m", "1h30m"]}),
]
"""More than nothing: ``500ms``, ``30s``, ``5m``, ``2h``, ``1d``, ``1h30m``."""

Size = Annotated[int, Scalar(read_size, {"type": "string", "pattern": SIZE_PATTERN, "examples": ["64KiB", "1MiB"]})]
"""Bytes: ``512B``, ``64KiB``, ``1MiB``, ``2GiB``."""

Url = Annotated[str, Scalar(read_url, {"type": "string", "pattern": r"^https?://[^\s/@?#]+([/?#]\S*)?$"})]
"""An http or https URL without user name and password."""

ProxyUrl = Annotated[
    str,
    Scalar(
        read_proxy_url,
        {
            "type": "string",
            "pattern": r"^(https?|socks5h?)://[^\s/@?#]+([/?#]\S*)?$",
            "examples": ["http://proxy.hanoi.example:3128", "socks5://proxy.hanoi.example:1080"],
        },
    ),
]
"""Where a proxy listens: an http, https or socks5 URL without user name and password."""

SecretFile = Annotated[Secret, Scalar(read_secret_file, {"type": "string", "minLength": 1})]
"""The path of a file that holds a secret: ``password_file: PATH`` is ``password: {file: PATH}``."""

IpAddress = Annotated[
    IPv4Address | IPv6Address,
    Scalar(read_ip_address, {"type": "string", "examples": ["192.0.2.1", "2001:db8::1"]}),
]
"""An IP address: ``192.0.2.1``, ``2001:db8::1``."""

SocketAddress = Annotated[
    HostPort | UnixPath,
    Scalar(
        read_socket_address,
        {
            "type": "string",
            "pattern": rf"({HOST_PORT_PATTERN})|^unix:/",
            "examples": ["mail.hanoi.example:25", "unix:/run/postgresql/.s.PGSQL.5432"],
        },
    ),
]
"""``host:port``, or a unix socket of this machine: ``unix:/run/app.sock``."""

Source = Annotated[Rows, FromSourceKind()]
"""A place rows come from: ``source: {KIND: {…}}``, where any plugin may offer the kind."""
