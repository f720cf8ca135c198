"""The plugins that are installed: read from the metadata of distributions, without importing any."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from monitor.plugin.hookspecs import PROJECT

FIRST_PARTY = (
    "datashare-monitor-http",
    "datashare-monitor-tcp",
    "datashare-monitor-tls",
    "datashare-monitor-dns",
    "datashare-monitor-icmp",
    "datashare-monitor-grpc",
    "datashare-monitor-ntp",
    "datashare-monitor-websocket",
    "datashare-monitor-sql",
    "datashare-monitor-mongodb",
    "datashare-monitor-reconcile",
    "datashare-monitor-contract",
    "datashare-monitor-roundtrip",
    "datashare-monitor-ldap",
    "datashare-monitor-oauth2",
    "datashare-monitor-soap",
    "datashare-monitor-xroad",
    "datashare-monitor-edxml",
    "datashare-monitor-freshness",
    "datashare-monitor-exec",
    "datashare-monitor-heartbeat",
    "datashare-monitor-sftp",
    "datashare-monitor-redis",
    "datashare-monitor-rabbitmq",
    "datashare-monitor-s3",
    "datashare-monitor-kafka",
    "datashare-monitor-usage",
)
"""Distributions of ours: their plugins are on unless switched off, and run in the daemon itself."""
MORE_KINDS = {
    "oauth2": ("session",),
    "tcp": ("udp",),
    "xroad": ("xroad-health", "xroad-monitoring", "xroad-services"),
}
"""Kinds that plugins of ours offer beside the one of their own name, so that each is found without its import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One entry point.

    Attributes:
        name: Of the entry point; what configuration writes under ``plugins:``.
    """

    name: str
    distribution: str
    version: str
    is_ours: bool
    entry_point: EntryPoint = field(compare=False)

    @property
    def module(self) -> str:
        """The package that is imported."""
        return self.entry_point.module.partition(".")[0]

    def is_known_to_offer(self, kind: str) -> bool:
        """Tell whether a kind is one of this plugin's, as far as that can be told without its import."""
        return self.is_ours and (kind == self.name or kind in MORE_KINDS.get(self.name, ()))


def installed(found: Iterable[EntryPoint] | None = None) -> list[Installed]:
    """Return the plugins on this machine, ours first, then by name."""
    plugins = map(_installed, entry_points(group=PROJECT) if found is None else found)
    return sorted(plugins, key=lambda one: (not one.is_ours, one.name, one.distribution))


def _installed(entry_point: EntryPoint) -> Installed:
    distribution = entry_point.dist
    name = distribution.name.lower().replace("_", "-") if distribution else ""
    version = distribution.version if distribution else ""
    is_ours = name in FIRST_PARTY
    return Installed(
        name=entry_point.name, distribution=name, version=version, is_ours=is_ours, entry_point=entry_point
    )
