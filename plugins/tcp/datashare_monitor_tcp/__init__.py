"""Probe kinds ``tcp`` and ``udp``: connections and conversations, over the network or a unix socket."""

from collections.abc import Iterator

from datashare_monitor_tcp.conversation import MOST_BYTES
from datashare_monitor_tcp.steps import Captured, ExpectLabel, QueryResponse
from datashare_monitor_tcp.tcp import TCP_MEASURES, TcpProbe
from datashare_monitor_tcp.udp import UDP_MEASURES, UdpProbe
from monitor.plugin import ProbeKind, hookimpl

__all__ = ["MOST_BYTES", "Captured", "ExpectLabel", "QueryResponse", "TcpProbe", "UdpProbe", "monitor_kinds"]

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probes."""
    yield ProbeKind("tcp", TcpProbe, measures=TCP_MEASURES)
    yield ProbeKind("udp", UdpProbe, measures=UDP_MEASURES)
