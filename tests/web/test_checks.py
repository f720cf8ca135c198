"""Promise: the API tells how each check stands, finds what is asked for, and names the nearest when nothing is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from web.pretend import NOW, check, inventory, outcome, scene, visiting

from monitor.observation import Reason, Status, down, up
from monitor.outcome import Confirmed


async def ids(query: str) -> list[str]:
    async with visiting() as client:
        answer = await client.get(f"/api/v1/checks{query}")
        return [one["id"] for one in answer.json["checks"]]


async def test_list_is_in_the_order_of_the_ids():
    assert await ids("") == [
        "bo-cong-an/population-db/ping",
        "bo-cong-an/population-db/port",
        "ha-noi/lgsp/api",
        "ha-noi/lgsp/cert",
        "ha-noi/population/lookup",
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?agency=bo-cong-an", ["bo-cong-an/population-db/ping", "bo-cong-an/population-db/port"]),
        ("?agency=hue", []),
        ("?target=ha-noi/population", ["ha-noi/population/lookup"]),
        ("?status=down", ["ha-noi/population/lookup"]),
        ("?reason=certificate_expires", ["ha-noi/lgsp/cert"]),
        ("?reason=pending", ["bo-cong-an/population-db/port"]),
        ("?kind=tls", ["ha-noi/lgsp/cert"]),
        ("?owner=truc-ban&status=unknown", ["ha-noi/lgsp/api"]),
        ("?owner=truc-ban&kind=tcp", []),
        ("?target=ha-noi/population&status=up", []),
        ("?status=down&reason=timeout", []),
    ],
)
async def test_filters_narrow_the_list(query, expected):
    assert await ids(query) == expected


async def test_pages_join_into_the_list():
    seen: list[str] = []
    cursor = ""

    async with visiting() as client:
        while cursor is not None:
            answer = await client.get("/api/v1/checks", params={"limit": "2", "after": cursor})
            seen += [one["id"] for one in answer.json["checks"]]
            cursor = answer.json["next"]

    assert seen == await ids("")


async def test_unknown_agency_is_refused_with_the_nearest():
    async with visiting() as client:
        answer = await client.get("/api/v1/checks?agency=hanoi")

    assert (answer.status, answer.json["nearest"]) == (400, ["ha-noi"])


@pytest.mark.parametrize(
    ("query", "nearest", "said"),
    [
        ("kind=htpp", ["http", "tcp"], "there are: http, tcp, tls"),
        ("kind=HTTP", ["http", "tcp"], "there are: http, tcp, tls"),
        ("kind=", [], "there are: http, tcp, tls"),
        ("owner=truc-bann", ["truc-ban"], "there are: truc-ban"),
        ("owner=ha-noi/truc-ban", ["truc-ban"], "there are: truc-ban"),
        ("target=ha-noi/lgps", ["ha-noi/lgsp"], "did you mean ha-noi/lgsp?"),
        ("target=lgsp", [], "/api/v1/inventory?type=system"),
        ("target=", [], "/api/v1/inventory?type=system"),
        ("status=Down", ["down"], "there are: up, degraded, down, unknown"),
        ("reason=time_out", ["timeout"], "there are: "),
    ],
)
async def test_value_that_nothing_has_is_refused_with_the_nearest(query, nearest, said):
    async with visiting() as client:
        answer = await client.get(f"/api/v1/checks?{query}")

    assert answer.status == 400
    assert answer.json.get("nearest", [])[: len(nearest)] == nearest
    assert said in answer.json["detail"]


async def test_kinds_are_those_of_the_inventory_in_force():
    stage = scene()
    async with visiting(stage) as client:
        before = (await client.get("/api/v1/checks?kind=ldap")).status
        stage.inventory = inventory(check("hue/directory/bind", kind="ldap"))
        after = (await client.get("/api/v1/checks?kind=ldap")).json["checks"]

    assert (before, [one["id"] for one in after]) == (400, ["hue/directory/bind"])


async def test_check_shows_what_is_confirmed_beside_what_was_seen():
    stage = scene()
    name = "ha-noi/lgsp/cert"
    stage.states[name] = Confirmed(Status.UP, None, NOW - timedelta(hours=1), maintenance=True)
    stage.newest.kept[name] = [outcome(name, up()), outcome(name, down(Reason.TIMEOUT, "no answer"))]

    async with visiting(stage) as client:
        facts = (await client.get(f"/api/v1/checks/{name}")).json

    assert (facts["status"], facts["reason"], facts["maintenance"]) == ("up", None, True)
    assert (facts["newest"]["status"], facts["newest"]["reason"]) == ("down", "timeout")
    assert facts["since"] == "2026-05-03T23:00:00.000Z"
    assert len(facts["recent"]) == 2
    assert [one["detail"] for one in facts["failures"]] == ["no answer"]


async def test_configuration_is_told_without_what_the_probe_holds():
    async with visiting() as client:
        facts = (await client.get("/api/v1/checks/ha-noi/lgsp/api")).json["configuration"]

    assert facts["every_seconds"] == 30
    assert facts["max_latency_seconds"] == 1
    assert facts["confirm"] == {"down": 2, "up": 1}
    assert "password" not in facts


async def test_unknown_check_names_the_nearest():
    async with visiting() as client:
        answer = await client.get("/api/v1/checks/ha-noi/lgsp/crt")

    assert answer.status == 404
    assert answer.json["nearest"][0] == "ha-noi/lgsp/cert"
    assert "did you mean ha-noi/lgsp/cert?" in answer.json["detail"]


async def test_hostile_detail_is_text_and_numbers_are_json():
    name = "ha-noi/lgsp/api"
    stage = scene()
    hostile = 'x\x00\x1b[31m\u202e\ud800"</script>'
    seen = down(Reason.CONTENT, hostile)
    stage.states[name] = Confirmed(Status.DOWN, Reason.CONTENT, NOW, hostile)
    strange = replace(outcome(name, seen), duration_seconds=float("inf"), phases={"a\x1b": float("nan")})
    stage.newest.kept[name] = [strange]

    async with visiting(stage) as client:
        answer = await client.get(f"/api/v1/checks/{name}")

    assert answer.json["detail"] == r'x\x00\x1b[31m\u202e\ud800"</script>'
    assert answer.json["newest"]["duration_seconds"] is None
    assert answer.json["newest"]["phases"] == {r"a\x1b": None}


async def test_removed_check_is_gone():
    stage = scene()

    async with visiting(stage) as client:
        before = await client.get("/api/v1/checks/hue/a/b")
        stage.inventory = inventory(check("hue/a/b"))
        during = await client.get("/api/v1/checks/hue/a/b")
        stage.inventory = inventory()
        behind = await client.get("/api/v1/checks/hue/a/b")

    assert (before.status, during.status, behind.status) == (404, 200, 404)
