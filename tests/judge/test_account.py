"""The account of a check is exact: states add up to the time that passed, and each is what hindsight says."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from judge.hindsight import account as hindsight
from judge.watch import START, Bench, check, inventory, outcome, sum_of, system

from monitor.inventory import Confirm, OneOffWindow, WeeklyWindow
from monitor.judge.account import Account, held_back, seconds
from monitor.judge.belief import Belief
from monitor.observation import Status
from monitor.outcome import StateSeconds

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ID = "a/portal/http"


def watch(windows=(), **settings):
    return Bench(inventory([check(ID, **settings)], [system("a/portal", maintenance=windows)]))


def test_state_at_a_runs_start_holds_until_the_next_runs_start():
    bench = watch()

    bench.run(ID, UP, UP, DEGRADED, DEGRADED)

    assert bench.judge.seconds(ID) == StateSeconds(up=60.0, degraded=30.0, unknown=30.0)


def test_time_of_an_unconfirmed_change_is_held_back():
    bench = watch()

    bench.run(ID, UP, DOWN, UNKNOWN, UNKNOWN)

    assert bench.judge.seconds(ID) == StateSeconds(up=30.0, unknown=60.0)


def test_confirmed_outage_counts_from_its_first_failing_run():
    bench = watch()

    bench.run(ID, UP, DOWN, DOWN)

    assert bench.judge.seconds(ID) == StateSeconds(up=30.0, down=30.0, unknown=30.0)


def test_change_that_was_not_confirmed_counts_as_what_was_before():
    bench = watch()

    bench.run(ID, UP, DOWN, UP)

    assert bench.judge.seconds(ID) == StateSeconds(up=60.0, unknown=30.0)


def test_silence_is_unknown_and_not_the_last_state():
    bench = watch(every=30, timeout=5)

    bench.run(ID, UP)
    bench.run(ID, UP, every=1000)

    assert bench.judge.seconds(ID) == StateSeconds(up=37.0, unknown=30.0 + 963.0)


def test_time_inside_a_window_is_maintenance_whatever_was_seen_and_the_overrun_is_what_it_is():
    window = OneOffWindow(start=START + timedelta(seconds=75, milliseconds=1), length=timedelta(seconds=40))
    bench = watch((window,))

    bench.run(ID, UP, DOWN, DOWN, DOWN, DOWN, DOWN)

    assert bench.judge.seconds(ID) == StateSeconds(up=30.0, down=80.0, maintenance=40.0, unknown=30.0)
    bench.run(ID, UP)
    assert bench.judge.seconds(ID).down == 110.0


def test_step_back_of_the_wall_clock_neither_takes_time_away_nor_counts_it_twice():
    bench = watch()
    bench.run(ID, UP, UP)

    bench.clock.step_wall(-3600)
    bench.run(ID, *[UP] * 119)
    before = bench.judge.seconds(ID)
    bench.run(ID, UP, UP)

    assert sum_of(before) == 60.0
    assert sum_of(bench.judge.seconds(ID)) == 90.0


def test_overdue_check_is_accounted_as_unknown_up_to_now():
    bench = watch()
    bench.run(ID, UP)

    bench.advance(500)

    assert bench.judge.seconds(ID) == StateSeconds(up=37.0, unknown=30.0 + 463.0)


def test_many_years_of_odd_microseconds_do_not_drift():
    account = Account(0, 10**18)
    account.open(Belief.UP, 10**18)
    step = 333_333

    for number in range(1, 100_001):
        account.credit(number * step)

    assert seconds(account.amounts).up == 33333.3


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 4), 24)])
def test_states_of_a_local_day_add_up_to_it_however_long_it_is(day, hours):
    berlin = ZoneInfo("Europe/Berlin")
    start, end = (datetime.combine(one, time(), tzinfo=berlin) for one in (day, day + timedelta(days=1)))
    window = WeeklyWindow(days=frozenset(range(7)), start=time(1, 30), length=timedelta(hours=2))
    watched = inventory([check(ID, 300)], [system("a/portal", maintenance=(window,))], zone="Europe/Berlin")
    bench = Bench(watched, start.astimezone(UTC))

    at = start.astimezone(UTC)
    while at < end.astimezone(UTC):
        at += timedelta(seconds=300)
        bench.judge.take(outcome(ID, at, UP if at.minute else DOWN))

    assert bench.judge.seconds(ID).maintenance == 7200.0
    assert sum_of(bench.judge.seconds(ID)) == hours * 3600.0


ZONES = {
    "Asia/Ho_Chi_Minh": datetime(2026, 5, 3, 20, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 28, 20, tzinfo=UTC),
    "America/New_York": datetime(2026, 11, 1, 0, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 8, tzinfo=UTC),
}
"""Places, and a moment some hours before their clocks change (where they do)."""


def random_windows(chance, begun):
    windows = []
    for _ in range(chance.randrange(3)):
        length = timedelta(milliseconds=chance.randrange(1, 30 * 3_600_000))
        if chance.random() < 0.5:
            days = frozenset(chance.sample(range(7), chance.randint(1, 7)))
            start = time(chance.randrange(24), chance.randrange(60), chance.randrange(60))
            windows.append(WeeklyWindow(days=days, start=start, length=length))
        else:
            start = begun + timedelta(milliseconds=chance.randrange(-3_600_000, 20 * 3_600_000))
            windows.append(OneOffWindow(start=start, length=length))
    return tuple(windows)


@pytest.mark.parametrize(("zone", "begun"), ZONES.items(), ids=[*ZONES])
def test_thousands_of_random_stories_agree_with_hindsight_to_the_microsecond(zone, begun):
    chance = random.Random(f"accounts {zone}")
    for story in range(500):
        every = chance.choice([1, 30, 600, 3600])
        confirm = Confirm(chance.randint(1, 3), chance.randint(1, 3))
        windows = random_windows(chance, begun) if story % 2 else ()
        watched = inventory(
            [check(ID, every, min(5, every), confirm=confirm)], [system("a/portal", maintenance=windows)], zone=zone
        )
        bench = Bench(watched, begun)
        at, runs = begun, []
        for _ in range(chance.randrange(1, 25)):
            pause = chance.choice([every, every, every, chance.uniform(0.2, 6) * every])
            at += timedelta(microseconds=round(pause * 1e6))
            seen = chance.choices([UP, DEGRADED, DOWN, UNKNOWN], [4, 2, 4, 1])[0]
            runs.append((at, seen))
            bench.judge.take(outcome(ID, at, seen))

        hold = timedelta(seconds=every + min(5, every) + 2)
        expected = hindsight(begun, runs, confirm, hold, windows, ZoneInfo(zone), at)

        found = bench.judge.seconds(ID)
        amounts = bench.judge._roll.checks[ID].account.amounts
        assert round(sum_of(found) * 1e6) + held_back(amounts) == round((at - begun) / timedelta(microseconds=1))
        assert held_back(amounts) == expected.get(None, 0), (story, runs)
        for state in ("up", "degraded", "down", "maintenance", "unknown"):
            assert round(getattr(found, state) * 1e6) == expected.get(state, 0), (story, state, runs, windows)
