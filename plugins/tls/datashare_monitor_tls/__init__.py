"""Probe kind ``tls``: certificates of servers and in files, those that cannot be trusted included."""

from collections.abc import Iterator

from datashare_monitor_tls.probe import TlsProbe
from datashare_monitor_tls.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("tls", TlsProbe, measures=MEASURES)
