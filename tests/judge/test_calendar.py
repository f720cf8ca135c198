"""A calendar answers as the windows do, whatever it is asked in whatever order."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from judge.hindsight import is_open

from monitor.inventory import OneOffWindow, WeeklyWindow
from monitor.judge.calendar import Calendar
from monitor.judge.instant import length, microseconds, moment

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = WeeklyWindow(days=frozenset({5}), start=time(23), length=timedelta(hours=4))
START = datetime(2026, 3, 27, tzinfo=UTC)
ONCE = OneOffWindow(start=START + timedelta(days=90), length=timedelta(hours=2))


def at(**later):
    return microseconds(START + timedelta(**later))


def test_inside_splits_exactly_at_the_edges():
    calendar = Calendar((NIGHT,), BERLIN)
    opened = microseconds(datetime(2026, 3, 28, 22, tzinfo=UTC))
    closed = opened + length(NIGHT.length)

    assert calendar.inside(opened - 1, opened) == 0
    assert calendar.inside(opened - 1, opened + 1) == 1
    assert calendar.inside(closed - 1, closed + 10) == 1
    assert calendar.inside(opened - 5, closed + 5) == closed - opened
    assert calendar.inside(opened + 5, opened + 7) == 2


def test_window_is_open_from_its_start_up_to_but_not_including_its_end():
    calendar = Calendar((NIGHT,), BERLIN)
    opened = microseconds(datetime(2026, 3, 28, 22, tzinfo=UTC))
    closed = opened + length(NIGHT.length)

    assert [calendar.is_inside(one) for one in (opened - 1, opened, closed - 1, closed)] == [False, True, True, False]


def test_next_edge_walks_from_edge_to_edge():
    calendar = Calendar((NIGHT,), BERLIN)

    edges = [at(days=0)]
    for _ in range(4):
        edges.append(calendar.next_edge(edges[-1]))

    assert [moment(edge).astimezone(BERLIN).hour for edge in edges[1:]] == [23, 4, 23, 3]


def test_single_window_months_ahead_is_found_and_nothing_after_it():
    calendar = Calendar((ONCE,), BERLIN)

    assert calendar.next_edge(at()) == at(days=90)
    assert calendar.next_edge(at(days=90)) == at(days=90, hours=2)
    assert calendar.next_edge(at(days=90, hours=2)) is None


def test_window_that_never_closes_has_no_edge_but_is_looked_at_again():
    always = WeeklyWindow(days=frozenset(range(7)), start=time(0), length=timedelta(hours=25))
    calendar = Calendar((always,), BERLIN)

    again = calendar.next_edge(at(days=1))

    assert again > at(days=1)
    assert calendar.is_inside(again)


def test_single_window_longer_than_the_look_ahead_closes_at_its_end():
    calendar = Calendar((OneOffWindow(start=START, length=timedelta(days=100)),), BERLIN)

    edge, looks = at(), 0
    while edge is not None and calendar.is_inside(edge) and looks < 20:
        edge, looks = calendar.next_edge(edge), looks + 1

    assert edge == at(days=100)


@pytest.mark.parametrize("seed", range(5))
def test_random_questions_agree_with_looking_day_by_day(seed):
    chance = random.Random(seed)
    windows = (NIGHT, WeeklyWindow(days=frozenset({1, 3}), start=time(2, 30), length=timedelta(hours=20)), ONCE)
    calendar = Calendar(windows, BERLIN)

    for _ in range(400):
        asked = START + timedelta(seconds=chance.uniform(0, 100 * 86400))
        expected = any(is_open(window, BERLIN, asked) for window in windows)
        assert calendar.is_inside(microseconds(asked)) is expected
        edge = moment(calendar.next_edge(microseconds(asked)))
        assert any(is_open(window, BERLIN, edge) for window in windows) is not expected
        just_before = edge - timedelta(microseconds=1)
        assert any(is_open(window, BERLIN, just_before) for window in windows) is expected
