"""Probe kind ``reconcile``: whether provider and consumer hold the same records."""

from collections.abc import Iterator

from datashare_monitor_reconcile.probe import Reconcile
from datashare_monitor_reconcile.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("reconcile", Reconcile, measures=MEASURES)
