"""Windows are those of the system, or of a connection, its hubs and its provider; they open in local time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from judge.watch import check, connection, inventory, system

from monitor.inventory import OneOffWindow, WeeklyWindow
from monitor.judge.instant import microseconds, moment
from monitor.judge.maintenance import spans, windows_of

DAILY = frozenset(range(7))
HOUR = timedelta(hours=1)


def weekly(days, start, length):
    return WeeklyWindow(days=frozenset(days), start=start, length=length)


def opened(windows, zone, start, end):
    found = spans(tuple(windows), ZoneInfo(zone), microseconds(start), microseconds(end))
    return [(moment(one), moment(other)) for one, other in found]


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_windows_of_hubs_and_provider_cover_a_connection():
    own, hub, provider, other = (weekly({day}, time(1), HOUR) for day in range(4))
    watched = inventory(
        [check("a/link/http")],
        [
            system("a/lgsp", maintenance=(hub,)),
            system("b/db", maintenance=(provider, own)),
            system("c/portal", maintenance=(other,)),
        ],
        [connection("a/link", "b/db", via=("a/lgsp", "z/gone"), maintenance=(own,))],
    )

    assert windows_of(watched, "a/link") == (own, hub, provider)
    assert windows_of(watched, "a/lgsp") == (hub,)
    assert windows_of(watched, "nobody/here") == ()


def test_window_over_midnight_opens_in_local_time():
    window = weekly({5}, time(22), 4 * HOUR)

    found = opened([window], "Asia/Ho_Chi_Minh", utc(2026, 5, 4), utc(2026, 5, 11))

    assert found == [(utc(2026, 5, 9, 15), utc(2026, 5, 9, 19))]


def test_daily_window_opens_every_day():
    found = opened([weekly(DAILY, time(2), HOUR)], "Asia/Ho_Chi_Minh", utc(2026, 5, 4), utc(2026, 5, 7))

    assert [start for start, _ in found] == [utc(2026, 5, day, 19) for day in (4, 5, 6)]


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ((2026, 3, 28), utc(2026, 3, 28, 22), utc(2026, 3, 29, 2)),
        ((2026, 10, 24), utc(2026, 10, 24, 21), utc(2026, 10, 25, 1)),
    ],
)
def test_four_hours_are_four_hours_in_a_night_in_which_the_clocks_change(day, start, end):
    window = weekly({5}, time(23), 4 * HOUR)

    found = opened([window], "Europe/Berlin", utc(*day), utc(*day) + timedelta(days=2))

    assert found == [(start, end)]


def test_start_that_the_clocks_jump_over_opens_as_much_later():
    found = opened([weekly({6}, time(2, 30), HOUR)], "Europe/Berlin", utc(2026, 3, 29), utc(2026, 3, 30))

    assert found == [(utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 2, 30))]


def test_start_that_comes_twice_counts_the_first_time():
    found = opened([weekly({6}, time(2, 30), HOUR)], "Europe/Berlin", utc(2026, 10, 25), utc(2026, 10, 26))

    assert found == [(utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30))]


def test_windows_that_touch_or_overlap_are_one():
    one_off = OneOffWindow(start=utc(2026, 5, 4, 20), length=3 * HOUR)

    found = opened([weekly(DAILY, time(2), 2 * HOUR), one_off], "Asia/Ho_Chi_Minh", utc(2026, 5, 4), utc(2026, 5, 5))

    assert found == [(utc(2026, 5, 4, 19), utc(2026, 5, 4, 23))]


def test_window_that_is_longer_than_a_week_and_began_before_is_seen():
    window = OneOffWindow(start=utc(2026, 4, 1), length=timedelta(days=40))

    assert opened([window], "UTC", utc(2026, 5, 4), utc(2026, 5, 5)) == [(utc(2026, 4, 1), utc(2026, 5, 11))]
    assert opened([window], "UTC", utc(2026, 5, 11), utc(2026, 5, 12)) == []


def test_one_off_window_in_another_zone_opens_at_its_own_moment():
    start = datetime(2026, 5, 4, 22, tzinfo=ZoneInfo("America/New_York"))

    found = opened([OneOffWindow(start=start, length=HOUR)], "Asia/Ho_Chi_Minh", utc(2026, 5, 4), utc(2026, 5, 6))

    assert found == [(utc(2026, 5, 5, 2), utc(2026, 5, 5, 3))]
