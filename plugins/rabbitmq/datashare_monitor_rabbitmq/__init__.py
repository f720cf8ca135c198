"""Probe kind ``rabbitmq``: how many messages wait in a queue, and how many consumers take them."""

from collections.abc import Iterator

from datashare_monitor_rabbitmq.probe import RabbitmqProbe
from datashare_monitor_rabbitmq.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("rabbitmq", RabbitmqProbe, measures=MEASURES)
