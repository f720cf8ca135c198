"""Probe kind ``edxml``: asks a document exchange which documents are not acknowledged, and since when."""

from collections.abc import Iterator

from datashare_monitor_edxml.probe import EdxmlProbe
from datashare_monitor_edxml.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("edxml", EdxmlProbe, measures=MEASURES)
