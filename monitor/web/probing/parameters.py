"""What a request for /probe asks for, and how long it may take."""

import math

DEFAULT_MODULE = "http_2xx"
DEFAULT_SECONDS = 120.0
"""Of a scrape that does not say how long it waits."""
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
    return module_seconds if 0 < module_seconds < most or most < 0 else most


def _seconds(header: str) -> float:
    try:
        found = float(header) if header else 0.0
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise TimeoutHeaderError(f"{TIMEOUT_HEADER}: {header[:40]!r} is not a number of seconds")
    return found
