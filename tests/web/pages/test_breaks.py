"""Promise: connections that are broken at the same hop are one entry, the worst first, and none is left out."""

from dataclasses import replace
from datetime import timedelta

from web.pretend import NOW, scene

from monitor.inventory import AgencyId, CheckId, ContactId, TargetId
from monitor.observation import FaultDomain, Reason, Status
from monitor.outcome import PENDING, Confirmed, Fault, Ground
from monitor.web.pages.breaks import MOST_NAMED, breaks

HUB = TargetId("ha-noi/lgsp")
LOOKUP = CheckId("ha-noi/population/lookup")


def fault(**changes):
    facts = {
        "domain": FaultDomain.HUB, "at": HUB, "status": Status.DOWN, "reason": Reason.REFUSED, "ground": Ground.HOP,
        "check": None, "since": NOW - timedelta(minutes=3), "detail": "refused by the host",
    }  # fmt: skip
    return Fault(**{**facts, **changes})


def country(faults):
    """A stage and the running monitor of a country whose connections, by id, are broken in these ways."""
    stage = scene()
    like = stage.inventory.connections[TargetId("ha-noi/population")]
    ids = [TargetId(one) for one in faults]
    stage.inventory = replace(
        stage.inventory,
        connections={one: replace(like, id=one, agency=AgencyId(one.partition("/")[0])) for one in ids},
    )
    for one, found in faults.items():
        stage.states[one] = (
            Confirmed(Status.UP, None, NOW)
            if found is None
            else Confirmed(found.status, found.reason, found.since, found.detail)
        )
    return stage, replace(stage.running(), fault=faults.get)


async def test_connections_through_one_fallen_hub_are_one_entry():
    _, running = country({"ha-noi/a": fault(), "hue/b": fault(since=NOW - timedelta(minutes=5)), "hue/c": None})

    found = await breaks(running.inventory(), running, None)

    [entry] = found.listed
    assert (entry.domain, entry.at, entry.owner) == (FaultDomain.HUB, HUB, "ha-noi/truc-ban")
    assert entry.named == [TargetId("ha-noi/a"), TargetId("hue/b")]
    assert (entry.count, entry.state.since) == (2, NOW - timedelta(minutes=5))
    assert (found.all.down, found.all.up, found.all.total) == (2, 1, 3)


async def test_same_hop_in_another_role_or_with_another_owner_is_another_entry():
    stage, _ = country({"ha-noi/a": fault(), "hue/b": fault(domain=FaultDomain.NETWORK), "ha-noi/c": None})
    there = stage.inventory.connections
    stage.inventory = replace(
        stage.inventory, connections={**there, "ha-noi/c": replace(there["ha-noi/c"], owner=ContactId("other"))}
    )
    broken = {"ha-noi/a": fault(), "hue/b": fault(domain=FaultDomain.NETWORK)}
    broken["ha-noi/c"] = fault(domain=FaultDomain.NETWORK)
    stage.states["ha-noi/c"] = stage.states["hue/b"]
    running = replace(stage.running(), fault=broken.get)

    found = await breaks(stage.inventory, running, None)

    assert {(str(one.domain), one.owner) for one in found.listed} == {
        ("hub", "ha-noi/truc-ban"), ("network", "hue/truc-ban"), ("network", "ha-noi/other"),
    }  # fmt: skip


async def test_what_is_down_comes_before_what_is_degraded_and_many_before_few():
    degraded = fault(at=TargetId("bo-cong-an/population-db"), domain=FaultDomain.PROVIDER, status=Status.DEGRADED)
    single = fault(at=AgencyId("hue"), domain=FaultDomain.CONSUMER)
    _, running = country(
        {"hue/a": degraded, "hue/b": degraded, "hue/c": degraded, "hue/d": single, "hue/e": fault(), "hue/f": fault()}
    )

    found = await breaks(running.inventory(), running, None)

    assert [(one.at, one.count) for one in found.listed] == [
        ("ha-noi/lgsp", 2), ("hue", 1), ("bo-cong-an/population-db", 3),
    ]  # fmt: skip


async def test_maintenance_is_an_entry_of_its_own_and_comes_last():
    stage, running = country({"hue/a": fault(), "hue/b": fault(), "hue/c": fault(status=Status.DEGRADED)})
    for one in ("hue/a", "hue/b"):
        stage.states[one] = replace(stage.states[one], maintenance=True)

    found = await breaks(running.inventory(), running, None)

    assert [(one.state.maintenance, one.count) for one in found.listed] == [(False, 1), (True, 2)]
    assert (found.all.maintenance, found.all.degraded, found.all.down) == (2, 1, 0)


async def test_of_a_fault_of_ours_nobody_is_the_owner():
    ours = fault(domain=FaultDomain.MONITOR, at="", status=Status.UNKNOWN, reason=Reason.NETWORK, ground=Ground.OURS)
    _, running = country({"hue/a": ours, "hue/b": ours})

    [entry] = (await breaks(running.inventory(), running, None)).listed

    assert (entry.domain, entry.at, entry.owner, entry.count) == (FaultDomain.MONITOR, "", None, 2)


async def test_broken_connection_that_is_not_located_is_an_entry_of_its_own():
    stage, running = country({"hue/a": fault(), "hue/b": fault()})
    running = replace(running, fault=lambda _: None)

    found = await breaks(running.inventory(), running, None)

    assert [(one.domain, one.at, one.count) for one in found.listed] == [(None, "hue/a", 1), (None, "hue/b", 1)]
    assert found.all.down == len(stage.inventory.connections)


async def test_what_waits_for_its_first_run_or_is_not_watched_is_not_broken():
    stage, running = country({"hue/a": None, "hue/b": None})
    stage.states["hue/a"] = PENDING
    alone = replace(stage.inventory.connections["hue/b"], via=(), consumer=AgencyId("hue"), provider=TargetId("hue/x"))
    stage.inventory = replace(stage.inventory, connections={**stage.inventory.connections, "hue/b": alone})

    found = await breaks(stage.inventory, running, None)

    assert (found.listed, found.all.pending, found.all.total, found.unwatched) == ([], 1, 1, 1)


async def test_agency_gets_its_connections_and_what_is_broken_at_its_own_systems():
    elsewhere = fault(at=TargetId("bo-cong-an/population-db"), domain=FaultDomain.PROVIDER)
    _, running = country({"hue/a": fault(), "hue/b": elsewhere, "ha-noi/c": elsewhere, "ha-noi/d": None})

    found = await breaks(running.inventory(), running, "ha-noi")

    assert [(one.at, one.named) for one in found.listed] == [
        ("bo-cong-an/population-db", ["ha-noi/c"]), ("ha-noi/lgsp", ["hue/a"]),
    ]  # fmt: skip
    assert (found.of("ha-noi").down, found.of("ha-noi").total, found.of("hue").total) == (1, 2, 2)


async def test_names_are_the_first_and_the_count_is_of_all():
    _, running = country({f"hue/x{number:05}": fault() for number in range(1000)})

    [entry] = (await breaks(running.inventory(), running, None)).listed

    assert entry.count == 1000
    assert entry.named == [f"hue/x{number:05}" for number in range(MOST_NAMED)]


async def test_worst_evidence_is_that_of_the_check_it_came_from():
    rests_on = fault(ground=Ground.REASON, check=LOOKUP, since=NOW - timedelta(minutes=9), detail="invalid_client")
    _, running = country({"hue/a": fault(), "hue/b": rests_on})

    [entry] = (await breaks(running.inventory(), running, None)).listed

    assert (entry.check, entry.state.detail) == (LOOKUP, "invalid_client")
