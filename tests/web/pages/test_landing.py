"""Promise: what is broken comes first, with whose it is and since when, in the reader's language, on a small page."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from web.pretend import NOW, check, inventory, scene, visiting

from monitor.inventory import AgencyId, TargetId
from monitor.observation import Reason, Status
from monitor.outcome import NEVER, Confirmed

BROKEN = re.compile(r"<code>([a-z0-9-]+/[a-z0-9-]+/[a-z0-9-]+)</code>")


async def page(path="/?lang=en", stage=None, **headers):
    async with visiting(stage) as client:
        answer = await client.get(path, headers={"Accept": "text/html", **headers})
        return answer


async def test_broken_checks_are_listed_the_worst_first():
    html = (await page()).text

    assert BROKEN.findall(html) == ["ha-noi/population/lookup", "ha-noi/lgsp/cert", "ha-noi/lgsp/api"]
    assert "<h1>1 connection is down</h1>" in html
    assert '<p class="lead">1 check is down</p>' in html


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
    assert "1 kết nối đang gián đoạn" in answer.text
    assert "1 kiểm tra đang gián đoạn" in answer.text
    assert "Bộ Công an" in answer.text
    assert "Ministry of Public Security" in answer.text


async def test_chosen_language_is_kept_on_links():
    html = (await page("/?lang=en")).text

    assert 'href="/checks/ha-noi/lgsp/cert?lang=en"' in html
    assert 'href="/?lang=vi"' in html


async def test_tiles_count_every_connection_system_and_check_once():
    html = (await page()).text

    numbers = [int(one) for one in re.findall(r"<dd>(\d+)</dd>", html)]
    assert [numbers[:5], numbers[5:10], numbers[10:]] == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [1, 1, 2, 0, 1]]


async def test_maintenance_is_counted_apart_and_listed_last():
    stage = scene()
    down = stage.states["ha-noi/population/lookup"]
    stage.states["ha-noi/population/lookup"] = Confirmed(
        down.status, down.reason, down.since, down.detail, maintenance=True
    )

    html = (await page(stage=stage)).text

    assert '<p class="lead">1 check is degraded</p>' in html
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
    there = stage.inventory
    stage.states = {
        name: Confirmed(Status.UP, None, NOW) for name in (*there.checks, *there.systems, *there.connections)
    }

    assert "<h1>Everything is up</h1>" in (await page(stage=stage)).text


async def test_agency_page_lists_all_of_its_checks():
    html = (await page("/?agency=bo-cong-an&lang=en")).text

    assert set(BROKEN.findall(html)) == {"bo-cong-an/population-db/ping", "bo-cong-an/population-db/port"}


def where(html):
    """The text of each place where connections are broken, without markup."""
    section = html.partition('<section class="connections">')[2].partition("</section>")[0]
    places = re.split(r"<li class=\"(?:down|degraded|unknown)\">", section)[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in places]


async def test_broken_connection_is_shown_with_hop_domain_owner_and_since():
    [place] = where((await page()).text)

    assert place == (
        "✕ Down Fault of a hub on the way Ha Noi data sharing platform Nền tảng chia sẻ dữ liệu Hà Nội "
        "ha-noi/lgsp the service reports a fault error_code is 5: &lt;b onload=&quot;x&quot;&gt; "
        "Owner ha-noi/truc-ban For 45 min 2026-05-04 06:15 1 connection affected Ha Noi → National population database"
    )


async def test_fallen_hub_is_one_place_with_its_owner_and_leads_to_its_worst_check():
    stage = scene()
    stage.states["ha-noi/lgsp"] = Confirmed(Status.DOWN, Reason.REFUSED, NOW - timedelta(minutes=3), "refused")

    html = (await page("/?lang=vi", stage=stage)).text

    [place] = where(html)
    assert place.startswith("✕ Gián đoạn Lỗi thuộc về nền tảng trung gian Nền tảng chia sẻ dữ liệu Hà Nội")
    assert "Phụ trách ha-noi/truc-ban Đã kéo dài 3 phút" in place
    assert 'href="/checks/ha-noi/lgsp/cert?lang=vi"' in html.partition('class="pair"')[0]
    assert 'href="/connections/ha-noi/population?lang=vi"' in html


async def test_connection_that_is_not_live_says_so():
    stage = scene()
    [one] = stage.inventory.connections.values()
    stage.inventory.connections[one.id] = replace(one, stages=())

    assert "<em>planned</em>" in (await page(stage=stage)).text


async def test_fault_of_the_monitor_is_told_as_its_own():
    stage = scene()
    cut_off = Confirmed(Status.UNKNOWN, Reason.NETWORK, NOW, "no route")
    stage.states["ha-noi/population"] = stage.states["ha-noi/population/lookup"] = cut_off

    [place] = where((await page(stage=stage)).text)

    assert place.startswith("? Unknown Fault of the monitor itself the monitor&#x27;s own network failed no route")
    assert "Owner whoever runs the monitor" in place


async def test_agencies_are_listed_with_their_connections_that_are_down():
    html = (await page()).text

    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall("<tr>.*?</tr>", html)]
    assert [row[-3:] for row in rows if "Noi" in row] == [["1", "/", "1"]]
    assert [row[-1] for row in rows if "Công" in row] == ["–"]


async def test_connections_that_nobody_looks_at_are_counted_apart():
    stage = scene()
    [one] = stage.inventory.connections.values()
    alone = replace(one, id=TargetId("hue/x"), via=(), provider=TargetId("hue/y"))
    stage.inventory.connections[alone.id] = alone

    html = (await page(stage=stage)).text

    assert "and 1 that nobody looks at yet" in html
    assert [int(number) for number in re.findall(r"<dd>(\d+)</dd>", html)][:5] == [1, 0, 0, 0, 0]


async def test_inventory_without_connections_has_no_section_for_them():
    stage = scene()
    stage.inventory.connections.clear()

    html = (await page(stage=stage)).text

    assert "<h1>1 check is down</h1>" in html
    assert 'class="connections"' not in html


async def test_agency_page_shows_what_is_broken_at_its_own_systems():
    stage = scene()
    stage.states["bo-cong-an/population-db"] = Confirmed(Status.DOWN, Reason.REFUSED, NOW, "refused")

    html = (await page("/?agency=bo-cong-an&lang=en", stage=stage)).text

    [place] = where(html)
    assert "Fault of the provider National population database" in place
    assert "Owner nobody named" in place
    assert "Ha Noi → National population database" in place


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


async def test_ten_thousand_broken_connections_make_a_small_page():
    stage = crowd(10_000)
    [like] = stage.inventory.connections.values()
    long = "ế" * 200
    for number in range(10_000):
        hub = TargetId(f"hue/portal-{number // 2}")
        one = replace(like, id=TargetId(f"hue/c{number}"), via=(hub,), name=long, name_en=long)
        stage.inventory.connections[one.id] = one
        stage.states[hub] = stage.states[one.id] = Confirmed(Status.DOWN, Reason.TIMEOUT, NOW, "<" * 5000)

    answer = await page(stage=stage)

    assert len(where(answer.text)) == 25
    assert "and 4976 more places; " in answer.text.replace("\u202f", "")
    assert len(answer.body) < 500_000


@pytest.mark.parametrize(("query", "count"), [("", 81), ("agency=ha-noi", 41), ("agency=hue", 54)])
async def test_link_behind_the_last_place_leads_to_all_that_the_page_is_about(query, count):
    stage = crowd(0)
    [like] = stage.inventory.connections.values()
    standing = [(Status.DOWN, Reason.TIMEOUT), (Status.DEGRADED, Reason.SLOW), (Status.UNKNOWN, Reason.NETWORK)]
    for number in range(80):
        hub, agency = TargetId(f"hue/portal-{number}"), AgencyId(("ha-noi", "hue")[number % 2])
        one = replace(like, id=TargetId(f"{agency}/c{number}"), agency=agency, via=(hub,))
        stage.inventory.connections[one.id] = one
        stage.states[hub] = stage.states[one.id] = Confirmed(*standing[number % 3], NOW)

    async with visiting(stage) as client:
        html = (await client.get(f"/?lang=en&{query}")).text
        [(link, text)] = re.findall(r'<a href="(/api/v1/connections[^"]*)">([^<]* affected)</a>', html)
        listed = (await client.get(f"{unescape(link)}&limit=500")).json["connections"]

    assert text == f"all {count} connections affected"
    assert len(listed) == count
    assert {one["status"] for one in listed} == {"down", "degraded", "unknown"}


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
