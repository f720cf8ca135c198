"""Promise: the page of a connection tells where it is broken, hop by hop, on what evidence, and who has to act."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from web.pretend import CANARY, NOW, scene, visiting

from monitor.inventory import Stage, StageChange, TargetId
from monitor.judge.hop import Sight
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed
from monitor.rest import awake

PATH = "/connections/ha-noi/population"
FALLEN = Confirmed(Status.DOWN, Reason.REFUSED, NOW - timedelta(minutes=3), "refused <by> the host")


async def page(path=f"{PATH}?lang=en", stage=None):
    async with visiting(stage) as client:
        return await client.get(path, headers={"Accept": "text/html"})


def plain(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def hops(html):
    path = html.partition('class="checks path"')[2].partition("</ol>")[0]
    return [plain(one.partition(">")[2]) for one in path.split("<li class=")[1:] if "badges" in one]


async def test_path_stands_hop_by_hop_with_verdict_and_owner():
    stage = scene()
    stage.states["ha-noi/lgsp"] = FALLEN

    html = (await page(stage=stage)).text

    consumer, hub, provider = hops(html)
    assert consumer == "○ Not watched Consumer Ha Noi Hà Nội ha-noi no check looks at it Owner ha-noi/truc-ban"
    assert hub.startswith("✕ Broken here Hub Ha Noi data sharing platform Nền tảng chia sẻ dữ liệu Hà Nội ha-noi/lgsp")
    assert "▲ Degraded cert certificate expires soon" in hub
    assert "Owner ha-noi/truc-ban 3 min" in hub
    assert provider.startswith("┄ Not reached Provider National population database")
    assert 'href="/checks/ha-noi/lgsp/cert?lang=en"' in html


async def test_fault_domain_owner_and_since_stand_at_the_top():
    stage = scene()
    stage.states["ha-noi/lgsp"] = FALLEN

    top = plain((await page(stage=stage)).text.partition('class="facts"')[2].partition("</section>")[0])

    assert "State ✕ Down For 45 min" in top
    assert "Fault of a hub on the way ha-noi/lgsp Owner ha-noi/truc-ban" in top


async def test_evidence_is_linked():
    stage = scene()
    refused = Confirmed(Status.DOWN, Reason.UNAUTHORIZED, NOW, "invalid_client")
    stage.states["ha-noi/population"] = stage.states["ha-noi/population/lookup"] = refused

    html = (await page(stage=stage)).text

    assert 'Evidence</dt><dd><a href="/checks/ha-noi/population/lookup?lang=en">' in html


async def test_connection_that_is_up_has_no_fault():
    stage = scene()
    there = stage.inventory
    stage.states = {
        name: Confirmed(Status.UP, None, NOW) for name in (*there.checks, *there.systems, *there.connections)
    }

    html = (await page(stage=stage)).text

    assert "Fault of" not in html
    assert [one[:8] for one in hops(html)] == ["○ Not wa", "● Up Hub", "● Up Pro"]


async def test_fault_that_is_not_located_yet_says_what_is_awaited():
    stage = scene()
    stage.states["ha-noi/population"] = Confirmed(Status.DOWN, Reason.TIMEOUT, NOW, "no answer in time")
    stage.states["ha-noi/population/lookup"] = stage.states["ha-noi/population"]
    stage.states["ha-noi/lgsp"] = Confirmed(Status.UP, None, NOW)
    stage.sights["ha-noi/lgsp"] = Sight(is_open=True)

    top = plain((await page(stage=stage)).text.partition('class="facts"')[2].partition("</section>")[0])

    assert "Not located yet; awaits a look at ha-noi/lgsp" in top
    assert "Fault of" not in top


async def test_fault_that_no_look_is_awaited_for_is_said_not_to_be_located():
    """A hub has thousands of connections, and they are located a few at a time."""
    stage = scene()
    stage.states["ha-noi/population/lookup"] = stage.states["ha-noi/lgsp"] = Confirmed(Status.UP, None, NOW)

    top = plain((await page(stage=stage)).text.partition('class="facts"')[2].partition("</section>")[0])

    assert "Fault of not located yet" in top


async def test_connection_at_rest_has_a_stage_and_no_state():
    stage = scene()
    retired = StageChange(stage=Stage.RETIRED, on=date(2026, 1, 1))
    link = TargetId("ha-noi/population")
    there = stage.inventory
    there = replace(there, connections={**there.connections, link: replace(there.connections[link], stages=(retired,))})
    stage.inventory = awake(there, NOW.date())
    stage.states["ha-noi/lgsp"] = FALLEN

    html = (await page(stage=stage)).text

    assert "<strong>retired</strong>. Nothing is expected of it, and nothing looks at it." in html
    assert "Fault of" not in html
    assert "Down" not in plain(html.partition('class="checks path"')[0])


async def test_page_speaks_vietnamese_names_no_person_and_needs_no_script():
    html = (await page(f"{PATH}?lang=vi")).text

    assert "Đường đi" in html
    assert "Bên khai thác" in html
    assert CANARY not in html
    assert "<script" not in html
    assert "style=" not in html


async def test_texts_of_targets_are_escaped_and_cut():
    stage = scene()
    hostile = replace(FALLEN, detail="<b>\x1b[2J" + "x" * 5000)
    stage.states["ha-noi/population"] = stage.states["ha-noi/lgsp"] = hostile

    html = (await page(stage=stage)).text

    assert "<b>" not in html
    assert "\x1b" not in html
    assert "x" * 1001 not in html


async def test_facts_of_the_inventory_are_shown():
    stage = scene()
    [one] = stage.inventory.connections.values()
    stage.inventory.connections[one.id] = replace(one, legal_basis="Nghị định 278/2025/NĐ-CP", expected_calls_per_day=0)

    facts = plain((await page(stage=stage)).text.partition(">Facts<")[2])

    assert "Stage live Due 2026-12-31 Legal basis Nghị định 278/2025/NĐ-CP Calls a day 0" in facts


async def test_hub_with_thousands_of_checks_makes_a_small_page():
    stage = scene()
    many = tuple(f"ha-noi/lgsp/c{number:05}" for number in range(5000))
    stage.inventory.__dict__["checks_of"] = {**stage.inventory.checks_of, TargetId("ha-noi/lgsp"): many}

    answer = await page(stage=stage)

    assert len(answer.body) < 50_000


@pytest.mark.parametrize("path", ["/connections/ha-noi/populaton", "/connections/x/%00"])
async def test_unknown_connection_is_a_page_with_the_nearest(path):
    answer = await page(f"{path}?lang=en")

    assert (answer.status, answer.content_type) == (404, "text/html")
    if "populaton" in path:
        assert 'href="/connections/ha-noi/population?lang=en"' in answer.text
