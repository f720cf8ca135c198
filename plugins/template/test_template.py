"""A backlog is judged by its limits, and an answer that cannot be read is the target's fault."""

import datashare_monitor_template
import pytest
from aiohttp import web
from datashare_monitor_template import BACKLOG, Backlog

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, serve


async def seen_in(body: str, **settings) -> Observation:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    async with serve(answer) as url:
        return await look(configured(Backlog, {"url": url, **settings}))


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_template, lambda address: Backlog(url=f"http://{address}/"))


@pytest.mark.parametrize(
    ("waiting", "status", "reason"),
    [
        (0, Status.UP, None),
        (100, Status.UP, None),
        (101, Status.DEGRADED, Reason.BACKLOG),
        (1000, Status.DEGRADED, Reason.BACKLOG),
        (1001, Status.DOWN, Reason.BACKLOG),
    ],
)
async def test_backlog_is_judged_by_its_limits_and_measured(waiting, status, reason):
    seen = await seen_in(f'{{"waiting": {waiting}}}')

    assert (seen.status, seen.reason) == (status, reason)
    assert seen.readings == (BACKLOG(waiting),)


async def test_limits_come_from_the_configuration():
    seen = await seen_in('{"waiting": 12}', limit=10, warn=5)

    assert (seen.status, seen.detail) == (Status.DOWN, "12 records wait, limit 10")


@pytest.mark.parametrize("body", ["{}", "[]", '{"waiting": "12"}', '{"waiting": -1}', '{"waiting": true}', "not json"])
async def test_answer_without_a_number_is_down(body):
    seen = await seen_in(body)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)


def test_limits_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match="warn"):
        configured(Backlog, {"url": "http://documents.example/", "limit": 5, "warn": 10})
