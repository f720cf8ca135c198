"""What a health check over gRPC measures, under blackbox_exporter's names."""

from collections.abc import Iterator

from datashare_monitor_grpc.health import Serving
from monitor.plugin import Label, Measure, Reading
from monitor.plugin.measures import TLS

STATUS_CODE = Measure("probe_grpc_status_code", "Status code of the gRPC answer.")
HEALTH = Measure(
    "probe_grpc_healthcheck_response",
    "1 for what the server says of its health, 0 for what it does not say.",
    labels=(Label.of("serving_status", Serving),),
)
SSL = Measure("probe_grpc_ssl", "Whether the answer came over TLS.")

MEASURES = (STATUS_CODE, HEALTH, SSL, *TLS)


def readings_of(serving: Serving | None) -> Iterator[Reading]:
    """Yield one reading for each thing the server could have said of its health."""
    for each in Serving:
        yield HEALTH(int(each is serving), serving_status=each)
