"""Promise: what is broken comes first, with whose it is and since when, in the reader's language, on a small page."""

import re
from datetime import timedelta

import pytest
from web.pretend import NOW, check, inventory, scene, visiting

from monitor.observation import Reason, Status
from monitor.outcome import NEVER, Confirmed

BROKEN = re.compile(r"<code>([a-z0-9/-]+)</code>")


async def page(path="/?lang=en", stage=None, **headers):
    async with visiting(stage) as client:
        answer = await client.get(path, headers={"Accept": "text/html", **headers})
        return answer


async def test_broken_checks_are_listed_the_worst_first():
    html = (await page()).text

    assert BROKEN.findall(html) == ["ha-noi/population/lookup", "ha-noi/lgsp/cert", "ha-noi/lgsp/api"]
    assert "<h1>1 check is down</h1>" in html


async def test_owner_reason_and_duration_stand_beside_each():
    html = (await page()).text

    assert "truc-ban" in html
    assert "the service reports a fault" in html
    assert "45 min" in html


async def test_hostile_detail_is_escaped():
    html = (await page()).text

    assert "&lt;b onload=" in html
    assert "<b onload" not in html


async def test_page_speaks_vietnamese_and_names_stand_in_both():
    answer = await page("/", **{"Accept-Language": "vi"})

    assert '<html lang="vi">' in answer.text
    assert answer.headers["Content-Language"] == "vi"
    assert "1 kiểm tra đang gián đoạn" in answer.text
    assert "Bộ Công an" in answer.text
    assert "Ministry of Public Security" in answer.text


async def test_chosen_language_is_kept_on_links():
    html = (await page("/?lang=en")).text

    assert 'href="/checks/ha-noi/lgsp/cert?lang=en"' in html
    assert 'href="/?lang=vi"' in html


async def test_tiles_count_every_check_once():
    html = (await page()).text

    numbers = [int(one) for one in re.findall(r"<dd>(\d+)</dd>", html)]
    assert numbers == [1, 1, 2, 0, 1]
    assert sum(numbers) == 5


async def test_maintenance_is_counted_apart_and_listed_last():
    stage = scene()
    down = stage.states["ha-noi/population/lookup"]
    stage.states["ha-noi/population/lookup"] = Confirmed(
        down.status, down.reason, down.since, down.detail, maintenance=True
    )

    html = (await page(stage=stage)).text

    assert "<h1>1 check is degraded</h1>" in html
    assert BROKEN.findall(html)[-1] == "ha-noi/population/lookup"
    assert "badge maintenance" in html


async def test_pending_checks_are_no_fault():
    stage = scene()
    stage.states.clear()

    html = (await page(stage=stage)).text

    assert "Waiting for the first results" in html
    assert BROKEN.findall(html) == []


async def test_everything_up_is_said_plainly():
    stage = scene()
    stage.states = {name: Confirmed(Status.UP, None, NOW) for name in stage.inventory.checks}

    assert "<h1>Everything is up</h1>" in (await page(stage=stage)).text


async def test_agency_page_lists_all_of_its_checks():
    html = (await page("/?agency=bo-cong-an&lang=en")).text

    assert set(BROKEN.findall(html)) == {"bo-cong-an/population-db/ping", "bo-cong-an/population-db/port"}


async def test_unknown_agency_is_a_page_with_the_nearest():
    answer = await page("/?agency=hanoi&lang=en")

    assert answer.status == 404
    assert 'href="/?agency=ha-noi&amp;lang=en"' in answer.text


def crowd(count):
    stage = scene()
    extra = [check(f"hue/portal-{number}/login") for number in range(count)]
    stage.inventory = inventory(*extra)
    detail = "<" * 5000
    for one in extra:
        stage.states[one.id] = Confirmed(Status.DOWN, Reason.TIMEOUT, NOW - timedelta(minutes=3), detail)
    return stage


async def test_ten_thousand_broken_checks_make_a_small_page():
    answer = await page(stage=crowd(10_000))

    assert len(BROKEN.findall(answer.text)) == 100
    assert len(answer.body) < 400_000
    assert "Page 1 of 101" in answer.text


async def test_pages_join_into_the_whole_list():
    stage = crowd(250)
    seen: list[str] = []

    async with visiting(stage) as client:
        for number in (1, 2, 3):
            seen += BROKEN.findall((await client.get(f"/?page={number}")).text)
        beyond = await client.get("/?page=99")

    assert len(seen) == len(set(seen)) == 253
    assert BROKEN.findall(beyond.text) == seen[200:]


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9999999", "１"])
async def test_wrong_page_number_is_refused(number):
    assert (await page(f"/?page={number}")).status == 400


async def test_faults_of_the_monitor_are_told():
    stage = scene()
    stage.vitals.reload_ok = False
    stage.vitals.reload_time = NOW.timestamp()
    stage.vitals.plugin_failures["ngsp"] = "ImportError: <ngsp>"
    stage.vitals.quarantined.add("edxml")
    stage.vitals.network_up = False
    stage.unready = "the listener is not up"

    html = (await page(stage=stage)).text

    assert "The new configuration was refused" in html
    assert "Plugin ngsp could not be loaded" in html
    assert "ImportError: &lt;ngsp&gt;" in html
    assert "Plugin edxml is in quarantine" in html
    assert "The monitor&#x27;s own network is down" in html
    assert "the listener is not up" in html


async def test_healthy_monitor_has_no_notices():
    assert "notices" not in (await page()).text


async def test_page_needs_no_script_and_no_inline_style():
    html = (await page()).text

    assert "<script" not in html
    assert "style=" not in html
    assert "<style" not in html


async def test_state_that_never_began_has_no_age():
    stage = scene()
    stage.states["ha-noi/lgsp/api"] = Confirmed(Status.UNKNOWN, Reason.OVERDUE, NEVER)

    html = (await page(stage=stage)).text

    assert "1970" not in html


async def test_version_vantage_and_uptime_are_shown():
    html = (await page()).text

    assert "datashare-monitor 1.2.3" in html
    assert ">local</span>" in html
    assert "running for 3 h 12 min" in html
