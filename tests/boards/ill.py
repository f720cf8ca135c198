"""A monitor that is not well in any way there is: the real code shows vital signs that were made up."""

from http.server import BaseHTTPRequestHandler

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from monitor.settings import Shard
from monitor.sinks.metrics.build import Build
from monitor.sinks.metrics.families import AGENCY_LATE
from monitor.sinks.metrics.own import Own, registry
from monitor.vitals import Vitals


class Stopped(Collector):
    """A check of an agency that does not run any more."""

    def collect(self):
        metric = AGENCY_LATE.metric()
        metric.add_sample(AGENCY_LATE.name, {"agency": "vi-du"}, 1.0)
        yield metric


class Ill:
    """Gets worse with every scrape."""

    def __init__(self):
        self.vitals = vitals = Vitals(shard=Shard(1, 4), network_up=False, reload_ok=False, history_up=False)
        vitals.plugin_failures["misspelt"] = "AttributeError"
        vitals.quarantined.add("ends")
        self.registry: CollectorRegistry = registry(Own(vitals, Build(), lambda: 1))
        self.registry.register(Stopped())

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.worsen()
        request.send_response(200)
        request.send_header("Content-Type", "text/plain; version=0.0.4")
        request.end_headers()
        request.wfile.write(generate_latest(self.registry))

    def worsen(self) -> None:
        vitals = self.vitals
        vitals.start_lateness.add(5.0)
        vitals.loop_lag.add(5.0)
        for counts, name in (
            (vitals.skipped, "slots"),
            (vitals.plugin_errors, "raises"),
            (vitals.readings_refused, "raises"),
            (vitals.series_dropped, "raises"),
            (vitals.workers_killed, "ends"),
            (vitals.sink_errors, "journal"),
            (vitals.history_errors, "full"),
            (vitals.web_refused, "login"),
        ):
            counts[name] += 10
