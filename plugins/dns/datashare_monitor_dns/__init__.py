"""Probe kind ``dns``: asks one question of a name server and judges the answer."""

from collections.abc import Iterator

from datashare_monitor_dns.probe import DnsProbe
from datashare_monitor_dns.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("dns", DnsProbe, measures=MEASURES)
