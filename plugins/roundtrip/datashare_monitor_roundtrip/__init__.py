"""Probe kind ``roundtrip``: writes a synthetic record at one end, waits for it at the other, and cleans up."""

from collections.abc import Iterator

from datashare_monitor_roundtrip.probe import MEASURES, Roundtrip
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("roundtrip", Roundtrip, measures=MEASURES)
