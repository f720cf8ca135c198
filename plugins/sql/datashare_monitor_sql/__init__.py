"""Probe kind ``sql``: asks a database one statement that reads. Source kind ``sql``: the rows of the answer."""

from collections.abc import Iterator

from datashare_monitor_sql.probe import SqlProbe
from datashare_monitor_sql.readings import MEASURES
from datashare_monitor_sql.rows import SqlRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("sql", SqlProbe, measures=MEASURES)
    yield SourceKind("sql", SqlRows)
