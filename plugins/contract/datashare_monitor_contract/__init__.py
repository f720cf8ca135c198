"""Probe kind ``contract``: whether an interface still is what was agreed on."""

from collections.abc import Iterator

from datashare_monitor_contract.probe import MEASURES, Contract
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("contract", Contract, measures=MEASURES)
