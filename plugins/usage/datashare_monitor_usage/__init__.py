"""Probe kind ``usage``: who has called what, and how it ended, as gateways and security servers have logged it."""

from collections.abc import Iterator

from datashare_monitor_usage.measures import MEASURES
from datashare_monitor_usage.probe import Usage
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe; it keeps a processor busy, so it has a process of its own."""
    yield ProbeKind("usage", Usage, measures=MEASURES, worker=True)
