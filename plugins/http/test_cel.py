"""CEL on a JSON body means what it means to blackbox_exporter, and no body makes it cost more than it may."""

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe, cel

from monitor.plugin import Observation, Reason, Status
from monitor.testing import configured, look, run, serve

pytest.importorskip("cel_expr_python", reason="the Python package cel-expr-python is not installed")

GOOD = {"state": "ok", "queue": {"pending": 3, "limit": 10.5}, "tags": ["a", "b"], "big": 9007199254740993, "no": None}


async def seen_in(body: object, within: timedelta = timedelta(seconds=10), **settings) -> Observation:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=text, content_type="application/json")

    async with serve(answer) as url:
        probe = configured(HttpProbe, {"target": f"{url}/", "body_size_limit": "8MiB", **settings})
        return await look(probe, within=within)


async def verdict(body: object, wanted: str) -> Observation:
    return await seen_in(body, fail_if_body_json_not_matches_cel=wanted)


def due_to_cel(seen: Observation) -> float | None:
    return next((one.value for one in seen.readings if one.measure.name == "probe_failed_due_to_cel"), None)


@pytest.mark.parametrize(
    "wanted",
    [
        'body.state == "ok"',
        "body.queue.pending < 10 && body.queue.limit > 10",
        "body.queue.pending == 3",
        "body.queue.pending + 1.0 == 4.0",
        '"a" in body.tags && body.tags.size() == 2',
        "body.tags.all(t, t.size() == 1)",
        'body.state.matches("^o")',
        "has(body.queue.limit) && !has(body.other)",
        "body.no == null",
        "int(body.big) == 9007199254740992",
    ],
)
async def test_condition_that_is_met_is_up(wanted):
    seen = await verdict(GOOD, wanted)

    assert (seen.status, due_to_cel(seen)) == (Status.UP, 0)


async def test_condition_that_is_not_met_is_down():
    seen = await verdict(GOOD, "body.queue.pending == 0")

    assert (seen.status, seen.reason, due_to_cel(seen)) == (Status.DOWN, Reason.CONTENT, 1)
    assert seen.detail == "body does not match the CEL 'body.queue.pending == 0'"


async def test_condition_that_must_not_be_met_is_down_when_it_is():
    met = await seen_in(GOOD, fail_if_body_json_matches_cel='body.state == "ok"')
    other = await seen_in(GOOD, fail_if_body_json_matches_cel='body.state == "sick"')

    assert (met.reason, met.detail) == (Reason.CONTENT, "body matches the CEL 'body.state == \"ok\"'")
    assert other.status is Status.UP


async def test_both_conditions_hold_together():
    both = {"fail_if_body_json_matches_cel": "body.n > 5", "fail_if_body_json_not_matches_cel": "body.n > 1"}

    seen = [await seen_in({"n": number}, **both) for number in (1, 3, 6)]

    assert [one.status for one in seen] == [Status.DOWN, Status.UP, Status.DOWN]


@pytest.mark.parametrize(
    ("body", "wanted", "detail"),
    [
        (GOOD, "body.canary == 1", "makes an error of the body"),
        (GOOD, "body.queue.pending + 1 == 4", "makes an error of the body"),
        ({"a": "canary"}, "body[body.a] == 1", "makes an error of the body"),
        (GOOD, "body.state", "makes no truth value of the body"),
        ([1] * 20_000, "body.all(x, x == 1)", "makes more steps than are allowed of the body"),
        (b"<html>", "body == 1", "the body is not JSON that can be read: expecting value at character 0"),
        (b"", "body == 1", "the body is not JSON that can be read: expecting value at character 0"),
        (b"\xff", "body == 1", "the body is not JSON that can be read: it is not in Unicode"),
        (b"[" * 100_000, "body == 1", "the body is not JSON that can be read: it is nested too deeply"),
        (b'{"a": 1e999}', "body.a > 0", "the body is not JSON that can be read: it holds a number that is none"),
        (b'{"a": NaN}', "body.a > 0", "the body is not JSON that can be read: it holds a number that is none"),
        (b"1" * 5_000_000, "body > 0", "the body is over 4194304 bytes"),
    ],
)
async def test_body_that_cannot_be_evaluated_on_is_down_and_not_quoted(body, wanted, detail):
    seen = await verdict(body, wanted)

    assert (seen.status, due_to_cel(seen)) == (Status.DOWN, 1)
    assert detail in seen.detail
    assert "canary" not in seen.detail.replace(wanted, "")


async def test_what_is_wrong_before_costs_no_evaluation():
    seen = await seen_in(GOOD, valid_status_codes=[204], fail_if_body_json_not_matches_cel="body.canary == 1")

    assert (seen.reason, due_to_cel(seen)) == (Reason.STATUS, 0)


async def test_who_asks_for_no_cel_has_no_measure_of_it():
    assert due_to_cel(await seen_in(GOOD)) is None


SLOW = {"list": [1] * 9_999, "others": [2] * 200_000}
LARGE = {"list": ["a"] * 9_999, "text": "x" * 300_000}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (SLOW, "body.list.all(x, !(x in body.others))"),
        (LARGE, "body.list.map(x, body.text + x).size() > 0"),
    ],
    ids=["time", "memory"],
)
async def test_body_on_which_it_takes_too_much_is_down_and_holds_nobody_up(body, wanted):
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - began)

    watching = asyncio.create_task(watch())
    seen = await seen_in(body, within=timedelta(seconds=60), fail_if_body_json_not_matches_cel=wanted)
    watching.cancel()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == "the CEL cannot be evaluated on the body within 2 s of processor time and 512 MiB"
    assert longest < 1


async def test_evaluation_ends_with_its_run():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(SLOW)

    condition = "body.list.all(x, !(x in body.others))"
    async with serve(answer) as url:
        probe = configured(
            HttpProbe, {"target": f"{url}/", "body_size_limit": "4MiB", "fail_if_body_json_not_matches_cel": condition}
        )
        outcome = await run(probe, within=timedelta(milliseconds=700))

    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.duration_seconds < 0.95
    assert children() == []


async def test_no_more_are_evaluated_at_once_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(cel, "AT_ONCE", 2)
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(children()))
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    seen = await asyncio.gather(*(verdict(GOOD, 'body.state == "ok"') for _ in range(6)))
    watching.cancel()

    assert {one.status for one in seen} == {Status.UP}
    assert 1 <= most <= 2


async def test_library_that_does_not_work_is_our_fault(monkeypatch):
    from datashare_monitor_http import bounded

    monkeypatch.setattr(bounded, "library", lambda: "/nowhere")

    seen = await verdict(GOOD, 'body.state == "ok"')

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)


def children() -> list[str]:
    """Return the programs that evaluate CEL for this process."""
    ours = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == str(Path("/proc/self").resolve().name) and b"cel_program" in words:
            ours.append(folder.name)
    return ours


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("body.a ==", "no expression of CEL: 1:10: Syntax error"),
        ("answer.a == 1", "undeclared reference to 'answer"),
        ("body.a.frobnicate()", "undeclared reference to 'frobnicate'"),
        ("1 + 1", "is never true or false"),
        ("  ", "1 to 4096 characters"),
        ("body.a == 1 || " * 300 + "true", "1 to 4096 characters"),
        ("(" * 200 + "true" + ")" * 200, "no expression of CEL"),
    ],
)
@pytest.mark.parametrize("option", ["fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"])
def test_expression_that_is_none_is_refused_by_name(option, expression, message):
    with pytest.raises(ValueError, match=option) as caught:
        configured(HttpProbe, {"target": "http://lgsp.example/", option: expression})

    assert message in str(caught.value)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    cel.check_cel.cache_clear()

    with pytest.raises(ValueError, match="needs the Python package cel-expr-python"):
        configured(HttpProbe, {"target": "http://lgsp.example/", "fail_if_body_json_matches_cel": "body.a == 1"})
