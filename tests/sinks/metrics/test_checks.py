"""Each family of a check says what metrics.md promises, and an unknown state is an absent sample."""

from dataclasses import replace
from datetime import timedelta

import pytest
from judge.watch import START, check, inventory, outcome, system
from sinks.metrics.scraped import Scraped

from monitor.inventory import OneOffWindow
from monitor.observation import Reason, Status, unknown

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ID = "ha-noi/portal/http"
ME = {"agency": "ha-noi", "target": "portal", "check": "http"}


def watch(windows=(), **settings):
    return Scraped(inventory([check(ID, **settings)], [system("ha-noi/portal", maintenance=windows)]))


def test_check_that_has_not_run_yet():
    bench = watch()

    assert bench.samples("datashare_probe_success") == {}
    assert bench.samples("datashare_check_status") == {}
    assert bench.value("datashare_check_reason", reason="pending", **ME) == 1
    assert bench.value("datashare_check_maintenance", **ME) == 0
    assert bench.value("datashare_probe_runs_total", **ME) == 0
    assert bench.value("datashare_probe_failures_total", **ME) == 0
    assert bench.value("datashare_check_interval_seconds", **ME) == 30
    assert bench.value("datashare_check_info", plugin="http", probe="http", placement="in_loop", **ME) == 1
    assert set(bench.samples("datashare_check_state_seconds_total", **ME).values()) == {0.0}


@pytest.mark.parametrize(("seen", "success"), [(UP, 1), (DEGRADED, 1), (DOWN, 0), (UNKNOWN, None)])
def test_success_is_what_the_newest_run_saw(seen, success):
    bench = watch()

    bench.run(ID, UP, seen)

    assert bench.value("datashare_probe_success", **ME) == success


@pytest.mark.parametrize(
    ("runs", "status", "reason"),
    [
        ([UP], 2, None),
        ([DEGRADED], 1, "slow"),
        ([DOWN], 0, "refused"),
        ([UP, DOWN], 2, None),
        ([UP, DOWN, DOWN], 0, "refused"),
        ([DOWN, UP], 2, None),
        ([UP, UNKNOWN], None, "network"),
    ],
)
def test_status_and_reason_are_the_confirmed_ones(runs, status, reason):
    bench = watch()

    bench.run(ID, *runs)

    assert bench.value("datashare_check_status", **ME) == status
    reasons = bench.samples("datashare_check_reason", **ME)
    assert [*reasons.values()] == ([] if reason is None else [1.0])
    assert all(f'reason="{reason}"' in line for line in reasons)


def test_moment_at_which_the_state_began():
    bench = watch()

    bench.run(ID, UP, DOWN, DOWN)

    assert bench.value("datashare_check_status_since_timestamp_seconds", **ME) == START.timestamp() + 60


def test_account_is_the_judges():
    bench = watch((OneOffWindow(start=START + timedelta(seconds=100), length=timedelta(seconds=10)),))

    bench.run(ID, UP, DOWN, DOWN, DEGRADED, UNKNOWN, UP)

    expected = bench.judge.seconds(ID)
    for state in ("up", "degraded", "down", "maintenance", "unknown"):
        assert bench.value("datashare_check_state_seconds_total", state=state, **ME) == getattr(expected, state)


def test_runs_failures_and_moments_of_runs():
    bench = watch()

    bench.run(ID, UP, DEGRADED, DOWN, UNKNOWN)
    for reason in (Reason.SKIPPED, Reason.PLUGIN):  # due, but they did not take place
        bench.clock.advance(30)
        none = outcome(ID, bench.clock.now(), unknown(reason, "nothing ran"))
        bench.judge.take(replace(none, is_run=False))

    assert bench.value("datashare_probe_runs_total", **ME) == 4
    assert bench.value("datashare_probe_failures_total", **ME) == 1
    assert bench.value("datashare_probe_last_run_timestamp_seconds", **ME) == START.timestamp() + 120
    assert bench.value("datashare_probe_last_success_timestamp_seconds", **ME) == START.timestamp() + 60
    assert bench.value("datashare_probe_duration_seconds", **ME) == 0.25


def test_slow_runs_are_counted_only_with_an_objective():
    bench = watch(max_latency=timedelta(milliseconds=200))
    bench.run(ID, UP, DOWN, UNKNOWN)
    other = watch()
    other.run(ID, UP)

    assert bench.value("datashare_probe_slow_runs_total", **ME) == 2
    assert other.value("datashare_probe_slow_runs_total", **ME) is None


def test_window_that_opens_marks_the_check():
    bench = watch((OneOffWindow(start=START + timedelta(seconds=10), length=timedelta(seconds=60)),))
    bench.run(ID, UP, every=5)

    bench.advance(10)
    inside = bench.value("datashare_check_maintenance", **ME)
    bench.run(ID, UP)
    bench.advance(60)

    assert inside == 1
    assert bench.value("datashare_check_maintenance", **ME) == 0


def test_check_that_is_overdue_has_no_success_and_no_status():
    bench = watch()
    bench.run(ID, UP)

    bench.advance(1000)

    assert bench.value("datashare_probe_success", **ME) is None
    assert bench.value("datashare_check_status", **ME) is None
    assert bench.value("datashare_check_reason", reason="overdue", **ME) == 1
    assert bench.value("datashare_probe_last_run_timestamp_seconds", **ME) == START.timestamp() + 30
    bench.run(ID, UP)
    assert bench.value("datashare_probe_success", **ME) == 1


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("http", "datashare_probe_http_duration_seconds"),
        ("grpc", "datashare_probe_grpc_duration_seconds"),
        ("tcp", "datashare_probe_phase_duration_seconds"),
    ],
)
def test_phases_are_there_on_request(kind, family):
    watched = inventory([check(ID, kind=kind, phases=True)], [system("ha-noi/portal")])
    bench = Scraped(watched)
    bench.clock.advance(30)
    bench.judge.take(outcome(ID, bench.clock.now(), UP, phases={"resolve": 0.001, "connect": 0.02}))

    assert bench.value(family, phase="connect", **ME) == 0.02
    assert len(bench.samples(family)) == 2
    bench.reload(inventory([replace(watched.checks[ID], phases=False)], [system("ha-noi/portal")]))
    assert bench.samples(family) == {}


def test_check_that_is_gone_is_gone_from_the_next_scrape():
    bench = watch()
    bench.run(ID, UP)

    bench.reload(inventory([check("ha-noi/portal/tls")], [system("ha-noi/portal")]))

    assert 'check="http"' not in bench.text()


def test_check_that_changed_keeps_its_counters():
    one = check(ID)
    bench = Scraped(inventory([one], [system("ha-noi/portal")]))
    bench.run(ID, UP, DOWN)

    changed = replace(one, every=timedelta(seconds=60), kind="tcp", plugin="tcp", fingerprint="other")
    bench.reload(inventory([changed], [system("ha-noi/portal")]))

    assert bench.value("datashare_probe_runs_total", **ME) == 2
    assert bench.value("datashare_check_interval_seconds", **ME) == 60
    assert bench.value("datashare_check_info", **ME, probe="tcp") == 1


def test_there_are_at_least_ten_series_for_each_check():
    bench = watch()
    bench.run(ID, UP)

    assert sum('check="http"' in line for line in bench.text().splitlines()) >= 15
