"""The proxies that the environment names, by the rules of Go's ``http.ProxyFromEnvironment``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.network.bypass import bypasses
from monitor.network.egress import literal, reached
from monitor.network.weburl import WebUrl
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """Proxies by the scheme of the target; their URLs may hold credentials and are shown to nobody.

    Attributes:
        http: Empty when there is none.
        bypassed: Entries of ``NO_PROXY``.
    """

    http: str = field(default="", repr=False)
    https: str = field(default="", repr=False)
    bypassed: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "EnvironmentProxies":
        """Read the environment: of each variable the name in capitals first."""
        bypassed = either(environment, "NO_PROXY").split(",")
        return cls(
            with_scheme(either(environment, "HTTP_PROXY")),
            with_scheme(either(environment, "HTTPS_PROXY")),
            tuple(entry.strip() for entry in bypassed if entry.strip()),
        )

    def url_for(self, url: WebUrl) -> str:
        """Return the URL of the proxy to a target; empty when it is reached without one, as this machine always is."""
        address = literal(url.host)
        if url.host == "localhost" or (address is not None and reached(address).is_loopback):
            return ""
        wanted = self.https if url.is_tls else self.http
        return "" if wanted and bypasses(url, self.bypassed) else wanted


def either(environment: Mapping[str, str], name: str) -> str:
    """Return the variable of that name, or of its small letters; empty when there is neither."""
    return (environment.get(name) or environment.get(name.lower()) or "").strip()


def with_scheme(proxy: str) -> str:
    """Return the URL of a proxy; Go takes ``host:port`` for one, too."""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def known(environment: EnvironmentProxies | None) -> EnvironmentProxies:
    """Return the proxies of the environment.

    Raises:
        ProbeError: This process has only a part of the daemon's environment: a worker's (``Reason.PLUGIN``).
    """
    if environment is None:
        words = "proxy_from_environment does not work in a worker, which has no such variables; write proxy_url"
        raise ProbeError(Reason.PLUGIN, words)
    return environment
