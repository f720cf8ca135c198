"""Headers are what prometheus_client would write, in both formats."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from monitor.sinks.metrics.family import Family, FamilyType


class One:
    def __init__(self, family):
        self._family = family

    def collect(self):
        return [self._family.metric()]


@pytest.mark.parametrize(
    "family",
    [
        Family("datashare_x", "A gauge."),
        Family("datashare_x_total", "A counter.", FamilyType.COUNTER),
        Family("datashare_x_seconds", "A histogram.", FamilyType.HISTOGRAM),
        Family("datashare_x", 'Quotes "here", a back\\slash, Hà Nội.'),
        Family("datashare_x", "Two\nlines and \x1b[2J and \ud800."),
    ],
)
def test_header_is_prometheus_clients(family):
    registry = CollectorRegistry(auto_describe=False)
    registry.register(One(family))

    assert family.header(openmetrics=False) == generate_latest(registry)
    assert family.header(openmetrics=True) + b"# EOF\n" == generate_openmetrics(registry)
