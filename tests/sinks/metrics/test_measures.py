"""Readings become series under datashare_, and nothing a plugin reports makes the exposition invalid."""

import math
from dataclasses import replace

import pytest
from judge.watch import check, inventory, system
from prometheus_client.parser import text_string_to_metric_families
from sinks.metrics.scraped import Scraped

from monitor.measure import Label, Measure, MeasureKind, Reading
from monitor.observation import Reason, Status, down, up

ID = "ha-noi/portal/http"
ME = {"agency": "ha-noi", "target": "portal", "check": "http"}
CODE = Measure("probe_http_status_code", "Status of the answer.")
SSL = Measure("probe_http_ssl", "Whether TLS was used.")
VERSION = Measure("probe_tls_version_info", "1 for the version.", labels=(Label.of("version", ("1.2", "1.3")),))
SENT = Measure("exchange_sent_total", "Calls the target counted.", MeasureKind.TOTAL)
CALLS = Measure(
    "exchange_transactions_total",
    "Calls by consumer.",
    MeasureKind.INCREMENT,
    (Label("consumer"), Label.of("outcome", ("ok", "timeout"))),
    series=3,
)
PINGS = Measure("exchange_pings_total", "Pings.", MeasureKind.INCREMENT)
ALL = (CODE, SSL, VERSION, SENT, CALLS, PINGS)


def watch(*measures):
    measures = measures or ALL
    declared = {measure.name: measure for measure in measures}
    return Scraped(inventory([check(ID, measures=declared)], [system("ha-noi/portal")]))


def test_gauge_is_the_newest_reading():
    bench = watch()

    bench.run(ID, up(CODE(200), SSL(1)), up(CODE(404), SSL(1)))

    assert bench.value("datashare_probe_http_status_code", **ME) == 404
    assert bench.value("datashare_probe_http_ssl", **ME) == 1


def test_what_the_newest_run_did_not_read_is_absent():
    bench = watch()

    bench.run(ID, up(CODE(200), SSL(1), VERSION(1, version="1.3")), down(Reason.STATUS, "answered 500", CODE(500)))

    assert bench.value("datashare_probe_http_status_code", **ME) == 500
    assert bench.samples("datashare_probe_http_ssl") == bench.samples("datashare_probe_tls_version_info") == {}
    bench.run(ID, up(CODE(200), SSL(1)))
    assert bench.value("datashare_probe_http_ssl", **ME) == 1
    bench.run(ID, Status.DOWN)
    assert bench.samples("datashare_probe_http_status_code") == {}


def test_labels_of_a_measure_join_the_identity():
    bench = watch()

    bench.run(ID, up(VERSION(1, version="1.2")), up(VERSION(1, version="1.3")))

    assert bench.samples("datashare_probe_tls_version_info") == {
        'datashare_probe_tls_version_info{agency="ha-noi",check="http",target="portal",version="1.3"}': 1.0
    }


def test_total_is_the_targets_own_number_and_increment_is_summed_up():
    bench = watch()

    for _ in range(3):
        bench.run(
            ID, up(SENT(100), PINGS(2), CALLS(5, consumer="a", outcome="ok"), CALLS(1, consumer="b", outcome="ok"))
        )

    assert bench.value("datashare_exchange_sent_total", **ME) == 100
    assert bench.value("datashare_exchange_pings_total", **ME) == 6
    assert bench.value("datashare_exchange_transactions_total", consumer="a", **ME) == 15
    assert bench.value("datashare_exchange_transactions_total", consumer="b", **ME) == 3


def test_the_very_same_increment_counts_each_time():
    bench, once = watch(), PINGS(2)

    bench.run(ID, up(once), up(once), up(once))

    assert bench.value("datashare_exchange_pings_total", **ME) == 6


def test_sum_stays_while_nothing_is_added():
    bench = watch()

    bench.run(ID, up(PINGS(2)), up(), Status.DOWN, up(PINGS(1)))

    assert bench.value("datashare_exchange_pings_total", **ME) == 3


def test_series_over_the_budget_are_dropped_and_counted():
    bench = watch()

    bench.run(ID, up(*(CALLS(1, consumer=f"c{number}", outcome="ok") for number in range(3))))
    bench.run(ID, up(*(CALLS(1, consumer=f"c{number}", outcome="ok") for number in range(2, 6))))

    assert len(bench.samples("datashare_exchange_transactions_total")) == 3
    assert bench.value("datashare_exchange_transactions_total", consumer="c2", **ME) == 2
    assert bench.vitals.series_dropped == {"http": 3}


@pytest.mark.parametrize(
    "bad",
    [
        CODE(math.nan),
        CODE(math.inf),
        CODE(-math.inf),
        SENT(-1),
        PINGS(-0.5),
        Measure("undeclared", "Nobody declared it.")(1),
        Reading(VERSION, 1, ()),
        Reading(CODE, 1, ("more",)),
        Reading(Measure("exchange_pings_total", "Other.", MeasureKind.TOTAL, (Label("x"),)), 1, ("a",)),
    ],
    ids=lambda bad: f"{bad.measure.name}={bad.value}",
)
def test_reading_that_would_be_invalid_is_refused_counted_and_spares_the_others(bad):
    bench = watch()

    bench.run(ID, up(SSL(1), bad), up(SSL(0), bad))

    assert bench.value("datashare_probe_http_ssl", **ME) == 0
    assert "nan" not in bench.text().lower().replace("maintenance", "")
    assert " +Inf" not in bench.text()
    assert bench.vitals.readings_refused == {"http": 2}
    [*text_string_to_metric_families(bench.text())]


def test_value_that_turns_bad_in_a_series_that_was_good_is_refused():
    bench = watch()

    bench.run(ID, up(CODE(200)), up(CODE(math.nan)))

    assert bench.samples("datashare_probe_http_status_code") == {}
    assert bench.vitals.readings_refused == {"http": 1}


@pytest.mark.parametrize(
    "name", ["probe_success", "check_status", "probe_latency_seconds_bucket", "probe_duration_seconds"]
)
def test_measure_that_takes_a_name_of_ours_is_left_out(name):
    measure = Measure(name, "Takes a name that is taken.")
    bench = watch(measure, SSL)

    bench.run(ID, up(measure(7), SSL(1)))

    assert bench.text().count(f"# TYPE datashare_{name} ") <= 1
    assert 7.0 not in bench.samples(f"datashare_{name}").values()
    assert bench.value("datashare_probe_http_ssl", **ME) == 1


def test_measure_with_a_label_of_ours_is_left_out():
    measure = Measure("odd", "Has a label of ours.", labels=(Label("target"),))
    bench = watch(measure)

    bench.run(ID, up(measure(1, target="a/b")))

    assert "datashare_odd" not in bench.text()


def test_hostile_label_is_written_out():
    bench = watch()

    bench.run(ID, up(CALLS(1, consumer='x"}\n\x1b\ud800', outcome="ok")))

    assert r"consumer=\"" not in bench.text()
    families = {one.name: one for one in text_string_to_metric_families(bench.text())}
    sample = families["datashare_exchange_transactions"].samples[0]
    assert sample.labels["consumer"] == 'x"}\\n\\x1b\\ud800'


def test_two_checks_that_declare_a_measure_differently_do_not_mix():
    first = check("a/s/one", measures={"odd": Measure("odd", "One.")})
    other = Measure("odd", "Other.", labels=(Label("consumer"),))
    second = check("a/s/two", measures={"odd": other})
    bench = Scraped(inventory([first, second], [system("a/s")]))

    bench.run("a/s/one", up(first.measures["odd"](1)))
    bench.run("a/s/two", up(other(1, consumer="a")))

    assert [*bench.samples("datashare_odd")] == ['datashare_odd{agency="a",check="one",target="s"}']
    assert bench.vitals.readings_refused == {"http": 1}


def test_check_that_is_configured_otherwise_forgets_what_it_cannot_report_any_more():
    one = check(ID, measures={measure.name: measure for measure in (CODE, PINGS)})
    keeper = check("ha-noi/portal/other", measures={measure.name: measure for measure in (CODE, PINGS)})
    bench = Scraped(inventory([one, keeper], [system("ha-noi/portal")]))
    bench.run(ID, up(CODE(200), PINGS(1)))

    bench.reload(
        inventory([replace(one, measures={SSL.name: SSL}, fingerprint="x"), keeper], [system("ha-noi/portal")])
    )

    assert bench.samples("datashare_probe_http_status_code") == bench.samples("datashare_exchange_pings_total") == {}
    bench.run(ID, up(SSL(1)))
    assert bench.value("datashare_probe_http_ssl", **ME) == 1


def test_measure_that_gains_a_label_in_a_reload_starts_anew():
    old, new = Measure("odd", "Odd."), Measure("odd", "Odd.", labels=(Label.of("sort", ("a", "b")),))
    one = check(ID, measures={"odd": old})
    bench = Scraped(inventory([one], [system("ha-noi/portal")]))
    bench.run(ID, up(old(1)))

    bench.reload(inventory([replace(one, measures={"odd": new}, fingerprint="x")], [system("ha-noi/portal")]))
    bench.run(ID, up(new(1, sort="a"), new(2, sort="b")))

    assert len(bench.samples("datashare_odd")) == 2
    [*text_string_to_metric_families(bench.text())]


def test_totals_of_a_ledger_are_shown_and_increments_left_to_it():
    bench = watch()
    bench.metrics.expect_totals()

    bench.run(ID, up(CODE(200), PINGS(5), CALLS(3, consumer="hue", outcome="ok")))
    before = bench.samples("datashare_exchange_pings_total") | bench.samples("datashare_exchange_transactions_total")
    bench.metrics.count(ID, {PINGS.name: {(): 7.0}, CALLS.name: {("hue", "ok"): 40.0, ("hue", "timeout"): 2.0}})
    bench.run(ID, up(CODE(200), PINGS(5)))

    assert before == {}
    assert bench.value("datashare_probe_http_status_code", **ME) == 200
    assert bench.value("datashare_exchange_pings_total", **ME) == 7
    assert bench.value("datashare_exchange_transactions_total", **ME, consumer="hue", outcome="ok") == 40
    assert bench.value("datashare_exchange_transactions_total", **ME, consumer="hue", outcome="timeout") == 2


def test_increments_of_a_check_that_a_reload_adds_are_left_to_the_ledger_too():
    bench = watch(CODE)
    bench.metrics.expect_totals()
    new = check("ha-noi/portal/new", measures={PINGS.name: PINGS})
    bench.reload(inventory([*bench.inventory.checks.values(), new], [system("ha-noi/portal")]))

    bench.run(new.id, up(PINGS(1)))
    before = bench.samples("datashare_exchange_pings_total")
    bench.metrics.count(new.id, {PINGS.name: {(): 7.0}})

    assert (before, bench.value("datashare_exchange_pings_total", check="new")) == ({}, 7)
    bench.reload(inventory([bench.inventory.checks[ID]], [system("ha-noi/portal")]))
    assert "exchange_pings" not in bench.text()


def test_totals_that_do_not_fit_the_measure_any_more_are_left_out():
    bench = watch()
    bench.metrics.expect_totals()

    bench.metrics.count("ha-noi/portal/gone", {PINGS.name: {(): 7.0}})
    bench.metrics.count(ID, {"exchange_gone_total": {(): 1.0}, PINGS.name: {("a",): 1.0}, CODE.name: {(): 1.0}})
    bench.metrics.count(ID, {CALLS.name: {(f"c-{n}", "ok"): 1.0 for n in range(5)}})

    assert bench.samples("datashare_exchange_pings_total") == bench.samples("datashare_probe_http_status_code") == {}
    assert len(bench.samples("datashare_exchange_transactions_total")) == 3
    assert bench.vitals.series_dropped["http"] == 2
