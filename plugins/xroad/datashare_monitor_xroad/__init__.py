"""Probe kinds for X-Road: ``xroad``, ``xroad-health``, ``xroad-services`` and ``xroad-monitoring``."""

from collections.abc import Iterator

from datashare_monitor_xroad.call import XRoadProbe
from datashare_monitor_xroad.health import XRoadHealthProbe
from datashare_monitor_xroad.monitoring import XRoadMonitoringProbe
from datashare_monitor_xroad.readings import OF_CALL, OF_HEALTH, OF_MONITORING, OF_SERVICES
from datashare_monitor_xroad.services import XRoadServicesProbe
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probes."""
    yield ProbeKind("xroad", XRoadProbe, measures=OF_CALL)
    yield ProbeKind("xroad-health", XRoadHealthProbe, measures=OF_HEALTH)
    yield ProbeKind("xroad-services", XRoadServicesProbe, measures=OF_SERVICES)
    yield ProbeKind("xroad-monitoring", XRoadMonitoringProbe, measures=OF_MONITORING)
