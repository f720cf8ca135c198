"""The account of a connection is at each moment the worst of its checks, as hindsight says."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from judge.hindsight import statuses
from judge.watch import START, Bench, check, connection, inventory, outcome, sum_of

from monitor.inventory import Confirm, OneOffWindow
from monitor.observation import Status
from monitor.outcome import Outcome, StateSeconds

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ONE, TWO = "a/link/one", "a/link/two"
RANK = {"pending": 0, UP: 1, UNKNOWN: 2, DEGRADED: 3, DOWN: 4}
MICROSECOND = timedelta(microseconds=1)


def watch(*checks, windows=()):
    return Bench(inventory(checks, (), [connection("a/link", maintenance=windows)]))


def test_connection_with_one_check_has_the_account_of_the_check():
    bench = watch(check(ONE), windows=(OneOffWindow(start=START + timedelta(seconds=70), length=timedelta(seconds=7)),))

    for seen in (UP, DOWN, UP, DOWN, DOWN, UNKNOWN, DEGRADED, UP):
        bench.run(ONE, seen)
        assert bench.judge.seconds("a/link") == bench.judge.seconds(ONE)
        told = [event for event in bench.events if isinstance(event, Outcome)][-1]
        assert told.connection_seconds == told.seconds


def test_worst_of_two_checks_counts():
    bench = watch(check(ONE, confirm=Confirm(1, 1)), check(TWO, confirm=Confirm(1, 1)))

    for one, two in ((UP, UP), (UP, DOWN), (DEGRADED, UP), (UP, UNKNOWN), (UP, UP)):
        bench.run(ONE, one, every=30)
        bench.run(TWO, two, every=0)

    assert bench.judge.seconds("a/link") == StateSeconds(up=30.0, down=30.0, degraded=30.0, unknown=60.0)


def test_change_of_one_check_holds_back_only_what_depends_on_it():
    bench = watch(check(ONE, confirm=Confirm(2, 1)), check(TWO, confirm=Confirm(1, 1)))

    for one, two in ((UP, UP), (DOWN, UP), (UNKNOWN, DOWN), (UNKNOWN, UP), (UNKNOWN, UP)):
        bench.run(ONE, one)
        bench.run(TWO, two, every=0)
    joint = bench.judge._roll.targets["a/link"].joint

    assert bench.judge.seconds("a/link") == StateSeconds(up=30.0, down=30.0, unknown=60.0)
    assert joint.held_back == 30_000_000
    bench.run(ONE, DOWN)
    assert bench.judge.seconds("a/link").down == 60.0
    assert joint.held_back == 0


def test_check_that_is_looked_at_once_an_hour_does_not_hold_the_account_back():
    bench = watch(check(ONE), check(TWO, every=3600, timeout=10))
    bench.run(ONE, UP)
    bench.run(TWO, UP, every=0)

    bench.run(ONE, *[UP] * 20)

    assert bench.judge.seconds("a/link").up == 600.0 - 12.0


def test_check_that_fell_silent_makes_the_connection_unknown():
    bench = watch(check(ONE), check(TWO))
    bench.run(ONE, UP)
    bench.run(TWO, UP, every=0)

    bench.run(ONE, *[UP] * 10)

    assert bench.judge.seconds("a/link") == StateSeconds(up=37.0, unknown=30.0 + 300.0 - 37.0 - 7.0)


def test_check_that_is_taken_out_leaves_what_depended_on_it_unknown():
    checks = check(ONE), check(TWO)
    bench = watch(*checks)
    for one, two in ((UP, UP), (UP, DOWN), (UP, UNKNOWN)):
        bench.run(ONE, one)
        bench.run(TWO, two, every=0)

    bench.reload(inventory(checks[:1], (), [connection("a/link")]))
    bench.run(ONE, UP)

    assert bench.judge.seconds("a/link") == StateSeconds(up=60.0, unknown=60.0)


def hindsight(stories, hold, windows, until):
    """Combine what each check turned out to be, moment by moment; ``None`` is what nobody can say yet."""
    lines = []
    for runs, confirm in stories:
        found = statuses([seen for _, seen in runs], confirm)
        lines.append([(START, "pending"), *((at, one) for (at, _), one in zip(runs, found, strict=True))])
    edges = {START, until}
    for line in lines:
        edges |= {at for at, _ in line} | {at + hold for at, _ in line}
    edges |= {edge for window in windows for edge in (window.start, window.start + window.length)}
    totals = {}
    edges = sorted(edge for edge in edges if START <= edge <= until)
    for left, right in pairwise(edges):
        states = []
        for line in lines:
            at, state = [one for one in line if one[0] <= left][-1]
            states.append(state if left < at + hold else UNKNOWN)
        known = max((state for state in states if state is not None), key=RANK.get, default="pending")
        state = known if None not in states or known is DOWN else None
        state = UNKNOWN if state == "pending" else state
        if any(window.start <= left < window.start + window.length for window in windows):
            state = "maintenance"
        totals[state] = totals.get(state, 0) + (right - left) // MICROSECOND
    return totals


@pytest.mark.parametrize("seed", range(4))
def test_random_stories_of_several_checks_agree_with_hindsight(seed):
    chance = random.Random(f"joint {seed}")
    for _ in range(100):
        ids = [f"a/link/c{number}" for number in range(chance.randint(1, 4))]
        confirms = {one: Confirm(chance.randint(1, 3), chance.randint(1, 3)) for one in ids}
        windows = tuple(
            OneOffWindow(
                start=START + timedelta(seconds=chance.uniform(0, 600)), length=timedelta(seconds=chance.uniform(1, 90))
            )
            for _ in range(chance.randrange(3))
        )
        bench = watch(*(check(one, confirm=confirms[one]) for one in ids), windows=windows)
        stories = {one: [] for one in ids}
        for _ in range(chance.randrange(1, 60)):
            bench.clock.advance(chance.choice([0.25, 3.125, 7.5, 30, 31.4159]))
            one, at = chance.choice(ids), bench.clock.now()
            seen = chance.choices([UP, DEGRADED, DOWN, UNKNOWN], [4, 2, 4, 1])[0]
            if stories[one] and stories[one][-1][0] == at:
                continue
            stories[one].append((at, seen))
            bench.judge.take(outcome(one, at, seen))

        joint = bench.judge._roll.targets["a/link"].joint
        until = START + timedelta(microseconds=joint.cursor) - timedelta(seconds=START.timestamp())
        cut = [([run for run in stories[one] if run[0] <= bench.clock.now()], confirms[one]) for one in ids]
        expected = hindsight(cut, timedelta(seconds=37), windows, until)

        found = bench.judge.seconds("a/link")
        assert round(sum_of(found) * 1e6) + joint.held_back == (until - START) // MICROSECOND
        assert joint.held_back == expected.get(None, 0)
        for state in ("up", "degraded", "down", "maintenance", "unknown"):
            assert round(getattr(found, state) * 1e6) == expected.get(state, 0)
