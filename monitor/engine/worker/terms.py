"""The terms of a plugin's process: what to load, where it may connect to, and what it may use."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network

from monitor.engine.worker.wire import Message
from monitor.settings import Egress, Nameservers, PluginSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the daemon tells a plugin's process before anything else.

    Attributes:
        paths: Where the plugin's process looks for modules, after its own places.
    """

    plugin: str
    paths: tuple[str, ...]
    vantage: str
    egress: Egress
    nameservers: Nameservers
    limits: PluginSettings

    @classmethod
    def of(cls, plugin: str, settings: Settings, paths: tuple[str, ...]) -> "Terms":
        """Return the terms that the daemon's settings grant a plugin."""
        return cls(
            plugin=plugin,
            paths=paths,
            vantage=settings.vantage,
            egress=settings.egress,
            nameservers=settings.nameservers,
            limits=settings.plugins.get(plugin, PluginSettings()),
        )

    def message(self) -> Message:
        """Return the terms as they go over the wire."""
        return {
            "plugin": self.plugin,
            "paths": list(self.paths),
            "vantage": self.vantage,
            "allow": [str(network) for network in self.egress.allow],
            "deny": [str(network) for network in self.egress.deny],
            "proxy": self.egress.proxy,
            "sockets": list(self.egress.sockets),
            "nameservers": list(self.nameservers.servers),
            "lookup_seconds": self.nameservers.timeout.total_seconds(),
            "lookup_tries": self.nameservers.tries,
            "memory_bytes": self.limits.memory_bytes,
            "cpu_seconds": self.limits.cpu_seconds,
            "in_flight": self.limits.in_flight,
        }

    @classmethod
    def read(cls, message: Message) -> "Terms":
        """Return the terms that came over the wire."""
        return cls(
            plugin=message["plugin"],
            paths=tuple(message["paths"]),
            vantage=message["vantage"],
            egress=Egress(
                allow=tuple(ip_network(network) for network in message["allow"]),
                deny=tuple(ip_network(network) for network in message["deny"]),
                proxy=message["proxy"],
                sockets=tuple(message["sockets"]),
            ),
            nameservers=Nameservers(
                servers=tuple(message["nameservers"]),
                timeout=timedelta(seconds=message["lookup_seconds"]),
                tries=message["lookup_tries"],
            ),
            limits=PluginSettings(
                memory_bytes=message["memory_bytes"],
                cpu_seconds=message["cpu_seconds"],
                in_flight=message["in_flight"],
            ),
        )

    def settings(self) -> Settings:
        """Return the settings under which the plugin's process makes its own network."""
        return Settings(
            vantage=self.vantage,
            egress=self.egress,
            nameservers=self.nameservers,
            plugins={self.plugin: self.limits},
        )
