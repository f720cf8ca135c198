"""The monitor's own vital signs are on /metrics, as is the process."""

from datetime import UTC, datetime

from judge.watch import inventory
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from sinks.metrics.scraped import Scraped

from monitor.settings import Shard
from monitor.sinks.metrics.own import OF_THE_MONITOR


def watch():
    bench = Scraped(inventory([]))
    vitals = bench.vitals
    for seconds in (0.001, 0.02, 60.0):
        vitals.start_lateness.add(seconds)
    vitals.loop_lag.add(0.003)
    vitals.in_flight, vitals.in_flight_limit, vitals.waiting, vitals.abandoned = 3, 4000, 7, 2
    vitals.skipped["slots"] += 5
    vitals.rerun["lag"] += 1
    vitals.plugin_errors["bad"] += 2
    vitals.plugin_failures["worse"] = 'SyntaxError: "\n\x1b'
    vitals.readings_refused["bad"] += 9
    vitals.series_dropped["bad"] += 8
    vitals.workers_killed["bad"] += 3
    vitals.quarantined.add('odd"\n\x1b')
    vitals.sink_errors["history"] += 1
    vitals.network_up = False
    vitals.shard = Shard(1, 3)
    vitals.reload_time = datetime(2026, 5, 4, tzinfo=UTC).timestamp()
    vitals.reloads["rejected"] += 1
    return bench


def test_every_vital_sign_is_shown():
    bench = watch()

    def value(name, **labels):
        return bench.value(f"datashare_monitor_{name}", **labels)

    assert value("start_lateness_seconds_count") == 3
    assert value("start_lateness_seconds_bucket", le="0.025") == 2
    assert value("start_lateness_seconds_sum") == 60.021
    assert value("loop_lag_seconds_count") == 1
    assert (value("runs_in_flight"), value("runs_in_flight_limit"), value("runs_waiting")) == (3, 4000, 7)
    assert value("runs_skipped_total", reason="slots") == 5
    assert value("runs_abandoned_total") == 2
    assert value("runs_repeated_total", reason="lag") == 1
    assert value("plugin_errors_total", plugin="bad") == 2
    assert value("plugin_load_failed", plugin="worse") == 1
    assert value("readings_refused_total", plugin="bad") == 9
    assert value("series_dropped_total", plugin="bad") == 8
    assert value("workers_killed_total", plugin="bad") == 3
    assert value("sink_errors_total", sink="history") == 1
    assert value("network_up") == 0
    assert (value("shard"), value("shards")) == (1, 3)
    assert value("config_last_reload_successful") == 1
    assert value("config_last_reload_success_timestamp_seconds") == bench.vitals.reload_time
    assert value("config_reloads_total", result="rejected") == 1
    assert bench.value("datashare_build_info", version="1.2.3", python="3.11.9") == 1
    assert bench.value("process_resident_memory_bytes") > 1e6


def test_network_that_nobody_looked_at_yet_is_absent():
    bench = watch()
    bench.vitals.network_up = None

    assert bench.value("datashare_monitor_network_up") is None


def test_hostile_name_of_a_plugin_breaks_nothing():
    bench = watch()

    families = {one.name: one for one in text_string_to_metric_families(bench.text(openmetrics=True))}

    (sample,) = families["datashare_monitor_plugin_quarantined"].samples
    assert sample.labels == {"plugin": 'odd"\\n\\x1b'}


def test_what_is_declared_is_what_is_shown():
    shown = {line.split()[2] for line in watch().text().splitlines() if line.startswith("# TYPE datashare_monitor_")}

    declared = {family.name for family in OF_THE_MONITOR}
    assert shown <= declared
    assert declared - shown == {"datashare_build_info"}


def test_there_are_no_created_series():
    assert "_created" not in watch().text(openmetrics=True)
    assert "_created" not in watch().text()
