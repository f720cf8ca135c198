"""The probe of kind ``xroad-monitoring``: what a security server says of its traffic and its certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from lxml import etree

from datashare_monitor_xroad.identifiers import Parts, client_id, server_id, service_id
from datashare_monitor_xroad.metrics import METRICS, OPERATIONS, Certificates, Health, certificates_in, health_in
from datashare_monitor_xroad.readings import CERTIFICATE_EXPIRY, LAST_SUCCESS, PERIOD, SUCCESSFUL, UNSUCCESSFUL
from datashare_monitor_xroad.road import Replied, Road
from monitor.plugin import (
    Duration,
    HttpOptions,
    Observation,
    Reading,
    Reason,
    Size,
    Status,
    TlsConfig,
    Url,
    Vantage,
    degraded,
    down,
    up,
    written_duration,
)
from monitor.plugin.http import apart

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class XRoadMonitoringProbe:
    """Reads the health data and the certificates of a security server by its monitoring services.

    Attributes:
        target: The security server that we are a client of, as an URL without a path.
        client: Who we are: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``; its owner or the authority's monitoring client.
        security_server: Which one is asked about: ``INSTANCE/CLASS/MEMBER/SERVER``.
        health: Whether getSecurityServerHealthData is asked for.
        certificates: Whether the certificates of getSecurityServerMetrics are asked for.
        service: Count the requests of this service alone: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE``.
        degraded_failure_ratio: Degraded when more of the requests failed, from 0 to 1.
        max_failure_ratio: Down when more of them failed.
        min_requests: With fewer requests in the period, ratios say nothing.
        max_age: Down when no request succeeded for so long.
        min_days: Down when a certificate in use runs out within so many days.
        degraded_days: Degraded when one runs out within so many days.
        body_size_limit: The longest answer read.
    """

    target: Url
    client: str
    security_server: str
    health: bool = True
    certificates: bool = True
    service: str = ""
    degraded_failure_ratio: float | None = None
    max_failure_ratio: float | None = None
    min_requests: int = 20
    max_age: Duration | None = None
    min_days: int = 0
    degraded_days: int = 14
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        client_id("client", self.client)
        server_id("security_server", self.security_server)
        if self.service:
            service_id("service", self.service)
        if not self.health and not self.certificates:
            raise ValueError("write health: true or certificates: true, or both")
        of_health = (self.service, self.degraded_failure_ratio, self.max_failure_ratio, self.max_age)
        if not self.health and any(one is not None and one != "" for one in of_health):
            raise ValueError("limits for requests need health: true")
        ratios = [one for one in (self.degraded_failure_ratio, self.max_failure_ratio) if one is not None]
        if any(not 0 <= one < 1 for one in ratios) or ratios != sorted(ratios):
            raise ValueError("ratios are from 0 to below 1, degraded_failure_ratio the lower one")
        if self.min_days < 0 or self.degraded_days < self.min_days or self.min_requests < 1:
            raise ValueError("min_days is at least 0 and at most degraded_days; min_requests is at least 1")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask each service once, and return the worst of what they say."""
        server = server_id("security_server", self.security_server)
        road = Road(
            url=self.target.rstrip("/"),
            client=client_id("client", self.client),
            options=HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=self.body_size_limit),
            vantage=vantage,
            server=server,
        )
        seen: list[Observation] = []
        if self.health:
            with vantage.phase("health"):
                told = await _asked(road, server, OPERATIONS, "getSecurityServerHealthData")
            only = service_id("service", self.service) if self.service else None
            figures = await apart(told.answer.body, partial(health_in, told, only))
            seen.append(self._judged_health(figures, vantage))
        if self.certificates:
            vantage.note(*(reading for one in seen for reading in one.readings))
            with vantage.phase("certificates"):
                told = await _asked(road, server, METRICS, "getSecurityServerMetrics")
            ends = await apart(told.answer.body, partial(certificates_in, told))
            seen.append(self._judged_certificates(ends, vantage))
        return worst(seen)

    def _judged_health(self, found: Health, vantage: Vantage) -> Observation:
        now = vantage.now().timestamp()
        if found.last_success is not None and found.last_success > now + CLOCK_TOLERANCE.total_seconds():
            words = f"the newest request that succeeded lies {found.last_success - now:.0f} s in the future"
            return down(Reason.CONTENT, words)
        readings: list[Reading] = [
            SUCCESSFUL(found.successful),
            UNSUCCESSFUL(found.unsuccessful),
            PERIOD(found.period_seconds),
        ]
        if found.last_success is not None:
            readings.append(LAST_SUCCESS(found.last_success))
        if self.service and not found.services:
            return down(Reason.CONTENT, "the health data have nothing of the service", *readings)
        if self.max_age is not None:
            age = None if found.last_success is None else now - found.last_success
            if age is None or age > self.max_age.total_seconds():
                words = "no request ever" if age is None else f"no request for {age:.0f} s"
                return down(Reason.STALE, f"{words} succeeded, limit {written_duration(self.max_age)}", *readings)
        return self._judged_ratio(found, readings)

    def _judged_ratio(self, found: Health, readings: Sequence[Reading]) -> Observation:
        total = found.successful + found.unsuccessful
        words = f"{found.unsuccessful} of {total} requests failed"
        if total >= self.min_requests:
            for limit, verdict in ((self.max_failure_ratio, down), (self.degraded_failure_ratio, degraded)):
                if limit is not None and found.unsuccessful > limit * total:
                    return verdict(Reason.SERVICE_FAULT, f"{words}, limit {limit:g}", *readings)
        return up(*readings, detail=words)

    def _judged_certificates(self, found: Certificates, vantage: Vantage) -> Observation:
        readings = [CERTIFICATE_EXPIRY(ends.timestamp(), type=kind) for kind, ends in found.expiries.items()]
        if found.first is None:
            return up(*readings)
        kind, ends = found.first
        left = ends - vantage.now()
        words = f"a certificate {kind} runs out on {ends:%Y-%m-%d}"
        if left <= timedelta(0):
            return down(Reason.CERTIFICATE_EXPIRED, f"a certificate {kind} ran out on {ends:%Y-%m-%d}", *readings)
        if left < timedelta(days=self.min_days):
            return down(Reason.CERTIFICATE_EXPIRES, f"{words}, limit {self.min_days} days", *readings)
        if left < timedelta(days=self.degraded_days):
            return degraded(Reason.CERTIFICATE_EXPIRES, f"{words}, limit {self.degraded_days} days", *readings)
        return up(*readings, detail=words)


async def _asked(road: Road, server: Parts, space: str, name: str) -> Replied:
    """Return the answer of a service that the owner of the security server offers."""
    element = etree.Element(f"{{{space}}}{name}", nsmap={"m": space})
    return await road.soap((*server[:3], name), "", [element])


def worst(seen: Sequence[Observation]) -> Observation:
    """Return the verdict that decides, with the readings of all that were not noted before."""
    order = (Status.DOWN, Status.DEGRADED, Status.UP)
    found = min(seen, key=lambda one: order.index(one.status))
    readings = seen[-1].readings
    details = [one.detail for one in seen if one.status is found.status]
    return Observation(found.status, found.reason, "; ".join(details), readings, found.fault)
