"""Service time counts the hours of duty alone: no nights, no weekends, no public holidays of Việt Nam."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from datashare_monitor_freshness import Freshness
from datashare_monitor_freshness.service_time import service_time

from monitor.plugin import Reason, Row, Status, Vantage
from monitor.plugin.measures import LAST_RECORD
from monitor.testing import configured, look

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = {"days": "mon-fri", "from": "07:00", "to": "18:00"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-08 17:00", "2026-05-11 08:00", 2),  # Friday evening to Monday morning
        ("2026-05-06 09:00", "2026-05-06 09:30", 0.5),
        ("2026-05-06 19:00", "2026-05-07 06:00", 0),
        ("2026-05-09 08:00", "2026-05-10 20:00", 0),  # a weekend
        ("2026-04-29 17:00", "2026-05-04 08:00", 2),  # 30 April and 1 May
        ("2026-02-13 17:00", "2026-02-23 08:00", 2),  # Tết: 16 to 20 February
        ("2026-04-24 17:00", "2026-04-28 08:00", 2),  # Hùng Kings' day on a Sunday, so Monday is off
        ("2026-09-02 08:00", "2026-09-02 12:00", 0),
        ("2026-08-21 17:00", "2026-08-22 08:00", 2),  # a Saturday worked in return for 31 August
        ("2026-05-07 08:00", "2026-05-06 08:00", 0),
    ],
)
def test_hours_of_duty_are_counted(start, end, hours):
    service = service_time(OFFICE, HANOI, working_days=True)

    assert service.between(at(start), at(end)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 2), ("2026-03-29", 1), ("2026-10-25", 3)],  # no 02:00 to 03:00 in March, two of them in October
)
def test_hours_in_which_clocks_change_are_as_long_as_they_are(day, hours):
    service = service_time({"from": "02:00", "to": "04:00"}, ZoneInfo("Europe/Berlin"), working_days=False)
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")

    assert service.between(noon - timedelta(days=1), noon) == timedelta(hours=hours)


SWAPPED = {"off": [date(2026, 5, 7)], "worked": [date(2026, 5, 9), date(2026, 4, 30)]}
"""A Thursday is off, the Saturday after it and a public holiday are worked."""


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-06 17:00", "2026-05-08 08:00", 2),
        ("2026-05-08 17:00", "2026-05-09 08:00", 2),
        ("2026-05-09 17:00", "2026-05-11 08:00", 2),  # the Sunday is none
        ("2026-04-29 17:00", "2026-04-30 08:00", 2),
    ],
)
def test_days_that_a_decree_swaps_count_as_it_says(start, end, hours):
    service = service_time(OFFICE, HANOI, working_days=True, **SWAPPED)

    assert service.between(at(start), at(end)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"extra_days_off": ["2026-05-07"]}, "write working_days: true with them"),
        ({"extra_working_days": ["2026-05-09"], "hours": OFFICE}, "write working_days: true with them"),
        (
            {"working_days": True, "extra_days_off": ["2026-05-07"], "extra_working_days": ["2026-05-07"]},
            "2026-05-07 is in extra_days_off and in extra_working_days; take it out of one",
        ),
        ({"working_days": True, "extra_days_off": ["7 May"]}, "extra_days_off"),
        ({"working_days": True, "extra_days_off": ["2026-02-30"]}, "extra_days_off"),
    ],
)
def test_swapped_days_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=r".") as refused:
        configured(Freshness, {"url": "http://a.example/", **settings})

    assert message in str(refused.value)


def test_holidays_count_where_the_service_works_on_them():
    service = service_time(OFFICE, HANOI, working_days=False)

    assert service.between(at("2026-04-29 17:00"), at("2026-05-04 08:00")) == timedelta(hours=24)


def test_whole_working_days_without_hours():
    service = service_time(None, HANOI, working_days=True)

    assert service.between(at("2026-05-08 12:00"), at("2026-05-11 12:00")) == timedelta(hours=24)


def test_very_old_record_is_as_old_as_the_calendar_says():
    service = service_time(OFFICE, HANOI, working_days=True)
    ancient = datetime(1, 1, 2, tzinfo=UTC)

    assert service.between(ancient, at("2026-05-11 12:00")) == at("2026-05-11 12:00") - ancient


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hours": {"days": "mon-xyz"}}, "names no weekdays"),
        ({"hours": {"days": "fri-mon"}}, "runs backwards"),
        ({"hours": {"from": "7"}}, 'write "07:00" in quotation marks'),
        ({"hours": {"from": "18:00", "to": "07:00"}}, "end before they begin"),
        ({"hours": {"until": "07:00"}}, 'hours has no key "until"'),
        ({"time_zone": "Hanoi"}, "there is no time zone"),
        ({"degraded_age": "2d"}, "degraded_age is not below max_age"),
        ({"column": "a"}, "write column with source"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=r".") as refused:
        configured(Freshness, {"url": "http://db.hanoi.example/", **settings})

    assert message in str(refused.value)


@dataclass(frozen=True, kw_only=True)
class Given:
    """Rows as given."""

    given: tuple[Any, ...]

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for row in self.given:
            yield row


async def seen_of(*rows, **settings):
    return await look(Freshness(source=Given(given=rows), column="made", **settings))


async def test_newest_of_the_rows_counts():
    now = datetime.now(UTC)

    seen = await seen_of({"made": now - timedelta(days=3)}, {"made": None}, {"made": now - timedelta(minutes=5)})

    assert seen.status is Status.UP
    assert seen.readings == (LAST_RECORD((now - timedelta(minutes=5)).timestamp()),)


async def test_old_row_is_degraded_then_stale():
    old = {"made": datetime.now(UTC) - timedelta(hours=30)}

    degraded = await seen_of(old, max_age=timedelta(days=2), degraded_age=timedelta(days=1))
    stale = await seen_of(old)

    assert (degraded.status, degraded.reason, stale.status) == (Status.DEGRADED, Reason.STALE, Status.DOWN)
    assert degraded.detail == "newest record is 1d6h old, limit 1d"


async def test_text_of_a_time_is_read_in_the_zone_of_the_check():
    written = (datetime.now(UTC) + timedelta(hours=7)).replace(tzinfo=None).isoformat()

    without = await seen_of({"made": written})
    seen = await seen_of({"made": written}, time_zone="Asia/Ho_Chi_Minh", max_age=timedelta(minutes=1))

    assert (without.reason, seen.status) == (Reason.CONTENT, Status.UP)


@pytest.mark.parametrize(
    ("rows", "detail"),
    [
        ((), "the source has no row"),
        (({"made": None},), "made is NULL"),
        (({"other": 1},), "the source has no column made"),
        (({"made": 5},), "a cell of made is no time"),
        (({"made": "Nguyễn Văn Chim"},), "a cell of made is no time"),
        (({"made": datetime(9999, 1, 1, tzinfo=UTC)},), None),
    ],
)
async def test_rows_without_a_time_are_down(rows, detail):
    seen = await seen_of(*rows)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert detail in (None, seen.detail)
    assert "Chim" not in seen.detail
