"""Promise: pages join into the whole list, each entry once, whatever goes missing between two pages."""

import asyncio
import time

import pytest
from multidict import MultiDict

from monitor.observation import Reason, Status
from monitor.outcome import NEVER, Confirmed
from monitor.web.listing import BREATH_SECONDS, after, breathing, no_parameters, page, state_filter, take
from monitor.web.refusal import RefusedError

IDS = [f"a/b/{number:05}" for number in range(100)]


async def test_pages_join_into_the_whole():
    seen: list[str] = []
    more = True
    while more:
        found, more = await take(after(IDS, seen[-1] if seen else ""), 7, lambda _: True)
        seen += found

    assert seen == IDS


async def test_last_page_says_that_it_is():
    found, more = await take(iter(IDS), 100, lambda _: True)

    assert (len(found), more) == (100, False)


async def test_cursor_that_is_gone_goes_on_behind_its_place():
    left = [one for one in IDS if one != "a/b/00041"]

    assert next(after(left, "a/b/00041")) == "a/b/00042"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "501"}, {"limit": "-1"}, {"limit": "1e2"}, {"limit": ""}, {"limit": "٣"},
        {"limit": "9" * 5000}, {"offset": "3"}, {"agencyy": "ha-noi"},
    ],
)  # fmt: skip
def test_wrong_parameter_is_refused(query):
    with pytest.raises(RefusedError) as refused:
        page(MultiDict(query), ("agency",))

    assert refused.value.status == 400
    assert len(refused.value.detail) < 300


def test_parameter_of_what_takes_none_is_refused():
    with pytest.raises(RefusedError, match="takes none") as refused:
        no_parameters(MultiDict(state="fail"))

    assert refused.value.status == 400


def test_misspelt_parameter_is_recognised():
    with pytest.raises(RefusedError) as refused:
        page(MultiDict(agencyy="x"), ("agency", "status"))

    assert refused.value.nearest == ("agency",)


def test_parameter_given_twice_is_refused():
    with pytest.raises(RefusedError, match="twice"):
        page(MultiDict([("limit", "1"), ("limit", "2")]), ())


def test_unknown_reason_is_refused_with_the_nearest():
    with pytest.raises(RefusedError) as refused:
        state_filter(MultiDict(reason="timeouts"))

    assert "timeout" in refused.value.nearest


def test_state_filter_admits_what_it_names():
    wanted = state_filter(MultiDict(status="down", reason="timeout"))

    assert wanted.admits(Confirmed(Status.DOWN, Reason.TIMEOUT, NEVER))
    assert not wanted.admits(Confirmed(Status.DOWN, Reason.REFUSED, NEVER))
    assert not wanted.admits(Confirmed(Status.UP, None, NEVER))


async def test_long_search_lets_others_have_the_loop():
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    async for _ in breathing(range(10)):
        time.sleep(BREATH_SECONDS)  # noqa: ASYNC251 - work, played
    counting.cancel()

    assert turns >= 9
