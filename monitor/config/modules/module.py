"""A module: what a probe on request is made of, all but its target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.config.filling import as_json
from monitor.measure import Measure
from monitor.plugin.addresses import without_credentials
from monitor.plugin.form import form
from monitor.plugin.probe import ProbeKind, Where
from monitor.plugin.secret import Secret

SCHEMES = ("http://", "https://")


class TargetError(ValueError):
    """The target asked for cannot be looked at with the module; the message says why, and holds no password."""


class HostnameError(ValueError):
    """The host name asked for contradicts the module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module of a file.

    Attributes:
        prober: As the file says; it decides which samples there are.
        timeout_seconds: 0 when the scrape alone decides.
        settings: Of the probe kind, all but the target.
        secrets: Texts that stood in the file, by the secrets that ``settings`` names in their place.
        shown: The module as YAML, secrets left out.
    """

    name: str
    prober: str
    kind: ProbeKind
    plugin: str
    where: Where
    timeout_seconds: float
    settings: Mapping[str, Any]
    secrets: Mapping[Secret, str] = field(repr=False)
    measures: Mapping[str, Measure]
    shown: str

    def probe(self, target: str, hostname: str = "") -> Any:
        """Return the probe of a target.

        Raises:
            TargetError: The target is not one for this prober.
            HostnameError: The module has another host name already.
        """
        aimed = self._aimed(target)
        settings = {**self.settings, **self._named(aimed, hostname), "target": aimed}
        try:
            return form(self.kind.probe).fill(as_json(settings))
        except ValueError:
            raise TargetError(
                f"{without_credentials(target)} is not a target for the {self.prober} prober; {WANTED[self.prober]}"
            ) from None

    def host(self, probe: Any) -> str:
        """Return the host that a probe looks at; empty when it names none."""
        return form(self.kind.probe).host(probe)

    def _aimed(self, target: str) -> str:
        if self.prober == "http" and not target.startswith(SCHEMES):
            return f"http://{target}"
        if self.prober == "grpc" and target.startswith(SCHEMES):
            return target.partition("://")[2].partition("/")[0]
        return target

    def _named(self, target: str, hostname: str) -> dict[str, Any]:
        """Return the settings that differ because of a host name, asked for or among the headers of the module."""
        tls: Mapping[str, Any] = self.settings.get("tls_config", {})
        if self.prober == "tcp" and hostname and not tls.get("server_name"):
            return {"tls_config": {**tls, "server_name": hostname}}
        if self.prober != "http":
            return {}
        headers: Mapping[str, str] = self.settings.get("headers", {})
        written = next((value for name, value in headers.items() if name.lower() == "host"), "")
        if hostname and written and written != hostname:
            raise HostnameError(f"the module has the Host header {written}, and the parameter hostname is {hostname}")
        changed: dict[str, Any] = {}
        if hostname and not written:
            changed["headers"] = {**headers, "Host": hostname}
        name = (hostname or written).partition(":")[0]
        if name and target.startswith("https://") and not tls.get("server_name"):
            changed["tls_config"] = {**tls, "server_name": name}
        return changed


Modules = Mapping[str, Module]

WANTED = {
    "http": "write a URL, without user name and password",
    "tcp": "write host:port",
    "dns": "write host or host:port",
    "icmp": "write a host",
    "grpc": "write host:port",
}
EXAMPLES = {
    "http": "http://target.example",
    "tcp": "target.example:1",
    "dns": "target.example",
    "icmp": "target.example",
    "grpc": "target.example:1",
}
"""Targets to try the settings of a module with, while it is read."""
