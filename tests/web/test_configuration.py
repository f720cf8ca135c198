"""Promise: the API tells what is in force so that files can be compared with it, and nothing that must not be shown."""

from dataclasses import replace

import pytest
from web.pretend import CANARY, scene, settings, visiting

from monitor.config.description import Kind


async def pages(stage, limit, **query):
    found, cursor = [], ""
    async with visiting(stage) as client:
        while cursor is not None:
            asked = {"limit": str(limit), "after": cursor, **query}
            answer = (await client.get("/api/v1/configuration", params=asked)).json
            found += answer["entries"]
            cursor = answer["next"]
    return found


async def test_everything_that_is_configured_stands_type_by_type():
    found = await pages(scene(), 500)

    assert [(one["type"], one["id"]) for one in found] == [
        ("agency", "bo-cong-an"), ("agency", "ha-noi"), ("agency", "hue"), ("contact", "ha-noi/truc-ban"),
        ("programme", "emc"),
        ("system", "bo-cong-an/population-db"), ("system", "ha-noi/lgsp"), ("connection", "ha-noi/population"),
        ("check", "bo-cong-an/population-db/ping"), ("check", "bo-cong-an/population-db/port"),
        ("check", "ha-noi/lgsp/api"), ("check", "ha-noi/lgsp/cert"), ("check", "ha-noi/population/lookup"),
        ("daemon", "monitor.yaml"),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 4])
async def test_pages_join_into_the_whole(limit):
    assert await pages(scene(), limit) == await pages(scene(), 500)


@pytest.mark.parametrize("kind", Kind)
async def test_one_type_may_be_asked_for(kind):
    stage = scene()

    assert {one["type"] for one in await pages(stage, 2, type=str(kind))} <= {str(kind)}


async def test_persons_settings_of_probes_and_inside_addresses_are_digests():
    stage = scene()
    stage.settings = settings(hosts=frozenset({f"{CANARY}.example"}))

    found = await pages(stage, 500)

    assert CANARY not in repr(found)
    by_id = {one["id"]: one for one in found}
    assert [*by_id["ha-noi/truc-ban"]["digests"]] == ["details"]
    assert [*by_id["monitor.yaml"]["digests"]] == ["web.hosts"]
    assert by_id["monitor.yaml"]["fields"] == {"time_zone": "Asia/Ho_Chi_Minh"}


async def test_settings_of_a_probe_are_compared_by_their_digest():
    stage = scene()
    check = stage.inventory.checks["ha-noi/lgsp/api"]
    other = replace(check, probe=replace(check.probe, password="another"), fingerprint="f2")
    stage.inventory = replace(stage.inventory, checks={check.id: other})

    [found] = await pages(stage, 500, type="check")

    assert CANARY not in repr(found)
    assert found["fingerprint"] == "f2"
    assert [*found["digests"]] == ["with.password"]


@pytest.mark.parametrize("query", ["?type=robot", "?after=robot:x", "?status=up", "?limit=501"])
async def test_wrong_questions_are_refused(query):
    async with visiting() as client:
        assert (await client.get(f"/api/v1/configuration{query}")).status == 400
