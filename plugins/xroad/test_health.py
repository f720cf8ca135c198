"""A security server says of itself that it is healthy, failing or in maintenance."""

import pytest
from aiohttp import web
from datashare_monitor_xroad import XRoadHealthProbe
from datashare_monitor_xroad.readings import HEALTHY, IN_MAINTENANCE

from monitor.plugin import Reason, Status
from monitor.testing import configured, look, serve

CANARY = "canary Nguyễn Văn Chim 079203001234"


async def seen_of(status, text=""):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    async with serve(answer) as url:
        return await look(configured(XRoadHealthProbe, {"target": url}))


async def test_healthy_is_up():
    seen = await seen_of(200)

    assert seen.status is Status.UP
    assert {HEALTHY(1), IN_MAINTENANCE(0)} <= set(seen.readings)


async def test_maintenance_is_its_own_reason():
    seen = await seen_of(503, "Health check interface is in maintenance mode.")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.MAINTENANCE)
    assert {HEALTHY(0), IN_MAINTENANCE(1)} <= set(seen.readings)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "it is failing, and not in which part"),
        (f"{CANARY}\n\x1b[31m", "it is failing, and not in which part"),
        (
            f"Fetching health check response timed out for:\n Authentication key {CANARY}" + "x" * 9000,
            "it is failing: its authentication key could not be checked in time",
        ),
        ("ServerConf is not available", "it is failing: its configuration database"),
        ("Global configuration is expired", "it is failing: its global configuration"),
    ],
)
async def test_failing_part_is_named_in_our_words(said, told):
    seen = await seen_of(500, said)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SELF_REPORTED)
    assert seen.detail == f"the security server says that {told}"


@pytest.mark.parametrize("status", [204, 302, 404, 502])
async def test_any_other_answer_is_not_the_port_that_was_meant(status):
    seen = await seen_of(status)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
