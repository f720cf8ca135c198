"""Probe kind ``http``: sends one request and judges the answer. Source kind ``http``: rows of a JSON document."""

from collections.abc import Iterator

from datashare_monitor_http.probe import HttpProbe
from datashare_monitor_http.readings import MEASURES
from datashare_monitor_http.rows import HttpRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("http", HttpProbe, measures=MEASURES)
    yield SourceKind("http", HttpRows)
