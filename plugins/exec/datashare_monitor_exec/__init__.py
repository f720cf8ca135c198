"""Probe kind ``exec``: runs a program that speaks the Nagios plugin API."""

from collections.abc import Iterator

from datashare_monitor_exec.probe import ExecProbe
from datashare_monitor_exec.verdict import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("exec", ExecProbe, measures=MEASURES)
