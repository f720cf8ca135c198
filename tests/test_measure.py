"""What /metrics could not show, or does not fit its measure, is refused where it is written."""

from enum import StrEnum

import pytest

from monitor.measure import Label, Measure, MeasureKind, Reading


class Side(StrEnum):
    PROVIDER = "provider"
    CONSUMER = "consumer"


RECORDS = Measure("exchange_records", "Records held.", labels=(Label.of("side", Side), Label("service")))


def test_calling_a_measure_makes_a_reading_with_labels_in_the_declared_order():
    assert RECORDS(7, service="dancu", side=Side.PROVIDER) == Reading(RECORDS, 7, ("provider", "dancu"))


def test_a_closed_set_of_label_values_is_that_of_the_enum():
    assert RECORDS.labels[0].values == {"provider", "consumer"}
    assert RECORDS.labels[1].values == frozenset()


@pytest.mark.parametrize("labels", [{}, {"side": "provider"}, {"side": "provider", "service": "a", "more": "b"}])
def test_a_reading_has_all_labels_and_no_others(labels):
    with pytest.raises(ValueError, match=r"exchange_records takes the labels \['side', 'service'\]"):
        RECORDS(1, **labels)


def test_a_reading_with_a_misspelt_label_is_told_which_one_is_missing():
    with pytest.raises(ValueError, match="exchange_records has no value for its label 'service'"):
        RECORDS(1, side="provider", servicee="dancu")


@pytest.mark.parametrize("name", ["", "2xx", "Records", "bản_ghi", "a-b", "a b", 'a"'])
def test_a_name_that_prometheus_would_have_to_quote_is_refused(name):
    with pytest.raises(ValueError, match="is not a measure name"):
        Measure(name, "Something.")
    with pytest.raises(ValueError, match="is not a label name"):
        Label(name)


def test_a_label_of_prometheus_itself_is_refused():
    with pytest.raises(ValueError, match="is not a label name"):
        Label("__name__")


@pytest.mark.parametrize(
    ("name", "kind", "rule"),
    [
        ("a_total", MeasureKind.GAUGE, "must not end in _total"),
        ("a", MeasureKind.TOTAL, "must end in _total"),
        ("a", MeasureKind.INCREMENT, "must end in _total"),
    ],
)
def test_counters_end_in_total_and_nothing_else_does(name, kind, rule):
    with pytest.raises(ValueError, match=rule):
        Measure(name, "Something.", kind)


def test_a_measure_without_help_is_refused():
    with pytest.raises(ValueError, match="write a help sentence"):
        Measure("a", " ")
