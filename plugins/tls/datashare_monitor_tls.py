"""Probe kind ``tls``: shakes hands and judges the certificates, those that cannot be trusted included."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from monitor.plugin import (
    HostPort,
    Observation,
    ProbeKind,
    Reason,
    TlsConfig,
    Vantage,
    degraded,
    down,
    hookimpl,
    up,
)
from monitor.plugin.measures import TLS, tls_readings

MONITOR_CONTRACT = 1


@dataclass(frozen=True, kw_only=True)
class TlsProbe:
    """Shakes hands over TLS and judges the certificates. What they say is measured even when they cannot be trusted.

    Attributes:
        target: ``host:port``.
        server_name: The name to ask for and to verify, when it is not the target's host.
        min_days: Down when a certificate runs out in fewer days.
        degraded_days: Degraded when a certificate runs out in fewer days.
    """

    target: HostPort
    server_name: str | None = None
    min_days: int = 0
    degraded_days: int = 14
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.server_name and self.tls_config.server_name:
            raise ValueError("write server_name once, here or in tls_config")

    async def observe(self, vantage: Vantage) -> Observation:
        """Shake hands once."""
        facts = await vantage.certificates(self.target.host, self.target.port, self._tls_config)
        seen = tls_readings(facts)
        if facts.problem:
            return down(Reason.CERTIFICATE, facts.problem, *seen)
        if not facts.chain:
            return down(Reason.TLS, f"no certificate shown, {facts.version} with {facts.cipher}", *seen)
        first = min(facts.chain, key=lambda certificate: certificate.not_after)
        left = first.not_after - vantage.now()
        detail = f"certificate of {first.subject} runs out on {first.not_after:%Y-%m-%d}, in {left.days} days"
        if left < timedelta(days=self.min_days):
            return down(Reason.CERTIFICATE_EXPIRES, f"{detail}, limit {self.min_days}", *seen)
        if left < timedelta(days=self.degraded_days):
            return degraded(Reason.CERTIFICATE_EXPIRES, f"{detail}, limit {self.degraded_days}", *seen)
        return up(*seen, detail=f"{facts.version}, {detail}")

    @cached_property
    def _tls_config(self) -> TlsConfig:
        return replace(self.tls_config, server_name=self.server_name) if self.server_name else self.tls_config


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("tls", TlsProbe, measures=TLS)
