"""Probe kind ``s3``: objects under a prefix, how many and how old. Source kind ``s3``: rows of an object."""

from collections.abc import Iterator

from datashare_monitor_s3.probe import MEASURES, S3Probe
from datashare_monitor_s3.rows import S3Rows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("s3", S3Probe, measures=MEASURES)
    yield SourceKind("s3", S3Rows)
