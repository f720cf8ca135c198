"""Probes around probes: what only a look on request may show, because its samples go to whoever asked alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.config.modules import Module
from monitor.measure import Measure
from monitor.network.egress import literal, reached
from monitor.observation import Observation, up
from monitor.plugin.vantage import IpProtocol, TlsConfig, TlsFacts, Vantage


@dataclass(slots=True)
class Shown:
    """What a look brought to light beside its observation.

    Attributes:
        labels: Of ``probe_expect_info``: text of the target.
        tls: What a handshake showed.
    """

    labels: dict[str, str] = field(default_factory=dict)
    tls: TlsFacts | None = None


@dataclass(frozen=True, slots=True)
class Conversing:
    """A probe that converses, and tells what it heard in its own words.

    Attributes:
        probe: Has a method ``converse(vantage, shown)``, as the kind ``tcp`` has.
    """

    probe: Any
    shown: Shown

    async def observe(self, vantage: Vantage) -> Observation:
        """Converse once."""
        seen: Observation = await self.probe.converse(vantage, self.shown)
        return seen


@dataclass(frozen=True, slots=True)
class CertificateLook:
    """A probe that shakes hands with whom cannot be trusted, only to see the certificates."""

    host: str
    port: int
    tls_config: TlsConfig
    shown: Shown

    async def observe(self, vantage: Vantage) -> Observation:
        """Shake hands once."""
        trusting = replace(self.tls_config, insecure_skip_verify=True)
        self.shown.tls = await vantage.certificates(self.host, self.port, trusting)
        return up()


def own_measures(probe: Any) -> Mapping[str, Measure]:
    """Return the measures of one probe; its plugin refuses labels that only a look on request may have (ValueError)."""
    own = getattr(probe, "measures", None)
    try:
        return {measure.name: measure for measure in own()} if callable(own) else {}
    except ValueError:
        return {}


def missing_family(module: Module, host: str) -> str:
    """Return why an address written out cannot be looked at: it is not of the one family that the module allows."""
    written = literal(host)
    address = None if written is None else reached(written)
    wanted = module.settings.get("preferred_ip_protocol", IpProtocol.IP6)
    if address is None or module.settings.get("ip_protocol_fallback", True) or f"ip{address.version}" == wanted:
        return ""
    return f"{address} is no address of {wanted}, and the module allows no other family"
