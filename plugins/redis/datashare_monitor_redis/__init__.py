"""Probe kind ``redis``: role, replicas, and what waits under a key. Source kind ``redis``: entries of a stream."""

from collections.abc import Iterator

from datashare_monitor_redis.probe import RedisProbe
from datashare_monitor_redis.readings import MEASURES
from datashare_monitor_redis.rows import RedisRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("redis", RedisProbe, measures=MEASURES)
    yield SourceKind("redis", RedisRows)
