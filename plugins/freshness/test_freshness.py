"""Old data is stale however healthy its server is, and no answer can pass for fresh data or break the probe."""

import json
from datetime import UTC, datetime, timedelta, timezone

import datashare_monitor_freshness
import pytest
from aiohttp import web
from datashare_monitor_freshness import Freshness

from monitor.plugin import Observation, Reason, Status
from monitor.plugin.measures import LAST_RECORD
from monitor.testing import assert_conforms, configured, look, serve


async def seen_in(body: str, status: int = 200, **settings) -> Observation:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status, content_type="application/json")

    async with serve(answer) as url:
        return await look(configured(Freshness, {"url": url, **settings}))


def record(age: timedelta) -> str:
    return json.dumps({"newest_record": (datetime.now(UTC) - age).isoformat()})


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_freshness, lambda address: Freshness(url=f"http://{address}/"))


async def test_fresh_record_is_up_and_measured():
    newest = datetime.now(UTC) - timedelta(hours=1)

    seen = await seen_in(json.dumps({"newest_record": newest.isoformat()}), max_age="2h")

    assert seen.status is Status.UP
    assert seen.readings == (LAST_RECORD(newest.timestamp()),)


async def test_old_record_is_stale_and_measured():
    newest = (datetime.now(UTC) - timedelta(hours=3)).replace(microsecond=0)

    seen = await seen_in(json.dumps({"newest_record": newest.isoformat()}), max_age="2h")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STALE)
    assert seen.detail.startswith("newest record is 3h")
    assert seen.detail.endswith(" old, limit 2h")
    assert seen.readings == (LAST_RECORD(newest.timestamp()),)


async def test_zone_of_the_record_counts():
    hanoi = (datetime.now(UTC) - timedelta(minutes=30)).astimezone(timezone(timedelta(hours=7)))

    seen = await seen_in(json.dumps({"newest_record": hanoi.isoformat()}), max_age="1h")

    assert seen.status is Status.UP


async def test_record_in_the_future_is_down():
    seen = await seen_in(record(-timedelta(hours=1)))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert "in the future" in seen.detail


async def test_clock_that_is_a_little_fast_is_forgiven():
    seen = await seen_in(record(-timedelta(minutes=1)))

    assert seen.status is Status.UP


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        "5",
        "null",
        '"newest_record"',
        '{"newest_record": null}',
        '{"newest_record": 1777800000}',
        '{"newest_record": "yesterday"}',
        '{"newest_record": "2026-05-04T08:00:00"}',
        '{"newest_record": "0001-01-01T00:00:00+14:00"}',
        '{"newest_record": "9999-12-31T23:59:59-14:00"}',
        '{"newest_record": "2026-05-04T08:00\\u0000:00+07:00"}',
        '{"newest_record": "%s"}' % ("9" * 100_000),
        '{"newest_record": {"newest_record": "2026-05-04T08:00:00+07:00"}}',
        '{"newest_record": 1' + "0" * 5000 + "}",
        '{"a": ' * 50_000,
        "not json",
        "",
    ],
)
async def test_answer_without_a_readable_time_is_down(body):
    seen = await seen_in(body)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert len(seen.detail) < 500
    assert seen.readings == ()


async def test_time_without_a_zone_is_told_apart():
    seen = await seen_in('{"newest_record": "2026-05-04T08:00:00"}')

    assert "no zone" in seen.detail


async def test_record_of_year_9999_is_in_the_future():
    seen = await seen_in('{"newest_record": "9999-12-31T23:59:59Z"}')

    assert (seen.reason, "in the future" in seen.detail) == (Reason.CONTENT, True)


async def test_server_that_fails_is_not_called_stale():
    seen = await seen_in(record(timedelta(0)), status=500)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
