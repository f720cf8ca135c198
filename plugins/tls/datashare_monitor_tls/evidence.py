"""What the sources of revocation have in common: what each is asked about and what each says."""

import os
import time
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from datashare_monitor_tls.findings import Finding, bad, poor
from datashare_monitor_tls.settings import Unanswered
from monitor.plugin import ProbeError, Reading, Reason, Vantage


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its issuer's.

    Attributes:
        name: What the certificate is called in a sentence.
    """

    certificate: x509.Certificate
    issuer: x509.Certificate
    name: str = "the certificate"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one source says."""

    findings: tuple[Finding, ...] = ()
    readings: tuple[Reading, ...] = ()


def unanswered(meaning: Unanswered, detail: str) -> tuple[Finding, ...]:
    """Return what it means that nobody can be believed."""
    if meaning is Unanswered.IGNORED:
        return ()
    return ((bad if meaning is Unanswered.DOWN else poor)(Reason.REVOCATION_UNKNOWN, detail),)


def revoked(pair: Pair, when: datetime | None, why: str, source: str) -> str:
    """Return the words for a certificate that is revoked."""
    on = f" on {when:%Y-%m-%d}" if when else ""
    return f"{pair.name} was revoked{on}{f' ({why})' if why else ''}, says {source}"


def told(error: ProbeError | OSError) -> str:
    """Return an error in words."""
    if isinstance(error, ProbeError):
        return error.detail
    if isinstance(error, TimeoutError):
        return "not in time"
    return os.strerror(error.errno) if error.errno else error.strerror or type(error).__name__


def left(vantage: Vantage) -> float:
    """Return the seconds that are left: what others do not say in time must not make the target late."""
    return max(vantage.deadline - time.monotonic(), 0.0)
