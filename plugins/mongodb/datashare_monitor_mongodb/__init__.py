"""Probe kind ``mongodb``: asks a database what reads. Source kind ``mongodb``: the documents of the answer."""

from collections.abc import Iterator

from datashare_monitor_mongodb.probe import MongodbProbe
from datashare_monitor_mongodb.readings import MEASURES
from datashare_monitor_mongodb.rows import MongodbRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("mongodb", MongodbProbe, measures=MEASURES)
    yield SourceKind("mongodb", MongodbRows)
