"""What a request for /probe asks for, and how long it may take."""

from monitor.web.probing.gofloat import read_float

DEFAULT_MODULE = "http_2xx"
DEFAULT_SECONDS = 120.0
"""Of a scrape that does not say how long it waits."""
LONGEST_SECONDS = 3600.0
"""Nobody keeps a probe under way for longer."""
OVERFLOW = 2.0**63
"""As many nanoseconds, and what is no number, are a time that has passed: Go cannot count so far."""
TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"


class TimeoutHeaderError(ValueError):
    """The header is not a number of seconds."""


def timeout_seconds(header: str, module_seconds: float, offset_seconds: float) -> float:
    """Return how long a probe may take, by blackbox_exporter's rule.

    That is the scrape timeout less the offset, or the timeout of the module when it is shorter, or when nothing is left
    of the other.

    Args:
        header: What Prometheus says of its own timeout; empty for nothing, and ``0`` counts as nothing.
        module_seconds: 0 when the module has none.
        offset_seconds: Kept for the way back.

    Raises:
        TimeoutHeaderError: The header is not a number.
    """
    scrape = _seconds(header) or DEFAULT_SECONDS
    most = scrape - offset_seconds
    seconds = module_seconds if 0 < module_seconds < most or most < 0 else most
    return min(seconds, LONGEST_SECONDS) if seconds * 1e9 < OVERFLOW else 0.0


def _seconds(header: str) -> float:
    try:
        return read_float(header) if header else 0.0
    except ValueError:
        raise TimeoutHeaderError(f"{TIMEOUT_HEADER}: {header[:40]!r} is not a number of seconds") from None
