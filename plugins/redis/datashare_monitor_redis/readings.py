"""What a look at a Redis server measures."""

from monitor.plugin import Label, Measure
from monitor.plugin.measures import TLS, WAITING

ROLES = ("master", "replica", "sentinel")
ROLE = Measure("probe_redis_role", "1 for the role of the server.", labels=(Label.of("role", ROLES),))
REPLICAS = Measure("probe_redis_connected_replicas", "Replicas that are online, as the master sees them.")
LAG = Measure(
    "probe_redis_replication_lag_seconds",
    "Time since a replica last heard from its master; of a master, since it last heard from its slowest replica.",
)
LAG_BYTES = Measure(
    "probe_redis_replication_lag_bytes", "How far the slowest replica is behind its master, in bytes of its log."
)
PENDING = Measure("probe_redis_stream_pending", "Entries of a stream that its group was given and has not confirmed.")

MEASURES = (ROLE, REPLICAS, LAG, LAG_BYTES, PENDING, *WAITING, *TLS)
