"""Values become text as files write them, equal for equal values in whatever order they are kept."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest

from monitor.config.wording import days, worded
from monitor.inventory import Confirm, OneOffWindow, ServiceHours, Stage, StageChange, WeeklyWindow
from monitor.plugin import HostPort, Pattern, Secret

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    name: str
    limit: int | None = None
    more: dict = field(default_factory=dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"), (True, "true"), (2, "2"), (0.99, "0.99"), ("Hà Nội", "Hà Nội"), (Stage.LIVE, "live"),
        (timedelta(minutes=90), "1h30m"), (date(2026, 5, 4), "2026-05-04"), (time(7), "07:00"),
        (HostPort("db.example", 5432), "db.example:5432"), (Pattern("a+"), "a+"),
        (ip_network("10.0.0.0/8"), "10.0.0.0/8"),
        (WeeklyWindow(days=frozenset({5}), start=time(22), length=4 * HOUR), "sat from 22:00 for 4h"),
        (OneOffWindow(start=datetime(2026, 5, 4, 22, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")), length=HOUR),
         "2026-05-04 22:00 for 1h"),
        (ServiceHours(days=frozenset(range(5)), start=time(7), end=time(18)), "mon-fri from 07:00 to 18:00"),
        (StageChange(stage=Stage.LIVE, on=date(2026, 5, 4)), "live on 2026-05-04"), (Confirm(3, 2), "down 3, up 2"),
        (frozenset({"b", "a", "c"}), "a, b, c"), (("z", "a"), "z, a"), ((("gw", 53), ("peer", 443)), "gw:53, peer:443"),
        ({"b": 1, "a": HOUR}, "{a: 1h, b: 1}"), (Part("x"), "{more: {}, name: x}"), (object(), "a object"),
    ],
)  # fmt: skip
def test_value_is_read_as_it_is_written(value, expected):
    assert worded(value) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [({0}, "mon"), ({5, 6}, "sat, sun"), ({0, 1, 2}, "mon-wed"), ({0, 2, 4}, "mon, wed, fri"), (range(7), "daily")],
)
def test_days_are_written_short(found, expected):
    assert days(found) == expected


def test_two_secrets_are_told_apart_by_where_they_are_found():
    assert worded(Secret(file="/run/a")) != worded(Secret(file="/run/b"))
