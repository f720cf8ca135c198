"""Alertmanager's intervals are open exactly when the window is, by the minute and by the clock on the wall."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alertmanager.intervals import LONGEST, can_be_said, intervals
from monitor.inventory import OneOffWindow, WeeklyWindow
from monitor.judge.instant import microseconds
from monitor.judge.maintenance import spans

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE = timedelta(minutes=1)
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekly(days, start, length):
    return WeeklyWindow(days=frozenset(days), start=time.fromisoformat(start), length=length)


def once(start, length):
    return OneOffWindow(start=datetime.fromisoformat(start).replace(tzinfo=ZONE), length=length)


def minutes(clock):
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def is_open(found, moment):
    """Say what Alertmanager would: all parts of one of the intervals hold, and the end of a time is not part of it."""
    return any(_holds(one, moment.astimezone(ZoneInfo(one["location"]))) for one in found)


def _holds(one, local):
    days = [day.split(":") for day in one.get("days_of_month", ())]
    return (
        ("weekdays" not in one or NAMES[local.weekday()] in one["weekdays"])
        and ("years" not in one or str(local.year) in one["years"])
        and ("months" not in one or str(local.month) in one["months"])
        and (not days or any(int(day[0]) <= local.day <= int(day[-1]) for day in days))
        and any(
            minutes(span["start_time"]) <= local.hour * 60 + local.minute < minutes(span["end_time"])
            for span in one["times"]
        )
    )


WINDOWS = [
    weekly([5], "22:00", timedelta(hours=4)),
    weekly([6], "23:30", timedelta(hours=1)),
    weekly(range(5), "12:00", timedelta(minutes=45)),
    weekly(range(7), "20:00", timedelta(hours=30)),
    weekly([0, 1], "00:00", timedelta(days=1)),
    weekly([2], "06:00", timedelta(days=7)),
    weekly([2], "06:00", timedelta(days=3, hours=5)),
    once("2026-12-31 23:30", timedelta(hours=1)),
    once("2027-01-03 08:00", timedelta(days=2)),
    once("2027-01-30 00:00", timedelta(days=31)),
    once("2026-12-30 10:15", timedelta(minutes=1)),
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_open_when_the_judge_says_so(window):
    first = datetime(2026, 12, 28, tzinfo=ZONE)
    planned = spans((window,), ZONE, microseconds(first), microseconds(first + timedelta(days=70)))
    found = intervals(window, ZONE)

    for number in range(0, 70 * 24 * 60, 5):
        moment = first + number * MINUTE
        assert is_open(found, moment) is any(start <= microseconds(moment) < end for start, end in planned), moment


@pytest.mark.parametrize(
    ("window", "last"),
    [
        (once("2026-12-30 10:15:30", timedelta(seconds=20)), "2026-12-30 10:15"),
        (once("2026-12-30 10:15:30", timedelta(seconds=40)), "2026-12-30 10:16"),
        (weekly([2], "10:15", timedelta(seconds=61)), "2026-12-30 10:16"),
    ],
)
def test_part_of_a_minute_is_a_whole_one(window, last):
    end = datetime.fromisoformat(last).replace(tzinfo=ZONE)
    found = intervals(window, ZONE)

    assert is_open(found, datetime(2026, 12, 30, 10, 15, tzinfo=ZONE))
    assert is_open(found, end)
    assert not is_open(found, end + MINUTE)


def test_days_alike_share_an_interval():
    assert intervals(weekly(range(5), "12:00", timedelta(minutes=45)), ZONE) == [
        {
            "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "times": [{"start_time": "12:00", "end_time": "12:45"}],
            "location": "Asia/Ho_Chi_Minh",
        }
    ]


def test_whole_days_of_a_month_share_an_interval():
    found = intervals(once("2027-01-30 00:00", timedelta(days=31)), ZONE)

    assert [one["days_of_month"] for one in found] == [["30:31"], ["1:28"], ["1"]]


def test_window_of_more_than_a_year_is_not_told():
    assert can_be_said(once("2027-01-03 08:00", LONGEST))
    assert not can_be_said(once("2027-01-03 08:00", LONGEST + MINUTE))
