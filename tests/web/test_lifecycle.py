"""Promise: service managers and operators get a plain word, and nothing changes by a GET."""

import asyncio

from web.pretend import scene, visiting


async def test_a_turning_loop_is_healthy():
    async with visiting() as client:
        answer = await client.get("/-/healthy")

        assert (answer.status, answer.text) == (200, "healthy\n")


async def test_ready_says_why_it_is_not():
    stage = scene()
    stage.unready = "the store is not open yet"

    async with visiting(stage) as client:
        before = await client.get("/-/ready")
        stage.unready = ""
        after = await client.get("/-/ready")

        assert (before.status, before.text) == (503, "the store is not open yet\n")
        assert (after.status, after.text) == (200, "ready\n")


async def test_reload_that_fails_lists_every_problem():
    stage = scene()
    stage.problems = ['agencies/x.yaml:1:2 systems[0]\n  "5 parsecs" is not a duration', "agencies/y.yaml\n  no"]

    async with visiting(stage) as client:
        answer = await client.post("/-/reload")
        text = answer.text

    assert answer.status == 400
    assert answer.content_type == "text/plain"
    assert all(problem in text for problem in stage.problems)
    assert "configuration in force stays" in text


async def test_get_does_not_reload():
    stage = scene()

    async with visiting(stage) as client:
        answer = await client.get("/-/reload")

    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    assert stage.reloads == 0


async def test_reloads_take_place_one_after_the_other():
    stage = scene()
    under_way: list[int] = []
    seen: list[int] = []

    async def reload():
        under_way.append(1)
        seen.append(len(under_way))
        await asyncio.sleep(0.01)
        under_way.pop()
        return []

    stage.reload = reload

    async with visiting(stage) as client:
        answers = await asyncio.gather(*(client.post("/-/reload") for _ in range(4)))

    assert [answer.status for answer in answers] == [200] * 4
    assert seen == [1] * 4
