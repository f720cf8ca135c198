"""Probe kind ``kafka``: a group's lag and a topic's newest record. Source kind ``kafka``: the newest records."""

from collections.abc import Iterator

from datashare_monitor_kafka.probe import KafkaProbe
from datashare_monitor_kafka.readings import MEASURES
from datashare_monitor_kafka.rows import KafkaRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("kafka", KafkaProbe, measures=MEASURES)
    yield SourceKind("kafka", KafkaRows)
