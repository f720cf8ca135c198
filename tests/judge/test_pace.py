"""The pace of the last 90 days says whether a goal is reached by its deadline."""

from datetime import date, timedelta

import pytest

from monitor.judge.pace import Pace, pace

TODAY = date(2026, 5, 4)


def ago(days):
    return TODAY - timedelta(days=days)


def ahead(days):
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("history", "connected", "needed", "deadline", "expected"),
    [
        # 9 gained in 90 days: a tenth a day, 10 to go.
        ([(ago(200), 5.0), (ago(30), 14.0)], 14.0, 24.0, ahead(100), (0.1, 0.1, ahead(100), True)),
        ([(ago(200), 5.0), (ago(30), 14.0)], 14.0, 24.0, ahead(99), (0.1, 10 / 99, ahead(100), False)),
        # Younger than 90 days: since the first day that is known.
        ([(ago(10), 2.0), (ago(5), 4.0)], 4.0, 10.0, ahead(60), (0.2, 0.1, ahead(30), True)),
        # Nothing moves, or it goes back.
        ([(ago(200), 5.0)], 5.0, 10.0, ahead(10), (0.0, 0.5, None, False)),
        ([(ago(200), 8.0), (ago(30), 5.0)], 5.0, 10.0, ahead(10), (-3 / 90, 0.5, None, False)),
        # Not known.
        ([], 5.0, 10.0, ahead(10), (None, 0.5, None, None)),
        ([(TODAY, 5.0)], 5.0, 10.0, ahead(10), (None, 0.5, None, None)),
        ([(ago(10), 2.0)], None, 10.0, ahead(10), (None, None, None, None)),
        # No deadline, a goal that is reached, a deadline that is past or today.
        ([(ago(10), 2.0)], 4.0, 10.0, None, (0.2, None, ahead(30), None)),
        ([(ago(10), 2.0)], 12.0, 10.0, ahead(10), (1.0, None, None, True)),
        ([(ago(10), 2.0)], 12.0, 10.0, None, (1.0, None, None, None)),
        ([(ago(10), 2.0)], 4.0, 10.0, ago(1), (0.2, None, ahead(30), False)),
        ([(ago(10), 2.0)], 4.0, 10.0, TODAY, (0.2, None, ahead(30), False)),
        # So slow that no date is worth saying.
        ([(ago(90), 0.0)], 0.001, 1e9, ahead(10), (0.001 / 90, (1e9 - 0.001) / 10, None, False)),
    ],
)
def test_pace(history, connected, needed, deadline, expected):
    found = pace(history, connected, needed, deadline, TODAY)

    per_day, needed_per_day, reached_on, is_enough = expected
    assert found.per_day == (None if per_day is None else pytest.approx(per_day))
    assert found.needed_per_day == (None if needed_per_day is None else pytest.approx(needed_per_day))
    assert (found.reached_on, found.is_enough) == (reached_on, is_enough)


def test_of_two_numbers_of_the_first_day_the_last_one_counts():
    assert pace([(ago(10), 1.0), (ago(10), 3.0)], 8.0, 10.0, None, TODAY) == Pace(per_day=0.5, reached_on=ahead(4))
