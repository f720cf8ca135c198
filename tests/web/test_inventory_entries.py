"""Promise: the API tells what is watched, type by type, and how it stands."""

import pytest
from web.pretend import scene, visiting
from web.test_connections import rested


async def entries(query: str) -> list[tuple[str, str]]:
    async with visiting() as client:
        answer = await client.get(f"/api/v1/inventory{query}")
        return [(one["type"], one["id"]) for one in answer.json["entries"]]


async def test_whole_inventory_stands_type_by_type():
    found = await entries("")

    assert [kind for kind, _ in found] == ["agency"] * 3 + ["system"] * 2 + ["connection"] + ["check"] * 5
    assert found[:3] == [("agency", "bo-cong-an"), ("agency", "ha-noi"), ("agency", "hue")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?agency=hue", [("agency", "hue")]),
        ("?type=system&agency=ha-noi", [("system", "ha-noi/lgsp")]),
        ("?type=connection", [("connection", "ha-noi/population")]),
        ("?status=down", [("connection", "ha-noi/population"), ("check", "ha-noi/population/lookup")]),
        ("?reason=certificate_expires&type=check", [("check", "ha-noi/lgsp/cert")]),
        ("?type=agency&status=up", []),
    ],
)
async def test_filters_narrow_the_list(query, expected):
    assert await entries(query) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_join_into_the_list(limit):
    seen: list[tuple[str, str]] = []
    cursor = ""

    async with visiting() as client:
        while cursor is not None:
            answer = await client.get("/api/v1/inventory", params={"limit": str(limit), "after": cursor})
            seen += [(one["type"], one["id"]) for one in answer.json["entries"]]
            cursor = answer.json["next"]

    assert seen == await entries("")


@pytest.mark.parametrize("cursor", ["x", "robot:a", "ha-noi/lgsp"])
async def test_wrong_cursor_is_refused(cursor):
    async with visiting() as client:
        assert (await client.get("/api/v1/inventory", params={"after": cursor})).status == 400


async def test_connection_tells_its_path_and_stage():
    async with visiting() as client:
        found = (await client.get("/api/v1/inventory?type=connection")).json["entries"][0]

    assert found["consumer"] == "ha-noi"
    assert found["via"] == ["ha-noi/lgsp"]
    assert (found["stage"], found["due"], found["status"]) == ("live", "2026-12-31", "down")


async def test_connection_at_rest_has_a_stage_and_no_state():
    async with visiting(rested()) as client:
        found = (await client.get("/api/v1/inventory?type=connection")).json["entries"][0]
        unknown = (await client.get("/api/v1/inventory?type=connection&status=unknown")).json["entries"]

    assert (found["stage"], found["status"]) == ("retired", "unknown")
    assert found["detail"] == "it is retired: nothing is expected of it, and nothing looks at it"
    assert unknown == []


async def test_check_has_its_fingerprint():
    stage = scene()

    async with visiting(stage) as client:
        found = (await client.get("/api/v1/inventory?type=check&limit=1")).json["entries"][0]

    assert found["fingerprint"] == stage.inventory.checks[found["id"]].fingerprint
