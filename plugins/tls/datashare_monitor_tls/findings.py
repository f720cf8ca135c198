"""Findings: what is wrong, as far as one rule can see, and the verdict that many of them make."""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.plugin import FaultDomain, Observation, Reading, Reason, Status, up

WORST_FIRST = (Status.DOWN, Status.UNKNOWN, Status.DEGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    status: Status
    reason: Reason
    detail: str
    fault: FaultDomain | None = None


def bad(reason: Reason, detail: str, fault: FaultDomain | None = None) -> Finding:
    """Return the finding that clients fail because of this."""
    return Finding(status=Status.DOWN, reason=reason, detail=detail, fault=fault)


def poor(reason: Reason, detail: str, fault: FaultDomain | None = None) -> Finding:
    """Return the finding that somebody should see to this."""
    return Finding(status=Status.DEGRADED, reason=reason, detail=detail, fault=fault)


def ours(detail: str) -> Finding:
    """Return the finding that something on the monitor's own machine cannot be read."""
    return Finding(status=Status.UNKNOWN, reason=Reason.SECRET, detail=detail, fault=FaultDomain.MONITOR)


def verdict(findings: Iterable[Finding], readings: Iterable[Reading], summary: str) -> Observation:
    """Return what the worst finding says, the first of equals, with the others behind it; ``summary`` without any."""
    ranked = sorted(findings, key=lambda one: WORST_FIRST.index(one.status))
    if not ranked:
        return up(*readings, detail=summary)
    first = ranked[0]
    detail = "; ".join(dict.fromkeys(one.detail for one in ranked))
    return Observation(first.status, first.reason, detail, tuple(readings), first.fault)
