"""The daemon's own settings, as ``monitor.yaml`` holds them once it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
MIB = 1024 * 1024
LOOPBACK = IPv4Address("127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """Where the monitor may connect to.

    Attributes:
        allow: Networks; an address outside all of them is never connected to. Link-local, multicast and unspecified
            addresses need a network of their own in this list: ``0.0.0.0/0`` and ``::/0`` do not admit them.
        deny: Networks taken out of ``allow``.
        proxy: URL of the proxy that HTTP checks go through unless they say otherwise; never from the environment.
            An https one is spoken to over TLS, and trusted as the system trusts.
        sockets: Unix sockets, and folders of them; one outside all of them is never connected to. None unless named:
            behind many of them sits a service that does as it is told.
    """

    allow: tuple[Network, ...] = EVERYWHERE
    deny: tuple[Network, ...] = ()
    proxy: str | None = None
    sockets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameservers:
    """Whom to ask for addresses.

    Attributes:
        servers: ``address`` or ``address:port``; empty for those of /etc/resolv.conf.
    """

    servers: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=2)
    tries: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How many runs may be under way at once: in all, for one agency, towards one target host."""

    process: int = 4000
    agency: int = 1500
    host: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who is asked whether our own network works, before an ambiguous failure is called the target's.

    Attributes:
        gateway: Whether to look at the default gateway's reachability.
        resolver: Whether to ask the name servers.
        peers: Hosts and ports of things that are nearly always there; a connection, accepted or refused, is an answer.
    """

    gateway: bool = True
    resolver: bool = True
    peers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """How many outcomes are kept for the API beyond the newest of every check."""

    outcomes: int = 100
    failures: int = 100
    memory_bytes: int = 64 * MIB


class Placement(StrEnum):
    """Where the operator wants a plugin to run."""

    AUTO = "auto"
    """Ours in the daemon, all others in a worker."""
    IN_LOOP = "in_loop"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSettings:
    """Whether a plugin is loaded, where it runs and what its worker may use.

    Attributes:
        cpu_seconds: Processor time one run may use before its worker is killed.
        in_flight: The most runs at once in its worker.
    """

    enabled: bool = True
    run: Placement = Placement.AUTO
    memory_bytes: int = 512 * MIB
    cpu_seconds: float = 30.0
    in_flight: int = 64


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    """Pretty on a terminal, JSON otherwise."""
    JSON = "json"
    LOGFMT = "logfmt"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The HTTP surface.

    Attributes:
        config_file: The web-config file, inside the configuration directory: TLS, users, roles. None for plain HTTP and
            everybody.
        hosts: Host headers accepted on a POST, beside the listening address itself.
        origins: Origins accepted on a POST from a browser, beside the same one.
    """

    address: IPv4Address | IPv6Address = LOOPBACK
    port: int = 9664
    config_file: str | None = None
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    samples_per_slice: int = 75_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """What may be probed on request.

    Attributes:
        networks: Addresses in them may be connected to.
        hosts: Names whose addresses may be connected to, wherever they are but on this machine; ``*.`` before a name
            stands for all names below it.
    """

    networks: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.networks or self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRequest:
    """The /probe endpoint; off while nothing is allowed.

    Attributes:
        modules: The module file, inside the configuration directory; None for none.
        at_once: Probes under way at the same time; further ones are refused.
        timeout_offset: Taken off the scrape timeout that Prometheus states.
    """

    allow: Allow = Allow()
    modules: str | None = None
    at_once: int = 256
    timeout_offset: timedelta = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Where the history is kept.

    Attributes:
        is_kept: Whether there is one, if its place is known.
        path: The database file; None for ``history.db`` in the state directory that systemd names.
        days: Of how many days, the newest that have any, totals by day are kept. The totals themselves stay.
    """

    is_kept: bool = True
    path: str | None = None
    days: int = 400

    def file(self, state_directory: str | None) -> str | None:
        """Return the database file; None when no history is kept.

        Args:
            state_directory: ``$STATE_DIRECTORY``: folders with a colon between them.
        """
        if not self.is_kept or self.path is not None or not state_directory:
            return self.path if self.is_kept else None
        return f"{state_directory.partition(':')[0]}/history.db"


@dataclass(frozen=True, slots=True)
class Shard:
    """Which of several equal processes this one is; they share an inventory.

    Attributes:
        index: From 0 on.
        count: How many there are; 1 when nothing is shared.
    """

    index: int = 0
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


ALONE = Shard()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything in ``monitor.yaml`` that is not inventory.

    Attributes:
        vantage: Name of the place from which this daemon looks; a label on /sd.
        shard: Never in the file, which all shards share: given at the start.
        beat: The grid on which runs start: waking once for several costs less than waking for each.
        lag: A run during which the loop lagged longer than this is made anew.
    """

    vantage: str = "local"
    shard: Shard = ALONE
    web: Web = field(default_factory=Web)
    egress: Egress = field(default_factory=Egress)
    nameservers: Nameservers = field(default_factory=Nameservers)
    slots: Slots = field(default_factory=Slots)
    witnesses: Witnesses = field(default_factory=Witnesses)
    newest: Newest = field(default_factory=Newest)
    history: History = field(default_factory=History)
    probe: OnRequest = field(default_factory=OnRequest)
    plugins: Mapping[str, PluginSettings] = field(default_factory=dict)
    log_level: str = "info"
    log_format: LogFormat = LogFormat.AUTO
    beat: timedelta = timedelta(milliseconds=20)
    lag: timedelta = timedelta(milliseconds=250)
