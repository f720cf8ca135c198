"""What plugins report is believed only once it is declared, finite, within its budget and fit to print."""

import math
from datetime import UTC, date, datetime

import pytest
from engine.stage import check

from monitor.engine.readings import DETAIL_LENGTH, checked, is_sound, printable
from monitor.measure import Label, Measure, MeasureKind, Reading
from monitor.observation import Observation, Reason, Status, degraded, down, up
from monitor.vitals import Vitals

SIZE = Measure("probe_size_bytes", "Size of the answer.")
BY_OUTCOME = Measure("probe_calls", "Calls by outcome.", labels=(Label("outcome", frozenset({"ok", "failed"})),))
BY_TARGET = Measure("probe_lag_seconds", "Lag by target.", labels=(Label("target"),), series=3)
CHECK = check(measures={measure.name: measure for measure in (SIZE, BY_OUTCOME, BY_TARGET)})


def judged(*readings, noted=()) -> tuple[tuple[Reading, ...], Vitals]:
    vitals = Vitals()
    return checked(CHECK, up(*readings), noted, vitals).readings, vitals


def test_good_readings_pass_untouched():
    seen = up(SIZE(3), BY_OUTCOME(1.5, outcome="ok"), BY_TARGET(0, target="ha-noi/lgsp"))

    assert checked(CHECK, seen, (), Vitals()) == seen


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, "3", None, 1j], ids=repr)
def test_what_is_no_finite_number_is_refused_and_counted(value):
    readings, vitals = judged(Reading(SIZE, value))

    assert readings == ()
    assert vitals.readings_refused == {"stage": 1}


@pytest.mark.parametrize(
    "reading",
    [
        Measure("probe_other", "Not declared.")(1),
        Measure("probe_size_bytes", "Declared otherwise.")(1),
        Reading(BY_OUTCOME, 1, ("perhaps",)),
        Reading(BY_OUTCOME, 1, ()),
        Reading(BY_OUTCOME, 1, ("ok", "ok")),
        Reading(BY_OUTCOME, 1, ["ok"]),
        Reading(BY_OUTCOME, 1, (None,)),
        Reading(BY_TARGET, 1, ("Text From A Target",)),
        Reading(BY_TARGET, 1, ("a\n",)),
        Reading(BY_TARGET, 1, ("x" * 300,)),
        Reading(None, 1),
        "not a reading",
    ],
    ids=lambda reading: repr(reading)[:60],
)
def test_what_is_not_declared_is_refused_and_counted(reading):
    readings, vitals = judged(reading, SIZE(1))

    assert readings == (SIZE(1),)
    assert vitals.readings_refused == {"stage": 1}


def test_an_equal_measure_from_another_process_is_the_declared_one():
    twin = Measure("probe_size_bytes", "Size of the answer.")

    assert judged(twin(1))[0] == (SIZE(1),)


def test_what_goes_over_the_series_budget_is_dropped_and_counted():
    readings, vitals = judged(*(BY_TARGET(n, target=f"a/t{n}") for n in range(5)))

    assert [reading.value for reading in readings] == [0, 1, 2]
    assert vitals.series_dropped == {"stage": 2}


def test_of_two_readings_of_one_series_the_later_counts():
    assert judged(SIZE(1), SIZE(2))[0] == (SIZE(2),)
    assert judged(SIZE(2), noted=[SIZE(1)])[0] == (SIZE(2),)


def test_noted_readings_are_kept_beside_a_failure():
    seen = checked(CHECK, down(Reason.TIMEOUT, "late"), [SIZE(7)], Vitals())

    assert seen.readings == (SIZE(7),)
    assert seen.status is Status.DOWN


def test_a_reason_of_ours_is_never_down():
    seen = checked(CHECK, down(Reason.RESOURCES, "full"), (), Vitals())

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.RESOURCES)


@pytest.mark.parametrize(
    "seen",
    [
        None,
        "up",
        Status.UP,
        Observation,
        Observation("down", Reason.STATUS),
        Observation(Status.DOWN, "status"),
        Observation(Status.UP, None, None),
        Observation(Status.UP, None, "", [SIZE(1)]),
        Observation(Status.UP, None, "", (), "hub"),
    ],
    ids=lambda seen: repr(seen)[:60],
)
def test_nonsense_is_no_observation(seen):
    assert not is_sound(seen)


def test_the_three_verdicts_are_sound():
    assert all(is_sound(seen) for seen in (up(), degraded(Reason.SLOW, "x"), down(Reason.STATUS, "x")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cổng dịch vụ công, đúng hẹn", "Cổng dịch vụ công, đúng hẹn"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("nul\x00 del\x7f c1\x9b", "nul\ufffd del\ufffd c1\ufffd"),
        ("right\u202eleft", "right\ufffdleft"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("line\u2028separator", "line separator"),
    ],
    ids=ascii,
)
def test_hostile_text_is_made_printable(text, shown):
    cleaned = printable(text)

    assert cleaned == shown
    assert cleaned.isprintable()
    cleaned.encode()


def test_huge_text_is_cut():
    cleaned = printable("x" * 10_000_000)

    assert len(cleaned) == DETAIL_LENGTH
    assert cleaned.endswith("…")


CALLS = Measure("exchange_calls_total", "Calls.", MeasureKind.INCREMENT, (Label("consumer"),), series=2)
COUNTING = check(measures={CALLS.name: CALLS, SIZE.name: SIZE})
DAY = date(2026, 3, 1)


def counted(*readings):
    vitals = Vitals()
    return checked(COUNTING, up(*readings), (), vitals).readings, vitals


def test_increments_of_several_days_are_of_one_series():
    found = [CALLS(n, consumer=who).on(date(2026, 3, n)) for who in ("hue", "ha-noi") for n in (1, 2, 3)]

    readings, vitals = counted(*found)

    assert readings == tuple(found)
    assert vitals.series_dropped == {}


@pytest.mark.parametrize(
    "reading",
    [
        CALLS(-1, consumer="hue"),
        Reading(CALLS, 1, ("hue",), "2026-03-01"),
        Reading(CALLS, 1, ("hue",), datetime(2026, 3, 1, tzinfo=UTC)),
        SIZE(1).on(DAY),
    ],
    ids=repr,
)
def test_increment_that_is_negative_or_of_no_day_is_refused(reading):
    readings, vitals = counted(reading)

    assert readings == ()
    assert vitals.readings_refused == {"stage": 1}
