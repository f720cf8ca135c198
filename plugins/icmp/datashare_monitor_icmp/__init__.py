"""Probe kind ``icmp``: sends echo requests and judges how many come back, and how fast."""

from collections.abc import Iterator

from datashare_monitor_icmp.probe import IcmpProbe
from datashare_monitor_icmp.tally import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("icmp", IcmpProbe, measures=MEASURES)
