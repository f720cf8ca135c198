"""Probe kind ``freshness``: how old the newest record is that a system publishes, or that a source holds."""

from collections.abc import Iterator

from datashare_monitor_freshness.probe import Freshness
from monitor.plugin import ProbeKind, hookimpl
from monitor.plugin.measures import LAST_RECORD

MONITOR_CONTRACT = 1

__all__ = ["Freshness", "monitor_kinds"]


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("freshness", Freshness, measures=[LAST_RECORD])
