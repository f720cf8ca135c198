"""What checks have read is known by the measures that plugins share, and for as long as their newest runs say it."""

import pytest
from datashare_monitor_reconcile.readings import COMPLETENESS
from datashare_monitor_usage.measures import COUNTED_UNTIL, LAST_CALL, TRANSACTIONS, UNCALLED_SINCE
from judge.watch import check

from monitor.measure import Label, Measure, MeasureKind
from monitor.plugin.measures import CERT_EXPIRY, LAST_RECORD
from monitor.sinks.metrics import evidence as module
from monitor.sinks.metrics.evidence import LABELS, TOGETHER, Evidence
from monitor.sinks.metrics.row import CheckRow

SHARED = (LAST_RECORD, COMPLETENESS, CERT_EXPIRY, COUNTED_UNTIL, LAST_CALL, UNCALLED_SINCE, TRANSACTIONS)
ALL = {measure.name: measure for measure in SHARED}
PARTIES = (Label("consumer"), Label("service"), Label("outcome"))


def row(check_id, *readings, measures=ALL):
    return CheckRow(check(check_id, measures=measures), slot=0, awaited_since=0.0, readings=readings)


def taken(*rows):
    evidence = Evidence()
    for one in rows:
        evidence.take(one)
    return evidence


def of_targets(evidence, measure, *, is_least=False):
    found = {}
    for _ in evidence.of_targets(measure.name, found, is_least=is_least):
        pass
    return found


def of_connections(evidence, measure):
    found = {}
    for _ in evidence.of_connections(measure.name, found):
        pass
    return found


def counting(*rows):
    found = []
    for _ in Evidence().counting(rows, found):
        pass
    return found


def test_measures_are_those_of_the_plugins_with_their_labels():
    assert {measure.name: tuple(label.name for label in measure.labels) for measure in SHARED} == dict(LABELS)
    assert LAST_RECORD.name == module.LAST_RECORD
    assert COMPLETENESS.name == module.COMPLETENESS
    assert CERT_EXPIRY.name == module.CERT_EXPIRY
    assert COUNTED_UNTIL.name == module.COUNTED_UNTIL
    assert LAST_CALL.name == module.LAST_CALL
    assert UNCALLED_SINCE.name == module.UNCALLED_SINCE
    assert TRANSACTIONS.name == module.TRANSACTIONS
    assert TRANSACTIONS.kind is MeasureKind.INCREMENT


def test_greatest_or_least_of_several_checks_of_a_target_counts():
    rows = [row(f"a/t/{name}", CERT_EXPIRY(at)) for name, at in (("x", 200), ("y", 100), ("z", 300))]

    evidence = taken(*rows, row("b/t/x", CERT_EXPIRY(-5)))

    assert of_targets(evidence, CERT_EXPIRY) == {"a/t": 300, "b/t": -5}
    assert of_targets(evidence, CERT_EXPIRY, is_least=True) == {"a/t": 100, "b/t": -5}


def test_greatest_reading_about_a_connection_counts_whoever_read_it():
    first = row("n/hub/one", LAST_CALL(100, connection="a/link"), LAST_CALL(-7, connection="b/link"))
    second = row("n/hub/two", LAST_CALL(200, connection="a/link"))

    evidence = taken(first, second)

    assert of_connections(evidence, LAST_CALL) == {"a/link": 200, "b/link": -7}
    assert of_connections(evidence, UNCALLED_SINCE) == {}


def test_run_that_reads_nothing_leaves_only_up_to_when_calls_were_counted():
    one = row("a/t/x", LAST_RECORD(1), COMPLETENESS(0.5), CERT_EXPIRY(2), COUNTED_UNTIL(3))
    evidence = taken(one)

    one.readings = ()
    evidence.take(one)

    for measure in (LAST_RECORD, COMPLETENESS, CERT_EXPIRY):
        assert of_targets(evidence, measure) == {}, measure.name
    assert evidence.until("a/t/x") == 3


def test_nothing_is_known_of_a_check_that_never_said_it():
    assert taken(row("a/t/x")).until("a/t/x") is None
    assert taken(row("a/t/x", COUNTED_UNTIL(0))).until("a/t/x") == 0
    assert Evidence().until("a/t/x") is None


@pytest.mark.parametrize(
    "other",
    [
        Measure(LAST_RECORD.name, "Of each table.", labels=(Label("table"),)),
        Measure(LAST_CALL.name, "Of each service.", labels=(Label("service"),)),
        Measure(LAST_CALL.name, "Of each connection and service.", labels=(Label("connection"), Label("service"))),
        Measure(UNCALLED_SINCE.name, "Of nobody."),
    ],
    ids=lambda one: getattr(one, "help", str(one)),
)
def test_measure_of_the_same_name_with_other_labels_is_another(other):
    reading = other(1, **{label.name: "x" for label in other.labels})

    evidence = taken(row("a/t/x", reading, measures={other.name: other}))

    assert of_targets(evidence, other) == of_connections(evidence, other) == {}


@pytest.mark.parametrize(
    ("measure", "is_counting"),
    [
        (TRANSACTIONS, True),
        (Measure(TRANSACTIONS.name, "As a device keeps it.", MeasureKind.TOTAL, PARTIES), False),
        (Measure(TRANSACTIONS.name, "In another order.", MeasureKind.INCREMENT, PARTIES[::-1]), False),
        (Measure(TRANSACTIONS.name, "Of nobody.", MeasureKind.INCREMENT), False),
        (LAST_CALL, False),
    ],
    ids=lambda one: getattr(one, "help", str(one)),
)
def test_check_that_counts_calls_counts_them_as_the_plugin_does(measure, is_counting):
    one = row("a/t/x", measures={measure.name: measure})

    assert counting(one) == ([one] if is_counting else [])


def test_check_that_is_gone_is_forgotten_and_no_other_one():
    one, other = row("a/t/x", COUNTED_UNTIL(1), CERT_EXPIRY(2)), row("b/t/x", COUNTED_UNTIL(3), CERT_EXPIRY(4))
    evidence = taken(one, other)

    evidence.replace({other.check.id: other}, {one.check.id, "c/never/there"})

    assert of_targets(evidence, CERT_EXPIRY) == {"b/t": 4}
    assert (evidence.until("a/t/x"), evidence.until("b/t/x")) == (None, 3)


def test_check_that_is_configured_otherwise_keeps_what_it_can_still_read():
    one = row("a/t/x", COUNTED_UNTIL(1), CERT_EXPIRY(2), LAST_RECORD(3))
    evidence = taken(one)
    one.readings = (CERT_EXPIRY(2), LAST_RECORD(3))  # the newest run has counted nothing
    one.check = check("a/t/x", measures={measure.name: measure for measure in (COUNTED_UNTIL, CERT_EXPIRY)})

    evidence.replace({one.check.id: one}, {one.check.id})

    assert of_targets(evidence, CERT_EXPIRY) == {"a/t": 2}
    assert of_targets(evidence, LAST_RECORD) == {}
    assert evidence.until("a/t/x") == 1


def test_check_of_another_kind_has_read_nothing():
    one = row("a/t/x", COUNTED_UNTIL(1), CERT_EXPIRY(2))
    evidence = taken(one)
    one.check, one.readings = check("a/t/x", measures={}), ()

    evidence.replace({one.check.id: one}, {one.check.id})

    assert of_targets(evidence, CERT_EXPIRY) == {}
    assert evidence.until("a/t/x") is None


def test_runs_may_come_in_between_two_steps():
    rows = [row(f"a/t{number}/x", CERT_EXPIRY(number)) for number in range(TOGETHER * 2)]
    evidence, found = taken(*rows), {}

    steps = evidence.of_targets(CERT_EXPIRY.name, found)
    next(steps)
    rows[-1].readings = ()
    evidence.take(rows[-1])
    evidence.take(row("a/new/x", CERT_EXPIRY(7)))
    for _ in steps:
        pass

    assert len(found) == TOGETHER * 2 - 1
    assert f"a/t{TOGETHER * 2 - 1}" not in found


def test_steps_are_short_however_readings_are_spread_over_checks():
    apart = taken(*(row(f"a/t{number}/x", LAST_CALL(1, connection=f"a/{number}")) for number in range(TOGETHER * 3)))
    together = taken(row("a/t/x", *(LAST_CALL(1, connection=f"a/{number}") for number in range(TOGETHER * 3))))

    assert [sum(1 for _ in one.of_connections(LAST_CALL.name, {})) for one in (apart, together)] == [3, 3]
