"""Probe kind ``sftp``: how many files lie in a folder, and how old they are. Source kind ``sftp``: rows of a file."""

from collections.abc import Iterator

from datashare_monitor_sftp.probe import MEASURES, SftpProbe
from datashare_monitor_sftp.rows import SftpRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("sftp", SftpProbe, measures=MEASURES)
    yield SourceKind("sftp", SftpRows)
