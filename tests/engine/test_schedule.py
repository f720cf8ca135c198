"""Checks keep their beats on the monotonic clock, whatever the wall clock, reloads and standstills do."""

from collections import Counter

import pytest
from engine.stage import check
from fakeclock import FakeClock

from monitor.engine.pace import Pace
from monitor.engine.schedule import Schedule

GRID = 0.02


def many(count: int, every: float = 30.0) -> dict:
    return {each.id: each for each in (check(f"a/t{n}/c", every=every, timeout=1) for n in range(count))}


def scheduled(checks: dict, clock: FakeClock) -> Schedule:
    schedule = Schedule(clock.now().timestamp() - clock.monotonic())
    schedule.replace(checks, clock.monotonic())
    return schedule


def play(schedule: Schedule, clock: FakeClock, seconds: float, step: float = GRID) -> list[tuple[float, str]]:
    started = []
    for _ in range(round(seconds / step)):
        clock.advance(step)
        started += [(clock.monotonic(), check_id) for check_id, _ in schedule.due(clock.monotonic()).beats]
    return started


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_a_step_of_the_wall_clock_by_an_hour_moves_no_beat(step):
    steady, stepped = FakeClock(), FakeClock()
    one, other = scheduled(many(200), steady), scheduled(many(200), stepped)
    play(one, steady, 40)
    play(other, stepped, 40)

    stepped.step_wall(step)

    assert play(other, stepped, 60) == play(one, steady, 60)


def test_every_check_runs_once_in_each_interval():
    clock = FakeClock()
    schedule = scheduled(many(300), clock)

    started = Counter(check_id for _, check_id in play(schedule, clock, 90))

    assert set(started.values()) == {3}
    assert len(started) == 300


def test_first_runs_are_spread_over_the_interval():
    clock = FakeClock()
    schedule = scheduled(many(3000), clock)

    first = Counter(int(at) for at, _ in play(schedule, clock, 30))

    assert max(first.values()) <= 150


def test_a_restart_finds_the_same_beats():
    clock = FakeClock()
    before = play(scheduled(many(50), clock), clock, 30)
    restarted = FakeClock(clock.now())

    after = play(scheduled(many(50), restarted), restarted, 30)

    assert [check_id for _, check_id in after] == [check_id for _, check_id in before]
    assert [at for at, _ in after] == pytest.approx([at for at, _ in before], abs=1e-6)


def test_a_reload_keeps_the_beats_of_checks_that_stay():
    clock = FakeClock()
    schedule = scheduled(many(100), clock)
    play(schedule, clock, 17)
    expected = {check_id: at for at, check_id in play(schedule, clock, 30)}

    schedule.replace(many(101), clock.monotonic())
    after = {check_id: at for at, check_id in play(schedule, clock, 30)}

    assert all(after[check_id] == pytest.approx(at + 30, abs=GRID) for check_id, at in expected.items())
    assert len(after) == 101


def test_a_removed_check_is_due_no_more():
    clock = FakeClock()
    schedule = scheduled(many(10), clock)

    schedule.replace(many(9), clock.monotonic())

    assert "a/t9/c" not in {check_id for _, check_id in play(schedule, clock, 60)}


def test_checks_of_one_moment_share_one_wake_up():
    clock = FakeClock()
    schedule = scheduled(many(3000, every=1.0), clock)

    moments = set()
    while clock.monotonic() < 1002.0:
        at = schedule.next()
        moments.add(at)
        clock.advance(at - clock.monotonic())
        schedule.due(clock.monotonic())

    assert len(moments) <= 101


def test_a_recheck_leaves_the_beat_where_it_is():
    clock = FakeClock()
    schedule = scheduled(many(1), clock)
    (first,) = play(schedule, clock, 30)
    beat = first[0]
    until_one_after = beat + 30 + 1 - clock.monotonic()
    play(schedule, clock, until_one_after)

    schedule.once("a/t0/c", clock.monotonic() + 10, clock.monotonic())

    looks = []
    for _ in range(1000):
        clock.advance(GRID)
        looks += schedule.due(clock.monotonic()).once
    assert looks == ["a/t0/c"]
    assert play(schedule, clock, 30)[0][0] == pytest.approx(beat + 60, abs=2 * GRID)


def test_a_recheck_close_to_a_beat_is_left_to_the_beat():
    clock = FakeClock()
    schedule = scheduled(many(1), clock)
    ((beat, _),) = play(schedule, clock, 30)
    play(schedule, clock, beat + 30 - 9 - clock.monotonic())

    schedule.once("a/t0/c", clock.monotonic() + 10, clock.monotonic())

    looks = []
    for _ in range(1000):
        clock.advance(GRID)
        looks += schedule.due(clock.monotonic()).once
    assert looks == []


def test_a_later_recheck_takes_the_place_of_an_earlier_one():
    clock = FakeClock()
    schedule = scheduled(many(1, every=1000.0), clock)
    now = clock.monotonic()
    schedule.once("a/t0/c", now + 3, now)

    schedule.once("a/t0/c", now + 5, now)

    looks = []
    for _ in range(500):
        clock.advance(GRID)
        looks += [clock.monotonic() for _ in schedule.due(clock.monotonic()).once]
    assert looks == [pytest.approx(now + 5, abs=2 * GRID)]


def test_a_recheck_of_a_check_that_is_gone_is_nothing():
    clock = FakeClock()
    schedule = scheduled({}, clock)

    schedule.once("a/t0/c", clock.monotonic() + 1, clock.monotonic())

    assert schedule.next() is None


def test_missed_beats_do_not_pile_up():
    clock = FakeClock()
    schedule = scheduled(many(100, every=1.0), clock)

    clock.advance(60)
    due = schedule.due(clock.monotonic())

    assert len(due.missed) >= 80
    assert len(due.beats) + len(due.missed) == 100
    assert schedule.next() > clock.monotonic() - GRID


def test_a_standstill_of_a_minute_is_followed_by_no_burst():
    clock = FakeClock()
    count, every = 6000, 30.0
    schedule, pace = scheduled(many(count, every), clock), Pace()
    play(schedule, clock, 31)
    mean = count / every

    clock.advance(60)
    seconds: Counter[int] = Counter()
    resumed = clock.monotonic()
    for _ in range(round(60 / GRID)):
        clock.advance(GRID)
        due = schedule.due(clock.monotonic())
        for check_id in due.missed:
            pace.add(check_id)
        for check_id, _ in due.beats:
            pace.drop(check_id)
        extra = pace.take(clock.monotonic(), schedule.rate)
        seconds[int(clock.monotonic() - resumed)] += len(due.beats) + len(extra)

    tens = [sum(seconds[second] for second in range(start, start + 10)) / 10 for start in range(0, 60, 10)]
    assert max(tens) <= 1.2 * mean
    assert max(seconds.values()) <= 1.5 * mean
    assert len(pace) == 0
