"""``/metrics`` of the exporter: what it knows of itself, under blackbox_exporter's names."""

import platform
from collections.abc import Iterator
from importlib.metadata import version

from aiohttp import web
from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from monitor.web.exporter.state import EXPORTER, Exporter
from monitor.web.negotiation import TEXT


class Own(Collector):
    """The state of the exporter, as metrics."""

    def __init__(self, running: Exporter) -> None:
        self._running = running

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        running = self._running
        build = GaugeMetricFamily(
            "blackbox_exporter_build_info",
            "1, with the version.",
            labels=["version", "goversion", "branch", "revision"],
        )
        build.add_metric([version("datashare-monitor"), f"python{platform.python_version()}", "", ""], 1)
        yield build
        yield GaugeMetricFamily(
            "blackbox_exporter_config_last_reload_successful",
            "Whether the newest attempt to read the module file succeeded.",
            running.loading.is_ok and running.vitals.web_config_ok,
        )
        yield GaugeMetricFamily(
            "blackbox_exporter_config_last_reload_success_timestamp_seconds",
            "When the modules in force were read, in Unix time.",
            running.loading.at,
        )
        yield CounterMetricFamily(
            "blackbox_module_unknown", "Requests for a module that there is not.", running.prober.unknown_modules
        )
        refused = CounterMetricFamily(
            "datashare_monitor_web_refused", "Requests and connections that were refused, by reason.", labels=["reason"]
        )
        for reason, count in sorted(running.vitals.web_refused.items()):
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "datashare_monitor_probes_in_flight", "Probes on request under way.", running.prober.under_way
        )


async def metrics(request: web.Request) -> web.Response:
    """Answer a scrape."""
    registry = CollectorRegistry()
    registry.register(Own(request.app[EXPORTER]))
    ProcessCollector(registry=registry)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": TEXT})
