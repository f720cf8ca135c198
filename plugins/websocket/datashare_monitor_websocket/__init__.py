"""Probe kind ``websocket``: opens a WebSocket and converses."""

from collections.abc import Iterator

from datashare_monitor_websocket.probe import WebsocketProbe
from datashare_monitor_websocket.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("websocket", WebsocketProbe, measures=MEASURES)
