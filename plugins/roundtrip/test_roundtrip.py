"""A synthetic record is written only when that is allowed, timed to the other end, and removed whatever happens."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import datashare_monitor_roundtrip
import pytest
from aiohttp import web
from datashare_monitor_roundtrip import Roundtrip
from datashare_monitor_roundtrip.marker import began, family_of, new_marker
from datashare_monitor_roundtrip.request import Request

from monitor.plugin import Observation, Reason, Row, Secret, Status, Vantage
from monitor.testing import assert_conforms, run, serve

WITHIN = timedelta(seconds=2)


@dataclass
class Ends:
    """Two ends that share a list of records; the second shows them after so many looks."""

    after: int = 0
    write_status: int = 200
    clean_status: int = 200
    stalls: str = ""
    commits_late: bool = False
    keeps_old: bool = False
    records: list[str] = field(default_factory=list)
    cleaned: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    looks: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        if self.commits_late and request.method == "POST":
            self.late.append((await request.json())["id"])
            return web.Response(status=504)
        if request.method == self.stalls:
            await asyncio.sleep(30)
        if request.method == "POST":
            self.authorized.append(request.headers.get("Authorization", ""))
            if self.write_status < 300:
                self.records.append((await request.json())["id"])
            return web.Response(status=self.write_status)
        marker = request.path.removeprefix("/")
        self.cleaned.append(marker)
        if self.commits_late and marker not in self.records:
            self.records += self.late  # after the first request to remove it
            return web.Response(status=404)
        if self.keeps_old and began(marker, marker[18:22]) < datetime.now(UTC) - timedelta(minutes=30):
            return web.Response(status=500)
        if marker in self.records and self.clean_status < 300:
            self.records.remove(marker)
        return web.Response(status=self.clean_status)


@dataclass(frozen=True, kw_only=True)
class OtherEnd:
    """What has arrived."""

    ends: Any

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        self.ends.looks += 1
        if self.ends.looks > self.ends.after:
            for one in ("other", *self.ends.records):
                yield {"id": one}


async def seen_of(ends: Ends, **settings) -> tuple[Observation, float]:
    async with serve(ends.answer) as url:
        probe = Roundtrip(
            allow_write=True,
            write=Request(url=url, body='{"id": "{marker}"}'),
            clean=Request(url=f"{url}/{{marker}}", method="DELETE"),
            source=OtherEnd(ends=ends),
            column="id",
            look_every=timedelta(milliseconds=20),
            clean_within=timedelta(milliseconds=500),
            **settings,
        )
        outcome = await run(probe, within=WITHIN)
    return outcome.observation, outcome.duration_seconds


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_roundtrip)


async def test_record_that_arrives_is_timed_and_removed():
    ends = Ends(after=3)

    seen, _ = await seen_of(ends)

    assert seen.status is Status.UP, seen
    assert 0 < readings(seen)["exchange_roundtrip_seconds"] < 1.5
    assert readings(seen)["exchange_roundtrip_left_behind"] == 0
    assert (ends.records, len(ends.cleaned)) == ([], 1)
    assert ends.cleaned[0].startswith("datashare-monitor-")


async def test_record_that_does_not_arrive_is_removed_in_time():
    ends = Ends(after=10**9)

    seen, took = await seen_of(ends)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert seen.detail.startswith("the record did not arrive within 1.")
    assert (ends.records, len(ends.cleaned)) == ([], 1)
    assert took < WITHIN.total_seconds() + 0.25


async def test_write_that_is_not_answered_is_cleaned_up_after():
    ends = Ends(stalls="POST")

    seen, took = await seen_of(ends)

    assert (seen.status, seen.detail) == (Status.DOWN, "the record could not be written in time")
    assert len(ends.cleaned) == 1
    assert took < WITHIN.total_seconds() + 0.25


async def test_write_that_comes_to_be_late_is_removed_all_the_same():
    ends = Ends(commits_late=True)

    seen, took = await seen_of(ends)

    assert (seen.status, seen.detail) == (Status.DOWN, "writing the record was answered with 504")
    assert (ends.records, len(ends.cleaned)) == ([], 2)
    assert readings(seen)["exchange_roundtrip_left_behind"] == 0
    assert took < WITHIN.total_seconds() + 0.25


async def test_write_of_which_nothing_is_known_leaves_open_whether_a_record_is_there():
    ends = Ends(write_status=504, clean_status=404)

    seen, took = await seen_of(ends)

    assert seen.detail.startswith("writing the record was answered with 504; whether there is a synthetic record ")
    assert ends.cleaned[0] in seen.detail
    assert "exchange_roundtrip_left_behind" not in readings(seen)
    assert took < WITHIN.total_seconds() + 0.25


async def test_target_that_is_away_has_no_record_left_behind():
    async with serve(Ends().answer) as url:
        pass
    probe = Roundtrip(
        allow_write=True, write=Request(url=url, body="{marker}"), clean=Request(url=f"{url}/{{marker}}"),
        source=OtherEnd(ends=Ends()), column="id",
    )  # fmt: skip

    seen = (await run(probe, within=timedelta(seconds=3))).observation

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)
    assert "exchange_roundtrip_left_behind" not in readings(seen)


async def test_nothing_is_written_when_the_secret_to_clean_up_with_is_missing(tmp_path):
    ends = Ends()
    async with serve(ends.answer) as url:
        probe = Roundtrip(
            allow_write=True,
            write=Request(url=url, body='{"id": "{marker}"}'),
            clean=Request(
                url=f"{url}/{{marker}}",
                method="DELETE",
                secret_headers={"Authorization": Secret(file=str(tmp_path / "none"))},
            ),
            source=OtherEnd(ends=ends),
            column="id",
        )
        seen = (await run(probe, within=timedelta(seconds=3))).observation

    assert seen.status is Status.UNKNOWN
    assert (ends.records, ends.authorized) == ([], [])


def test_run_that_is_cancelled_has_the_time_to_clean_up():
    probe = Roundtrip(
        allow_write=True, write=Request(url="http://a.example/", body="{marker}"),
        clean=Request(url="http://a.example/{marker}"), source=OtherEnd(ends=Ends()), column="id",
        clean_within=timedelta(seconds=3),
    )  # fmt: skip

    assert probe.leaves_within == timedelta(seconds=3)


async def test_refused_write_is_down():
    seen, _ = await seen_of(Ends(write_status=403))

    assert (seen.status, seen.detail) == (Status.DOWN, "writing the record was answered with 403")


@pytest.mark.parametrize(("ends", "words"), [(Ends(clean_status=500), "with 500"), (Ends(stalls="DELETE"), "in time")])
async def test_record_that_cannot_be_removed_is_told(ends, words):
    seen, took = await seen_of(ends)

    assert (seen.status, readings(seen)["exchange_roundtrip_left_behind"]) == (Status.DEGRADED, 1)
    assert seen.detail.endswith(words)
    assert ends.records[0] in seen.detail
    assert took < WITHIN.total_seconds() + 0.25


async def test_record_that_is_gone_already_is_as_good_as_removed():
    seen, _ = await seen_of(Ends(clean_status=404))

    assert (seen.status, readings(seen)["exchange_roundtrip_left_behind"]) == (Status.UP, 0)


def left(number: int, ago: timedelta, **changes) -> str:
    """The mark of a record that a run of the check of ``seen_of`` left behind so long ago."""
    told = {"method": "POST", "body": '{"id": "{marker}"}', "column": "id", **changes}
    family = family_of(told["method"], told["url"], told["body"], f"{told['url']}/{{marker}}", told["column"])
    return new_marker(family, datetime.now(UTC) - ago - timedelta(seconds=number))


async def swept(ends: Ends, leave: Callable[[str], list[str]], **settings) -> Observation:
    """Run the check after others have left records behind; ``leave`` gets the address that they wrote to."""
    async with serve(ends.answer) as url:
        ends.records += leave(url)
        probe = Roundtrip(
            allow_write=True, write=Request(url=url, body='{"id": "{marker}"}'),
            clean=Request(url=f"{url}/{{marker}}", method="DELETE"), source=OtherEnd(ends=ends), column="id",
            look_every=timedelta(milliseconds=20), clean_within=timedelta(milliseconds=500), **settings,
        )  # fmt: skip
        return (await run(probe, within=WITHIN)).observation


async def test_what_earlier_runs_left_behind_is_removed_the_oldest_first_a_few_each_run():
    ends, hour = Ends(), timedelta(hours=1)

    seen = await swept(ends, lambda url: [left(number, hour, url=url) for number in range(7)])

    assert seen.status is Status.UP, seen
    assert seen.detail.endswith("; removed 5 of 7 that earlier runs left behind")
    assert readings(seen)["exchange_roundtrip_leftovers"] == 7
    assert [began(one, one[18:22]) for one in ends.records] == sorted(
        (began(one, one[18:22]) for one in ends.records), reverse=True
    )
    assert (len(ends.records), len(ends.cleaned)) == (2, 6)


@pytest.mark.parametrize(
    "leave",
    [
        lambda url: [left(0, WITHIN, url=url)],
        lambda url: [left(0, timedelta(minutes=5), url=url)],
        lambda url: [left(0, timedelta(hours=1), url=f"{url}/elsewhere")],
        lambda url: ["datashare-monitor-0123456789abcdef", "datashare-monitor-", "4711"],
    ],
)
async def test_what_may_be_under_way_or_is_not_of_this_check_is_left_alone(leave):
    ends = Ends()

    seen = await swept(ends, leave)

    assert readings(seen)["exchange_roundtrip_leftovers"] == 0
    assert len(ends.cleaned) == 1
    assert ends.records


async def test_leftover_that_cannot_be_removed_is_degraded_and_named():
    ends, hour = Ends(keeps_old=True), timedelta(hours=1)

    seen = await swept(ends, lambda url: [left(0, hour, url=url)])

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.STATUS)
    assert seen.detail == f"removing {ends.records[0]}, which an earlier run left behind, was answered with 500"
    assert 0 < readings(seen)["exchange_roundtrip_seconds"] < 1.5


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What a server says has arrived."""

    url: str

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for one in (await vantage.http.json(self.url))["items"]:
            yield {"id": one}


def across(url: str) -> Roundtrip:
    return Roundtrip(
        allow_write=True, write=Request(url=url, body='{"id": "{marker}"}'),
        clean=Request(url=f"{url}/{{marker}}", method="DELETE"), source=Listed(url=url), column="id",
    )  # fmt: skip


AN_HOUR_AGO = """
import asyncio, sys
from datetime import timedelta
from monitor.testing import looks
from test_roundtrip import across

class Earlier(looks.SystemClock):
    def now(self):
        return super().now() - timedelta(hours=1)

looks.SystemClock = Earlier
asyncio.run(looks.run(across(sys.argv[1]), within=timedelta(seconds=60)))
"""


async def test_record_of_a_run_that_was_killed_is_found_and_removed_by_the_next_one():
    ends, is_written, arrives = Ends(), asyncio.Event(), False

    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response({"items": ends.records if arrives else []})
        answered = await ends.answer(request)
        is_written.set()
        return answered

    async with serve(answer) as url:
        path = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", AN_HOUR_AGO, url, env=path)
        await asyncio.wait_for(is_written.wait(), 30)
        child.kill()
        await child.wait()
        before, arrives = list(ends.records), True

        seen = (await run(across(url), within=timedelta(seconds=10))).observation

    assert len(before) == 1
    assert ends.records == []
    assert (seen.status, seen.detail.partition("; ")[2]) == (Status.UP, "removed 1 of 1 that earlier runs left behind")


async def test_slow_record_is_degraded():
    seen, _ = await seen_of(Ends(after=5), degraded_over=timedelta(milliseconds=1))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.SLOW)


async def test_nothing_is_written_when_there_is_no_time_to_clean_up():
    ends = Ends()
    probe = Roundtrip(
        allow_write=True, write=Request(url="http://127.0.0.1:9/", body="{marker}"),
        clean=Request(url="http://127.0.0.1:9/{marker}"), source=OtherEnd(ends=ends), column="id",
        clean_within=timedelta(seconds=5),
    )  # fmt: skip

    seen = (await run(probe, within=WITHIN)).observation

    assert seen.status is Status.UNKNOWN
    assert ends.looks == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"allow_write": False}, "allow_write: true"),
        ({"write": Request(url="http://a.example/", body="x")}, "write has no {marker}"),
        ({"clean": Request(url="http://a.example/")}, "clean has no {marker}"),
        ({"clean": Request(url="http://a.example/records#{marker}", method="DELETE")}, "clean has no {marker}"),
        ({"clean": Request(url="http://{marker}.example/records", method="DELETE")}, "clean has no {marker}"),
        (
            {"clean": Request(url="http://a.example/records", body="{marker}", method="DELETE")},
            "clean is a DELETE, whose body few servers read",
        ),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    good = {
        "allow_write": True, "write": Request(url="http://a.example/{marker}"),
        "clean": Request(url="http://a.example/{marker}", method="DELETE"), "source": OtherEnd(ends=None),
        "column": "id",
    }  # fmt: skip
    with pytest.raises(ValueError, match=r".") as refused:
        Roundtrip(**{**good, **settings})

    assert message in str(refused.value)
