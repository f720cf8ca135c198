"""What the monitoring services of a security server answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from datashare_monitor_xroad.identifiers import IDS, NAMES, Parts
from datashare_monitor_xroad.readings import TYPES
from datashare_monitor_xroad.road import Replied
from monitor.plugin import ProbeError, Reason

OPERATIONS = "http://x-road.eu/xsd/op-monitoring.xsd"
METRICS = "http://x-road.eu/xsd/monitoring"
MOST_SERVICES = 5000
MOST_CERTIFICATES = 1000
MOST_COUNT = 10**12


@dataclass(slots=True)
class Health:
    """Requests of the last period, of all services together (PR-OPMON, 3).

    Attributes:
        last_success: Seconds since the epoch; None when there never was one.
    """

    successful: int = 0
    unsuccessful: int = 0
    period_seconds: int = 0
    last_success: float | None = None
    services: int = 0


@dataclass(slots=True)
class Certificates:
    """When the certificates in use run out, the first of each type (PR-ENVMONMES)."""

    expiries: dict[str, datetime] = field(default_factory=dict)

    @property
    def first(self) -> tuple[str, datetime] | None:
        """The type and the end of the one that runs out first."""
        return min(self.expiries.items(), key=lambda one: one[1]) if self.expiries else None


def health_in(told: Replied, service: Parts | None) -> Health:
    """Return what getSecurityServerHealthData answered, for one service if it is given.

    Raises:
        ProbeError: It cannot be read.
    """
    root = _only(told, f"{{{OPERATIONS}}}getSecurityServerHealthDataResponse")
    found = Health(period_seconds=number(root, "statisticsPeriodSeconds"))
    for count, one in enumerate(root.iterfind(f"{{{OPERATIONS}}}servicesEvents/{{{OPERATIONS}}}serviceEvents")):
        if count >= MOST_SERVICES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_SERVICES} services in the health data")
        if service is not None and _named(one.find(f"{{{OPERATIONS}}}service")) != service:
            continue
        found.services += 1
        statistics = one.find(f"{{{OPERATIONS}}}lastPeriodStatistics")
        if statistics is not None:
            found.successful += number(statistics, "successfulRequestCount")
            found.unsuccessful += number(statistics, "unsuccessfulRequestCount")
        if one.find(f"{{{OPERATIONS}}}lastSuccessfulRequestTimestamp") is not None:
            moment = number(one, "lastSuccessfulRequestTimestamp", most=10**14) / 1000
            found.last_success = max(moment, found.last_success or 0.0)
    return found


def certificates_in(told: Replied) -> Certificates:
    """Return what getSecurityServerMetrics answered of certificates.

    Raises:
        ProbeError: It cannot be read.
    """
    root = _only(told, f"{{{METRICS}}}getSecurityServerMetricsResponse")
    found, count = Certificates(), 0
    for names in _sets(root):
        if "notAfter" not in names or names.get("active", "true").lower() != "true":
            continue
        count += 1
        if count > MOST_CERTIFICATES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_CERTIFICATES} certificates in the metrics")
        kind = names.get("certificateType", "")
        if kind in TYPES:
            ends = moment_of(names["notAfter"])
            found.expiries[kind] = min(ends, found.expiries.get(kind, ends))
    if not found.expiries:
        raise ProbeError(Reason.CONTENT, "the metrics have no certificate in use")
    return found


def moment_of(text: str) -> datetime:
    """Return a time as the metrics write it: ``2027-05-04T10:00:00Z``.

    Raises:
        ProbeError: It is none.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ProbeError(Reason.CONTENT, "the end of a certificate is no time") from None


def number(parent: Any, name: str, most: int = MOST_COUNT) -> int:
    """Return a count of the health data.

    Raises:
        ProbeError: It is none, or below nothing.
    """
    text = (parent.findtext(f"{{{OPERATIONS}}}{name}") or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise ProbeError(Reason.CONTENT, f"{name} of the health data is no count")
    return int(text)


def _sets(root: Any) -> Iterator[dict[str, str]]:
    """Yield the texts of each set of metrics, by name."""
    for one in root.iter(f"{{{METRICS}}}metricSet"):
        yield {
            metric.findtext(f"{{{METRICS}}}name", ""): metric.findtext(f"{{{METRICS}}}value", "")
            for metric in one.iterfind(f"{{{METRICS}}}stringMetric")
        }


def _named(node: Any) -> Parts:
    if node is None:
        return ()
    names = (*NAMES, "serviceCode")
    return tuple(text for name in names if (text := node.findtext(f"{{{IDS}}}{name}", "").strip()))


def _only(told: Replied, tag: str) -> Any:
    body = told.envelope.body if told.envelope else ()
    if len(body) != 1 or body[0].tag != tag:
        raise ProbeError(Reason.CONTENT, f"the answer has no {tag.rpartition('}')[2]}")
    return body[0]
