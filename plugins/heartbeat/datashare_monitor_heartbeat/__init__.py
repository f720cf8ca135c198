"""Probe kind ``heartbeat``: targets that report in by themselves."""

from collections.abc import Iterator

from datashare_monitor_heartbeat.probe import HeartbeatProbe
from datashare_monitor_heartbeat.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("heartbeat", HeartbeatProbe, measures=MEASURES)
