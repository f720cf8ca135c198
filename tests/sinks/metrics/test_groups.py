"""Latencies and reasons are counted by agency and kind of probe."""

from judge.watch import check, inventory, outcome, system
from sinks.metrics.scraped import Scraped

from monitor.observation import Reason, Status, down

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ME = {"agency": "ha-noi", "probe": "http"}


def watch():
    checks = [check("ha-noi/portal/one"), check("ha-noi/lgsp/two"), check("hue/portal/three", kind="tcp")]
    return Scraped(inventory(checks, [system(one.target) for one in checks]))


def feed(bench, check_id, seen, seconds=0.25):
    bench.clock.advance(30)
    bench.judge.take(outcome(check_id, bench.clock.now(), seen, duration_seconds=seconds))


def test_latencies_of_all_checks_of_an_agency_are_one_histogram():
    bench = watch()
    for check_id, seconds in (("ha-noi/portal/one", 0.25), ("ha-noi/lgsp/two", 0.004), ("ha-noi/lgsp/two", 99.0)):
        feed(bench, check_id, UP, seconds)

    buckets = bench.samples("datashare_probe_latency_seconds_bucket", **ME)

    assert [*buckets.values()] == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3]
    assert [*buckets][-1].endswith('le="+Inf",probe="http"}')
    assert bench.value("datashare_probe_latency_seconds_count", **ME) == 3
    assert bench.value("datashare_probe_latency_seconds_sum", **ME) == 99.254


def test_run_that_saw_nothing_has_no_latency_but_a_reason():
    bench = watch()

    for seen in (UP, DEGRADED, DOWN, DOWN, UNKNOWN, down(Reason.TIMEOUT, "took too long")):
        feed(bench, "ha-noi/portal/one", seen)

    assert bench.value("datashare_probe_latency_seconds_count", **ME) == 5
    reasons = {"slow": 1, "refused": 2, "network": 1, "timeout": 1}
    for reason, count in reasons.items():
        assert bench.value("datashare_probe_failure_reasons_total", reason=reason, **ME) == count
    assert len(bench.samples("datashare_probe_failure_reasons_total")) == len(reasons)


def test_group_without_checks_is_dropped():
    bench = watch()
    feed(bench, "hue/portal/three", DOWN)

    bench.reload(inventory([check("ha-noi/portal/one")], [system("ha-noi/portal")]))

    assert bench.samples("datashare_probe_latency_seconds_count") == {}
    assert bench.samples("datashare_probe_failure_reasons_total") == {}
