"""Promise: the page of a check tells its state, why, and how its newest runs went."""

import re
from datetime import timedelta

import pytest
from web.pretend import CANARY, NOW, outcome, scene, visiting

from monitor.observation import Reason, Status, down, up
from monitor.outcome import Confirmed
from monitor.web.pages.strip import MOST


async def page(path="/checks/ha-noi/population/lookup?lang=en", stage=None):
    async with visiting(stage) as client:
        return await client.get(path, headers={"Accept": "text/html"})


async def test_state_reason_owner_and_configuration_are_shown():
    html = (await page()).text

    assert "Ha Noi → National population database" in html
    assert "the service reports a fault" in html
    assert "truc-ban" in html
    assert "2 bad or 1 good runs in a row" in html
    assert CANARY not in html


async def test_newest_runs_stand_as_bars_with_their_phases():
    name = "ha-noi/population/lookup"
    stage = scene()
    stage.newest.kept[name] = [
        outcome(name, up() if number % 2 else down(Reason.TIMEOUT, "no answer"), NOW + timedelta(seconds=number))
        for number in range(100)
    ]

    html = (await page(stage=stage)).text

    assert html.count('<g class="run ') == MOST
    assert html.count('<g class="run down">') == MOST // 2
    assert f"The newest {MOST} runs, {MOST // 2} of them not up" in html
    assert "processing <b>7.0 ms</b>" in html


async def test_failures_are_listed_the_newest_first():
    name = "ha-noi/population/lookup"
    stage = scene()
    stage.newest.kept[name] = [
        outcome(name, down(Reason.TIMEOUT, f"failure {number}"), NOW + timedelta(minutes=number)) for number in range(3)
    ]

    html = (await page(stage=stage)).text

    assert html.index("failure 2") < html.index("failure 1") < html.index("failure 0")


async def test_check_that_has_not_run_says_so():
    html = (await page("/checks/bo-cong-an/population-db/port?lang=en")).text

    assert "No run has ended yet." in html


async def test_unknown_check_is_a_page_with_the_nearest():
    answer = await page("/checks/ha-noi/lgsp/crt?lang=en")

    assert answer.status == 404
    assert 'href="/checks/ha-noi/lgsp/cert?lang=en"' in answer.text


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf"), 1e9])
async def test_strange_durations_do_not_break_the_page(duration):
    name = "ha-noi/population/lookup"
    stage = scene()
    stage.newest.kept[name] = [outcome(name, up(), duration=duration, resolve=float("nan"), x=float("inf"))]

    answer = await page(stage=stage)

    assert answer.status == 200
    svg = answer.text.partition("<svg")[2].partition("</svg>")[0]
    assert not re.search(r'="(nan|-?inf)', svg)


async def test_long_and_hostile_detail_is_cut_and_escaped():
    name = "ha-noi/population/lookup"
    stage = scene()
    stage.states[name] = Confirmed(Status.DOWN, Reason.CONTENT, NOW, "<img src=x onerror=alert(1)>" + "y" * 100_000)

    answer = await page(stage=stage)

    assert "<img" not in answer.text
    assert len(answer.body) < 20_000
