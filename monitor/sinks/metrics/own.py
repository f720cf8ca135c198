"""The monitor's own metrics, from its vital signs: an ordinary prometheus_client registry."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.registry import Collector

from monitor.sinks.metrics.build import Build
from monitor.sinks.metrics.family import Family, FamilyType
from monitor.sinks.metrics.groups import histogram
from monitor.sinks.printable import printable
from monitor.vitals import Vitals

Values = Iterable[tuple[Mapping[str, str], float]]

GAUGE, COUNTER, HISTOGRAM = FamilyType.GAUGE, FamilyType.COUNTER, FamilyType.HISTOGRAM
PREFIX = "datashare_monitor_"


def _alone(value: float) -> Values:
    return [({}, float(value))]


def _by(label: str, counts: Mapping[str, float] | Iterable[str]) -> Values:
    items = counts.items() if isinstance(counts, Mapping) else ((name, 1.0) for name in counts)
    return [({label: name}, float(value)) for name, value in sorted(items)]


def _own(name: str, text: str, kind: FamilyType = GAUGE, *labels: str) -> Family:
    return Family(PREFIX + name, text, kind, labels)


BUILD_INFO = Family("datashare_build_info", "1, with the version of the monitor.", labels=("python", "version"))
LATENESS = _own("start_lateness_seconds", "How long after its beat each run started.", HISTOGRAM)
LOOP_LAG = _own("loop_lag_seconds", "How late the event loop woke up, sampled several times a second.", HISTOGRAM)
SAMPLES = _own("samples", "Samples on /metrics, all slices together.")

VALUES: tuple[tuple[Family, Callable[[Vitals], Values]], ...] = (
    (
        _own("shard", "Which of the shards of the inventory this process watches, from 0 on."),
        lambda v: _alone(v.shard.index),
    ),
    (
        _own("shards", "Among how many processes the inventory is divided; 1 when this one watches all of it."),
        lambda v: _alone(v.shard.count),
    ),
    (_own("loop_lag_newest_seconds", "Newest sample of the loop lag."), lambda v: _alone(v.loop_lag_newest_seconds)),
    (_own("runs_in_flight", "Runs under way."), lambda v: _alone(v.in_flight)),
    (_own("runs_in_flight_limit", "Runs that may be under way at once."), lambda v: _alone(v.in_flight_limit)),
    (_own("runs_waiting", "Runs that are due and wait for a slot."), lambda v: _alone(v.waiting)),
    (
        _own("runs_skipped_total", "Runs that did not take place, by reason.", COUNTER, "reason"),
        lambda v: _by("reason", v.skipped),
    ),
    (
        _own("runs_abandoned_total", "Runs whose probe had not ended at its deadline.", COUNTER),
        lambda v: _alone(v.abandoned),
    ),
    (
        _own("runs_repeated_total", "Runs whose result was thrown away and made anew, by reason.", COUNTER, "reason"),
        lambda v: _by("reason", v.rerun),
    ),
    (
        _own("plugin_errors_total", "Exceptions that escaped from a plugin.", COUNTER, "plugin"),
        lambda v: _by("plugin", v.plugin_errors),
    ),
    (
        _own("plugin_load_failed", "1 for each plugin that could not be loaded.", GAUGE, "plugin"),
        lambda v: _by("plugin", [*v.plugin_failures]),
    ),
    (
        _own("readings_refused_total", "Readings that were not finite or not declared.", COUNTER, "plugin"),
        lambda v: _by("plugin", v.readings_refused),
    ),
    (
        _own("series_dropped_total", "Readings over the series budget.", COUNTER, "plugin"),
        lambda v: _by("plugin", v.series_dropped),
    ),
    (
        _own("workers_killed_total", "Worker processes that had to be killed.", COUNTER, "plugin"),
        lambda v: _by("plugin", v.workers_killed),
    ),
    (
        _own("plugin_quarantined", "1 for each plugin whose worker is not started for now.", GAUGE, "plugin"),
        lambda v: _by("plugin", [*v.quarantined]),
    ),
    (
        _own("sink_errors_total", "Events that a sink failed on.", COUNTER, "sink"),
        lambda v: _by("sink", v.sink_errors),
    ),
    (
        _own("network_up", "1 while the monitor's own network answers, 0 while not; absent before the first look."),
        lambda v: [] if v.network_up is None else _alone(v.network_up),
    ),
    (
        _own("config_last_reload_successful", "Whether the newest attempt to load the configuration succeeded."),
        lambda v: _alone(v.reload_ok and v.web_config_ok),
    ),
    (
        _own("config_last_reload_success_timestamp_seconds", "When the configuration in force was loaded."),
        lambda v: _alone(v.reload_time),
    ),
    (
        _own("history_up", "1 while the history can be written, 0 while not; absent when none is kept."),
        lambda v: [] if v.history_up is None else _alone(v.history_up),
    ),
    (
        _own("history_waiting", "Checks with something that is not written to the history yet."),
        lambda v: _alone(v.history_waiting),
    ),
    (
        _own("history_waiting_since_timestamp_seconds", "Since when something waits to be written to the history."),
        lambda v: [] if v.history_waiting_since is None else _alone(v.history_waiting_since),
    ),
    (
        _own("history_errors_total", "Attempts to write the history that failed.", COUNTER, "error"),
        lambda v: _by("error", v.history_errors),
    ),
    (
        _own("config_reloads_total", "Attempts to load the configuration anew, by result.", COUNTER, "result"),
        lambda v: _by("result", v.reloads),
    ),
    (
        _own(
            "web_refused_total",
            "Requests and connections that the HTTP surface refused, by reason: login, role, rate, busy, certificate, "
            "handshake, crowd.",
            COUNTER,
            "reason",
        ),
        lambda v: _by("reason", v.web_refused),
    ),
)

OF_THE_MONITOR = (BUILD_INFO, SAMPLES, LATENESS, LOOP_LAG, *(family for family, _ in VALUES))


class Own(Collector):
    """Reads the vital signs when a scrape asks."""

    def __init__(self, vitals: Vitals, build: Build, samples: Callable[[], int]) -> None:
        self._vitals = vitals
        self._build = build
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        build = {"python": self._build.python, "version": self._build.version}
        yield _metric(BUILD_INFO, [(build, 1.0)])
        yield _metric(SAMPLES, _alone(self._samples()))
        for family, counts in ((LATENESS, self._vitals.start_lateness), (LOOP_LAG, self._vitals.loop_lag)):
            metric = family.metric()
            for name, labels, value in histogram(family.name, {}, counts):
                metric.add_sample(name, dict(labels), value)
            yield metric
        for family, values in VALUES:
            yield _metric(family, values(self._vitals))


def registry(own: Own) -> CollectorRegistry:
    """Return a registry of the vital signs and of the process itself."""
    found = CollectorRegistry()
    found.register(own)
    ProcessCollector(registry=found)
    return found


def _metric(family: Family, values: Values) -> Metric:
    metric = family.metric()
    for labels, value in values:
        metric.add_sample(family.name, {name: printable(text) for name, text in labels.items()}, value)
    return metric
