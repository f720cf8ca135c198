"""Probe kind ``grpc``: asks a gRPC server for its health."""

from collections.abc import Iterator

from datashare_monitor_grpc.probe import GrpcProbe
from datashare_monitor_grpc.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("grpc", GrpcProbe, measures=MEASURES)
