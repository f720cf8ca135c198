"""Promise: the API tells where each connection is broken, who has to act, and on what evidence."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from web.pretend import CANARY, NOW, outcome, scene, visiting

from monitor.inventory import AgencyId, Stage, StageChange, TargetId
from monitor.judge.hop import Sight
from monitor.observation import Reason, Status, down
from monitor.outcome import PENDING, Confirmed
from monitor.rest import awake

LIST = "/api/v1/connections"
ONE = f"{LIST}/ha-noi/population"


def stage(hub=None, own=None):
    """The pretended land, its hub and its connection's own check in another state; a second connection is well."""
    made = scene()
    other = replace(
        made.inventory.connections[TargetId("ha-noi/population")],
        id=TargetId("hue/population"),
        agency=AgencyId("hue"),
        consumer=AgencyId("hue"),
        via=(),
        owner=None,
    )
    made.inventory = replace(made.inventory, connections={**made.inventory.connections, other.id: other})
    made.states["hue/population"] = Confirmed(Status.UP, None, NOW)
    if hub is not None:
        made.states["ha-noi/lgsp"] = hub
    if own is not None:
        made.states["ha-noi/population"] = made.states["ha-noi/population/lookup"] = own
    return made


FALLEN = Confirmed(Status.DOWN, Reason.REFUSED, NOW - timedelta(minutes=3), "refused by the host")
REVOKED = Confirmed(Status.DOWN, Reason.UNAUTHORIZED, NOW - timedelta(minutes=9), "invalid_client")
CUT_OFF = Confirmed(Status.UNKNOWN, Reason.NETWORK, NOW, "no route")


async def test_broken_connection_names_hop_domain_owner_and_ground():
    async with visiting(stage(hub=FALLEN)) as client:
        found = (await client.get(f"{LIST}?agency=ha-noi")).json["connections"]

    assert [one["id"] for one in found] == ["ha-noi/population"]
    assert found[0]["fault"] == {
        "domain": "hub",
        "at": "ha-noi/lgsp",
        "owner": "ha-noi/truc-ban",
        "status": "down",
        "reason": "refused",
        "ground": "hop",
        "check": None,
        "since": "2026-05-03T23:57:00.000Z",
        "detail": "refused by the host",
    }


async def test_path_stands_hop_by_hop_with_the_checks_of_each():
    async with visiting(stage(hub=FALLEN)) as client:
        found = (await client.get(ONE)).json

    hops = [(hop["role"], hop["id"], hop["verdict"], hop["owner"]) for hop in found["hops"]]
    assert hops == [
        ("consumer", "ha-noi", "unseen", "ha-noi/truc-ban"),
        ("hub", "ha-noi/lgsp", "broken", "ha-noi/truc-ban"),
        ("provider", "bo-cong-an/population-db", "unreachable", None),
    ]
    consumer, hub, provider = found["hops"]
    assert (consumer["name"], consumer["state"], consumer["checks"]) == ("Hà Nội", None, [])
    assert [one["id"] for one in hub["checks"]] == ["ha-noi/lgsp/cert", "ha-noi/lgsp/api"]  # the worst first
    assert hub["checks"][0]["newest"]["reason"] == "certificate_expires"
    assert provider["state"]["status"] == "up"
    assert [one["id"] for one in found["checks"]] == ["ha-noi/population/lookup"]


async def test_token_that_is_refused_is_the_consumers_and_its_owner_is_the_connections():
    async with visiting(stage(own=REVOKED)) as client:
        fault = (await client.get(ONE)).json["fault"]

    assert (fault["domain"], fault["at"], fault["owner"]) == ("consumer", "ha-noi", "ha-noi/truc-ban")
    assert (fault["ground"], fault["check"]) == ("reason", "ha-noi/population/lookup")


async def test_fault_that_is_not_located_yet_says_which_look_is_awaited():
    made = stage()
    made.states["ha-noi/lgsp"] = Confirmed(Status.UP, None, NOW)
    made.sights["ha-noi/lgsp"] = Sight(is_open=True)
    async with visiting(made) as client:
        found = (await client.get(ONE)).json

    assert (found["status"], found["fault"], found["awaits"]) == ("down", None, ["ha-noi/lgsp"])


def rested():
    """The connection of Hà Nội is retired, while its hub is down."""
    made = stage(hub=FALLEN)
    link = made.inventory.connections[TargetId("ha-noi/population")]
    gone = replace(link, stages=(StageChange(stage=Stage.RETIRED, on=date(2026, 5, 1)),))
    made.inventory = replace(made.inventory, connections={**made.inventory.connections, gone.id: gone})
    made.inventory = awake(made.inventory, date(2026, 5, 4))
    return made


async def test_retired_connection_is_neither_down_nor_broken_anywhere():
    async with visiting(rested()) as client:
        found = (await client.get(ONE)).json
        lists = [(await client.get(f"{LIST}{query}")).json["connections"] for query in ("", "?status=unknown")]

    assert (found["stage"], found["status"], found["fault"], found["checks"]) == ("retired", "unknown", None, [])
    assert found["detail"] == "it is retired: nothing is expected of it, and nothing looks at it"
    assert [[one["id"] for one in listed] for listed in lists] == [["ha-noi/population", "hue/population"], []]


async def test_fault_of_ours_is_nobodys_and_leaves_the_connection_unknown():
    async with visiting(stage(own=CUT_OFF)) as client:
        found = (await client.get(ONE)).json

    assert (found["status"], found["fault"]["domain"], found["fault"]["at"]) == ("unknown", "monitor", None)
    assert found["fault"]["owner"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ha-noi/population", "hue/population"]),
        ("?agency=hue", ["hue/population"]),
        ("?status=up", ["hue/population"]),
        ("?status=down&reason=service_fault", ["ha-noi/population"]),
        ("?domain=hub", ["ha-noi/population"]),
        ("?domain=consumer", []),
        ("?hub=ha-noi/lgsp", ["ha-noi/population"]),
        ("?at=ha-noi/lgsp", ["ha-noi/population"]),
        ("?at=bo-cong-an/population-db", []),
        ("?impaired=true", ["ha-noi/population"]),
        ("?impaired=true&agency=hue", []),
        ("?concerns=ha-noi", ["ha-noi/population"]),
        ("?concerns=hue", ["hue/population"]),
        ("?concerns=bo-cong-an", []),
        ("?at=hue", []),
        ("?limit=1", ["ha-noi/population"]),
        ("?limit=1&after=ha-noi/population", ["hue/population"]),
    ],
)
async def test_filters_and_pages_narrow_the_list(query, expected):
    async with visiting(stage(hub=FALLEN)) as client:
        assert [one["id"] for one in (await client.get(LIST + query)).json["connections"]] == expected


async def test_what_is_broken_at_an_agency_concerns_it_whoever_owns_it():
    made = stage(hub=FALLEN)
    link = made.inventory.connections[TargetId("hue/population")]
    through = replace(link, via=(TargetId("ha-noi/lgsp"),))
    made.inventory = replace(made.inventory, connections={**made.inventory.connections, through.id: through})
    made.states["hue/population"] = FALLEN
    async with visiting(made) as client:
        found = (await client.get(f"{LIST}?concerns=ha-noi&impaired=true")).json["connections"]

    assert [one["id"] for one in found] == ["ha-noi/population", "hue/population"]


async def test_what_waits_for_its_first_run_or_is_not_watched_is_not_impaired():
    made = stage(hub=FALLEN)
    made.states["hue/population"] = PENDING
    alone = replace(
        made.inventory.connections[TargetId("hue/population")], id=TargetId("hue/alone"), provider=TargetId("hue/x")
    )
    made.inventory = replace(made.inventory, connections={**made.inventory.connections, alone.id: alone})
    made.states["hue/alone"] = Confirmed(Status.UNKNOWN, None, NOW)
    async with visiting(made) as client:
        found = (await client.get(f"{LIST}?impaired=true")).json["connections"]

    assert [one["id"] for one in found] == ["ha-noi/population"]


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("?domain=hubs", "hub"),
        ("?hub=ha-noi/lgps", "ha-noi/lgsp"),
        ("?agency=hanoi", "ha-noi"),
        ("?at=ha-noi/lgps", "ha-noi/lgsp"),
        ("?at=hanoi", "ha-noi"),
        ("?hubs=x", "hub"),
        ("?impaird=true", "impaired"),
        ("?concerns=hanoi", "ha-noi"),
    ],
)
async def test_wrong_parameter_is_refused_with_the_nearest(query, nearest):
    async with visiting(stage()) as client:
        answer = await client.get(LIST + query)

    assert answer.status == 400
    assert nearest in answer.json["nearest"]


async def test_impaired_is_asked_for_or_not_and_nothing_else():
    async with visiting(stage()) as client:
        answer = await client.get(f"{LIST}?impaired=false")

    assert (answer.status, answer.json["detail"]) == (400, "impaired=false is unknown; there are: true")


async def test_unknown_connection_gets_the_nearest_names():
    async with visiting(stage()) as client:
        answer = await client.get(f"{LIST}/ha-noi/populaton")

    assert (answer.status, answer.json["nearest"][0]) == (404, "ha-noi/population")


async def test_text_of_a_target_moves_no_cursor_and_no_person_is_named():
    made = stage(own=replace(REVOKED, detail="bad\x1b[2J\nline"))
    made.newest.kept["ha-noi/population/lookup"].append(
        outcome("ha-noi/population/lookup", down(Reason.UNAUTHORIZED, "bad\x1b[2J"))
    )

    async with visiting(made) as client:
        answer = await client.get(ONE)

    texts = [answer.json["detail"], answer.json["fault"]["detail"], answer.json["checks"][0]["newest"]["detail"]]
    assert [text for text in texts if not text.isprintable()] == []
    assert CANARY not in answer.text
