"""Promise: the API tells of each programme who is connected, missing and overdue, and whether the pace is enough."""

from dataclasses import replace
from datetime import date

import pytest
from web.pretend import scene, visiting

from monitor.inventory import ByReport, Population, ProgrammeId, Report


def stage(**changes):
    made = scene()
    emc = made.inventory.programmes[ProgrammeId("emc")]
    made.inventory = replace(made.inventory, programmes={emc.id: replace(emc, **changes)})
    return made


async def test_missing_and_overdue_are_named():
    async with visiting() as client:
        (found,) = (await client.get("/api/v1/programmes")).json["programmes"]

    assert (found["required"], found["needed"], found["connected"], found["connected_ratio"]) == (2, 2, 1, 0.5)
    assert (found["missing"], found["overdue"], found["unknown"], found["is_met"]) == (["hue"], ["hue"], 0, False)
    assert found["pace"]["is_enough"] is False


async def test_members_stand_with_their_evidence():
    async with visiting() as client:
        found = (await client.get("/api/v1/programmes/emc")).json

    assert found["members"] == [
        {
            "id": "ha-noi", "name": "Hà Nội", "name_en": "Ha Noi", "membership": "connected",
            "evidence": "ha-noi/population", "since": "2026-01-01", "due": "2026-12-31", "days_overdue": 0,
        },
        {
            "id": "hue", "name": "Huế", "name_en": "", "membership": "missing", "evidence": None, "since": None,
            "due": "2026-04-30", "days_overdue": 4,
        },
    ]  # fmt: skip


async def test_reported_number_stands_with_date_and_source():
    reports = (Report(member="", value=40.0, on=date(2026, 3, 31), source="12/BC-VPCP"),)

    async with visiting(stage(population=Population(count=53), measured=ByReport(), reports=reports)) as client:
        found = (await client.get("/api/v1/programmes/emc")).json

    assert (found["required"], found["connected"], found["members"]) == (53, 40, [])
    assert found["reports"] == [{"member": None, "value": 40.0, "on": "2026-03-31", "source": "12/BC-VPCP"}]


@pytest.mark.parametrize(
    "changes", [{"population": None, "measured": None}, {"population": Population(count=53), "measured": ByReport()}]
)
async def test_what_is_not_known_is_null_and_not_zero(changes):
    async with visiting(stage(**changes)) as client:
        found = (await client.get("/api/v1/programmes/emc")).json

    assert (found["connected"], found["connected_ratio"], found["is_met"]) == (None, None, None)


async def test_unknown_programme_gets_the_nearest_names():
    async with visiting() as client:
        answer = await client.get("/api/v1/programmes/ecm")

    assert (answer.status, answer.json["nearest"]) == (404, ["emc"])


async def test_pages_join_into_the_list():
    async with visiting() as client:
        found = (await client.get("/api/v1/programmes?after=emc")).json

    assert found == {"programmes": [], "next": None}
