"""When certificates begin and end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from datashare_monitor_tls.findings import Finding, bad, poor
from monitor.plugin import Certificate, FaultDomain, Reason

MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Limits:
    """How many days a certificate must have left.

    Attributes:
        least: Down with fewer.
        enough: Degraded with fewer.
    """

    least: int
    enough: int

    def __post_init__(self) -> None:
        for name, days in (("min_days", self.least), ("degraded_days", self.enough)):
            if not 0 <= days <= MOST_DAYS:
                raise ValueError(f"{name} is {days}; write a number of days from 0 to {MOST_DAYS}")


def first_to_end(certificates: Sequence[Certificate]) -> Certificate:
    """Return the certificate that runs out first."""
    return min(certificates, key=lambda one: one.not_after)


def days_left(certificate: Certificate, now: datetime) -> str:
    """Return when a certificate runs out, for a person."""
    left = certificate.not_after - now
    when = f"certificate of {subject(certificate)}"
    if left < timedelta(0):
        return f"{when} ran out on {certificate.not_after:%Y-%m-%d}, {-left.days - 1} days ago"
    return f"{when} runs out on {certificate.not_after:%Y-%m-%d}, in {left.days} days"


def ends(
    certificates: Sequence[Certificate], limits: Limits, now: datetime, fault: FaultDomain | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with the end of the certificate that runs out first."""
    first = first_to_end(certificates)
    left = first.not_after - now
    detail = days_left(first, now)
    if left < timedelta(0):
        yield bad(Reason.CERTIFICATE_EXPIRED, detail, fault)
    elif left < timedelta(days=limits.least):
        yield bad(Reason.CERTIFICATE_EXPIRES, f"{detail}, limit {limits.least}", fault)
    elif left < timedelta(days=limits.enough):
        yield poor(Reason.CERTIFICATE_EXPIRES, f"{detail}, limit {limits.enough}", fault)


def begins(certificates: Sequence[Certificate], now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the beginning of the certificate that becomes valid last."""
    last = max(certificates, key=lambda one: one.not_before)
    if last.not_before > now:
        days = (last.not_before - now).days
        yield bad(
            Reason.CERTIFICATE_NOT_YET_VALID,
            f"certificate of {subject(last)} is valid from {last.not_before:%Y-%m-%d %H:%M} UTC, in {days} days",
        )


def subject(certificate: Certificate) -> str:
    """Return whom a certificate names, shortly; one that cannot be read is called by its fingerprint."""
    text = certificate.subject or ", ".join(certificate.names[:1]) or f"sha256 {certificate.fingerprint[:16]}…"
    return text if len(text) <= 80 else f"{text[:79]}…"
