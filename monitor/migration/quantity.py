"""Lengths of time and sizes as Go, Prometheus and JavaScript tools write them."""

import re
from datetime import timedelta

from monitor.plugin.quantities import LONGEST, UNIT_BYTES, written_size

SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0,
    "w": 604800.0, "y": 31536000.0,
}  # fmt: skip
BYTES = {"": 1, "B": 1, "KB": 1024, "KiB": 1024, "MB": 1024**2, "MiB": 1024**2, "GB": 1024**3, "GiB": 1024**3}
"""As blackbox_exporter reads them: its KB are 1024 bytes."""
MILLISECOND = timedelta(milliseconds=1)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w|y)", re.ASCII)
_SIZE = re.compile(r"(\d+)\s*([KMG]?i?B|)", re.ASCII)


def length_of(value: object) -> timedelta | None:
    """Return a length of time, rounded to milliseconds; a bare number is of seconds. None when it is none.

    ``300ms``, ``1m30s``, ``5d``, ``1h0m0s`` and 60 are.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        seconds = float(value)
    elif isinstance(value, str) and _PART.sub("", value.strip()) == "" and value.strip():
        seconds = sum(float(count) * SECONDS[unit] for count, unit in _PART.findall(value))
    else:
        return None
    if not 0 < seconds <= LONGEST.total_seconds():
        return None
    return max(MILLISECOND, timedelta(milliseconds=round(seconds * 1000)))


def size_of(value: object) -> str | None:
    """Return a size as configuration writes it; None when it is none."""
    found = _SIZE.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    count = int(found[1]) * BYTES.get(found[2], 0) if found and len(found[1]) < 12 else 0
    return written_size(count) if 0 < count < 1024 * UNIT_BYTES["GiB"] else None
