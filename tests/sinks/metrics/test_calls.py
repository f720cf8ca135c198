"""Calls of the last hour are those that were counted in it, and none that were only told in it."""

from itertools import pairwise

import pytest
from datashare_monitor_usage.measures import Outcome
from judge.watch import check

from monitor.sinks.metrics.calls import HOUR_SECONDS, LONGEST_SECONDS, MARK_SECONDS, SIDES, Calls, LastHour
from monitor.sinks.metrics.evidence import TOGETHER, TRANSACTIONS
from monitor.sinks.metrics.row import CheckRow

PAIR, OTHER = ("ha-noi", "b/db"), ("hue", "b/db")
STEP = 60.0


def row(check_id="n/hub/usage", **counted):
    one = CheckRow(check(check_id), slot=0, awaited_since=0.0)
    return told(one, **counted) if counted else one


def told(one, pair=PAIR, **counted):
    """Let a ledger tell so many calls in all, by outcome."""
    one.kept = {
        TRANSACTIONS: {**(one.kept or {}).get(TRANSACTIONS, {}), **{(*pair, key): n for key, n in counted.items()}}
    }
    return one


def look(calls, monotonic, *rows, late=()):
    for _ in calls.refresh(rows, lambda one: one in late, monotonic):
        pass
    return calls


def test_calls_of_a_pair_are_summed_up_over_outcomes_and_checks():
    one, two = row(ok=5, timeout=2), row("n/hub/more", ok=1)

    calls = look(Calls(), 0, told(one, OTHER, ok=9), two)

    assert (calls.total(PAIR), calls.total(OTHER), calls.total(("nobody", "b/db"))) == (8, 9, None)


def test_last_hour_begins_with_the_start_and_is_never_more_than_an_hour_and_five_minutes():
    one, calls = row(ok=1000), Calls()

    seen = []
    for minute in range(300):
        seen.append(look(calls, minute * STEP, told(one, ok=1000 + minute)).last_hour(PAIR).calls)

    assert seen[:61] == [*range(61)]
    assert {*seen[61:]} == {60, 61, 62, 63, 64}


def test_totals_are_remembered_every_five_minutes_and_an_hour_of_them():
    one, calls = row(ok=1), Calls()

    for minute in range(24 * 60):
        look(calls, minute * STEP, one)

    at = [at for at, _ in calls._marks]
    assert {later - earlier for earlier, later in pairwise(at)} == {MARK_SECONDS}
    assert len(at) <= HOUR_SECONDS / MARK_SECONDS + 2


def test_calls_that_were_counted_while_nobody_asked_are_not_of_the_last_hour():
    one, calls = row(ok=1), Calls()
    look(calls, 0, one)

    look(calls, LONGEST_SECONDS, told(one, ok=5000))

    assert calls.last_hour(PAIR) == LastHour(0, 0, 0)
    look(calls, LONGEST_SECONDS + STEP, told(one, ok=5001))
    assert calls.last_hour(PAIR) == LastHour(1, 0, 0)


def test_pair_that_is_first_seen_later_begins_then():
    one, calls = row(ok=1), Calls()
    look(calls, 0, one)

    look(calls, STEP, told(one, OTHER, ok=100))
    at_once = calls.last_hour(OTHER)
    look(calls, MARK_SECONDS, told(one, OTHER, ok=110))
    look(calls, MARK_SECONDS + STEP, told(one, OTHER, ok=115))

    assert at_once is None
    assert calls.last_hour(OTHER) == LastHour(5, 0, 0)
    assert calls.total(OTHER) == 115


def test_years_of_calls_that_a_ledger_tells_at_once_are_not_of_the_last_hour():
    one, two, calls = row(ok=10), row("n/hub/more"), Calls()
    look(calls, 0, one, two)

    look(calls, STEP, one, told(two, ok=1_000_000, timeout=900_000))
    at_once = calls.last_hour(PAIR)
    look(calls, 2 * STEP, one, told(two, ok=1_000_003))

    assert at_once == LastHour(0, 0, 0)
    assert calls.last_hour(PAIR) == LastHour(3, 0, 0)
    assert calls.total(PAIR) == 1_900_013


def test_check_that_is_added_has_the_hour_begin_anew():
    one, calls = row(ok=10), Calls()
    look(calls, 0, one)
    look(calls, STEP, told(one, ok=20))

    look(calls, 2 * STEP, one, row("n/hub/more", ok=1_000_000))

    assert calls.last_hour(PAIR) == LastHour(0, 0, 0)


def test_check_that_is_removed_takes_its_pairs_along():
    one, two, calls = row(ok=1), told(row("n/hub/more"), OTHER, ok=2), Calls()
    look(calls, 0, one, two)

    look(calls, STEP, one)

    assert (calls.total(PAIR), calls.total(OTHER), calls.last_hour(OTHER)) == (1, None, None)


def test_check_that_was_away_and_is_back_has_counted_nothing_yet():
    calls = look(Calls(), 0, row(ok=50))

    look(calls, STEP, row())

    assert calls.total(PAIR) is None


def test_totals_that_fall_say_nothing_until_the_fall_is_an_hour_ago():
    one, calls = row(ok=1000), Calls()
    look(calls, 0, one)

    seen = []
    for minute in range(1, 90):
        hour = look(calls, minute * STEP, told(one, ok=minute)).last_hour(PAIR)
        seen.append(hour if hour is None else hour.calls)

    assert {*seen[:60]} == {None}
    assert {*seen[65:]} <= {60, 61, 62, 63, 64}


def test_pairs_that_any_check_is_late_with_are_left_out():
    one, two = told(row(ok=1), OTHER, ok=2), row("n/hub/more", ok=3)

    calls = look(Calls(), 0, one, two, late=[two])
    late = (calls.total(PAIR), calls.last_hour(PAIR), calls.total(OTHER))
    look(calls, STEP, one, two)

    assert late == (None, None, 2)
    assert calls.total(PAIR) == 4


@pytest.mark.parametrize(
    ("outcome", "side"),
    [
        ("ok", (0, 0)),
        ("server_error", (1, 0)),
        ("timeout", (1, 0)),
        ("client_error", (0, 1)),
        ("throttled", (0, 1)),
        ("of_tomorrow", (0, 0)),
    ],
)
def test_failed_calls_are_those_of_who_has_to_act(outcome, side):
    one, calls = row(ok=1), Calls()
    look(calls, 0, one)

    look(calls, STEP, told(one, **{outcome: 1 + (outcome == "ok")}))

    assert calls.last_hour(PAIR) == LastHour(1, *side)


def test_every_outcome_of_the_plugin_but_success_has_a_side():
    assert {*SIDES} == {*Outcome} - {Outcome.OK}


@pytest.mark.parametrize("checks", [1, TOGETHER * 3])
def test_steps_are_short_however_calls_are_spread_over_checks(checks):
    rows = [row(f"n/t{number}/usage") for number in range(checks)]
    for number in range(TOGETHER * 3):
        rows[number % checks].kept = rows[number % checks].kept or {TRANSACTIONS: {}}
        rows[number % checks].kept[TRANSACTIONS][f"a{number}", "b/db", "ok"] = 1.0

    assert sum(1 for _ in Calls().refresh(rows, lambda _: False, 0.0)) == 3


def test_calls_may_be_counted_between_two_steps_and_a_count_be_left_half_way():
    one = CheckRow(check("n/hub/usage"), slot=0, awaited_since=0.0)
    one.kept = {TRANSACTIONS: {(f"a{number}", "b/db", "ok"): 1.0 for number in range(TOGETHER * 3)}}
    calls = Calls()

    left = calls.refresh([one], lambda _: False, 0.0)
    next(left)
    left.close()
    steps = calls.refresh([one], lambda _: False, STEP)
    next(steps)
    one.kept[TRANSACTIONS]["hue", "b/db", "ok"] = 1.0
    for _ in steps:
        pass

    assert [calls.total((f"a{number}", "b/db")) for number in (0, TOGETHER, TOGETHER * 3 - 1)] == [1, 1, 1]
    assert calls.total(OTHER) is None
    assert look(calls, 2 * STEP, one).total(OTHER) == 1
