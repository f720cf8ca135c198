"""``monitor.yaml``: the daemon's own settings, the defaults and the templates."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field

from monitor.config.documents.allow import Allowed
from monitor.config.documents.check import BeatShape
from monitor.config.documents.shape import Id, Network, Shape
from monitor.config.problem import suggestion
from monitor.plugin.addresses import HostPort, read_host_port, read_url
from monitor.plugin.fields import Duration, ProxyUrl, Scalar, Size
from monitor.plugin.quantities import shown
from monitor.settings import LogFormat, Placement

Count = Annotated[int, Field(ge=1, le=1_000_000)]


def read_listen(value: object) -> HostPort:
    """Return the address and port to listen on.

    Raises:
        ValueError: It is something else; a name is not an address.
    """
    listen = read_host_port(value)
    try:
        ip_address(listen.host)
    except ValueError:
        raise ValueError(f"{shown(value)} names no address; write 127.0.0.1:9664 or [::1]:9664") from None
    return listen


def read_server(value: object) -> str:
    """Return a name server, ``address`` or ``address:port``.

    Raises:
        ValueError: It is something else.
    """
    if isinstance(value, str):
        try:
            return str(ip_address(value))
        except ValueError:
            return str(read_listen(value))
    raise ValueError(f"{shown(value)} is not a name server; write 10.0.0.53 or 10.0.0.53:53")


def read_zone(value: object) -> ZoneInfo:
    """Return a time zone.

    Raises:
        ValueError: There is none of that name.
    """
    known = available_timezones()
    if not isinstance(value, str) or value not in known:
        near = _near_zone(value, known) if isinstance(value, str) else ""
        raise ValueError(f"{shown(value)} is not a time zone{near or '; that of Việt Nam is Asia/Ho_Chi_Minh'}")
    return ZoneInfo(value)


def _near_zone(name: str, known: Iterable[str]) -> str:
    """Return the zone that was perhaps meant. The city decides: continents alone make Hà Nội look like Harbin."""
    city = name.rpartition("/")[2]
    places = sorted(one for one in known if "/" in one and not one.startswith("Etc/"))
    return suggestion(name, [one for one in places if suggestion(city, [one.rpartition("/")[2]])])


def read_socket_place(value: object) -> str:
    """Return the path of a unix socket, or of a folder of them.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value or ".." in value.split("/"):
        raise ValueError(f"{shown(value)} is not the path of a socket or of a folder; write one like /run/postgresql")
    return value


def read_state_path(value: object) -> str:
    """Return the path of a file that the monitor writes.

    Raises:
        ValueError: It is something else.
    """
    is_path = isinstance(value, str) and value.startswith("/") and value.isprintable() and not value.endswith("/")
    if not isinstance(value, str) or not is_path or ".." in value.split("/"):
        raise ValueError(
            f"{shown(value)} is not the path of a file; write one like /var/lib/datashare-monitor/history.db"
        )
    return value


def read_origin(value: object) -> str:
    """Return an origin: scheme, host and port of a URL.

    Raises:
        ValueError: It is something else.
    """
    url = read_url(value).rstrip("/")
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != url:
        raise ValueError(f"{shown(value)} is not an origin; write {parts.scheme}://{parts.netloc}")
    return url.lower()


Listen = Annotated[HostPort, Scalar(read_listen, {"type": "string", "examples": ["127.0.0.1:9664"]})]
Server = Annotated[str, Scalar(read_server, {"type": "string", "examples": ["10.0.0.53", "10.0.0.53:53"]})]
Zone = Annotated[ZoneInfo, Scalar(read_zone, {"type": "string", "examples": ["Asia/Ho_Chi_Minh"]})]
SocketPlace = Annotated[str, Scalar(read_socket_place, {"type": "string", "examples": ["/run/postgresql"]})]
StatePath = Annotated[
    str,
    Scalar(
        read_state_path,
        {"type": "string", "pattern": "^/.*[^/]$", "examples": ["/var/lib/datashare-monitor/history.db"]},
    ),
]
Origin = Annotated[str, Scalar(read_origin, {"type": "string", "examples": ["https://monitor.example"]})]
IpAddress = IPv4Address | IPv6Address


class EgressShape(Shape):
    """Where the monitor may connect to."""

    allow: list[Network] | None = Field(default=None, min_length=1)
    deny: list[Network] = Field(default_factory=list)
    proxy: ProxyUrl | None = None
    sockets: list[SocketPlace] = Field(default_factory=list)


class NameserversShape(Shape):
    """Whom to ask for addresses."""

    servers: list[Server] = Field(default_factory=list)
    timeout: Duration | None = None
    tries: int | None = Field(default=None, ge=1, le=10)


class SlotsShape(Shape):
    """How many runs may be under way at once."""

    process: Count | None = None
    agency: Count | None = None
    host: Count | None = None


class WitnessesShape(Shape):
    """Who is asked whether our own network works."""

    gateway: bool | None = None
    resolver: bool | None = None
    peers: list[HostPort] = Field(default_factory=list)


class NewestShape(Shape):
    """How many outcomes are kept for the API."""

    outcomes: int | None = Field(default=None, ge=0, le=100_000)
    failures: int | None = Field(default=None, ge=0, le=100_000)
    memory: Size | None = None


class HistoryShape(Shape):
    """Where the history is kept, and of how many days."""

    enabled: bool | None = None
    path: StatePath | None = None
    days: int | None = Field(default=None, ge=35, le=4000)


class PluginShape(Shape):
    """Whether a plugin is loaded, where it runs and what its worker may use."""

    enabled: bool | None = None
    run: Placement | None = None
    memory: Size | None = None
    cpu: Duration | None = None
    in_flight: Count | None = None


class LogShape(Shape):
    """How much is logged, and how it looks."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: LogFormat = LogFormat.AUTO


class WebShape(Shape):
    """Who may speak to the HTTP surface, who may post to it, and how large a slice of /metrics is."""

    config_file: str | None = None
    hosts: list[str] = Field(default_factory=list)
    origins: list[Origin] = Field(default_factory=list)
    samples_per_slice: int | None = Field(default=None, ge=1000)


class ProbeShape(Shape):
    """What may be probed on request, over /probe, and with which modules."""

    allow: list[Allowed] = Field(default_factory=list)
    modules: str | None = None
    at_once: int | None = Field(default=None, ge=1, le=10_000)
    timeout_offset: Duration | None = None


class MonitorFile(Shape):
    """The whole file; the templates are read one by one."""

    listen: Listen | None = None
    vantage: Id | None = None
    time_zone: Zone = ZoneInfo("Asia/Ho_Chi_Minh")
    egress: EgressShape = EgressShape()
    nameservers: NameserversShape = NameserversShape()
    slots: SlotsShape = SlotsShape()
    witnesses: WitnessesShape = WitnessesShape()
    newest: NewestShape = NewestShape()
    history: HistoryShape = HistoryShape()
    probe: ProbeShape = ProbeShape()
    plugins: dict[str, PluginShape] = Field(default_factory=dict)
    log: LogShape = LogShape()
    web: WebShape = WebShape()
    beat: Duration | None = None
    lag: Duration | None = None
    defaults: BeatShape = BeatShape()
    templates: dict[Id, Any] = Field(default_factory=dict)
