"""Probe kind ``ntp``: asks a time server and judges its time."""

from collections.abc import Iterator

from datashare_monitor_ntp.probe import NtpProbe
from datashare_monitor_ntp.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("ntp", NtpProbe, measures=MEASURES)
