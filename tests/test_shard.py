"""Promise: shards divide an inventory without a gap, count nothing twice, and each can tell where its own is broken."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from fakeclock import FakeClock

from monitor.inventory import (
    Agency,
    AgencyClass,
    AgencyId,
    ByConnection,
    Check,
    CheckId,
    Connection,
    Inventory,
    Member,
    Population,
    Programme,
    ProgrammeId,
    Stage,
    StageChange,
    System,
    SystemKind,
    TargetId,
)
from monitor.judge import Judge
from monitor.measure import Label, Measure, MeasureKind
from monitor.observation import Reason, down, up
from monitor.outcome import InventoryReplaced, Outcome
from monitor.plugin import Secret
from monitor.settings import Shard
from monitor.shard import holder, part
from monitor.sinks.metrics import Metrics
from monitor.vitals import Vitals

PARTIES = tuple(Label(name) for name in ("consumer", "service", "outcome"))
CALLS = Measure("exchange_transactions_total", "Calls.", MeasureKind.INCREMENT, PARTIES, series=1000)
COUNT = 4
HUB, DATABASE = TargetId("national/ndxp"), TargetId("bo-cong-an/population-db")
AGENCIES = [AgencyId(name) for name in ("national", "bo-cong-an", *(f"province-{number}" for number in range(54)))]
EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Silent:
    async def observe(self, vantage):
        return up()


@dataclass(frozen=True)
class Reports(Silent):
    def heartbeat_token(self):
        return Secret(env="TOKEN")

    def heartbeat_fault(self, heartbeat):
        return ""


def check(name, probe=Silent(), **more):
    return Check(id=CheckId(name), kind="k", plugin="p", probe=probe, every=EVERY, timeout=EVERY, **more)


def system(target, kind):
    return System(id=target, agency=AgencyId(target.partition("/")[0]), kind=kind, name=target)


def link(agency):
    return Connection(
        id=TargetId(f"{agency}/population"),
        agency=agency,
        consumer=agency,
        provider=DATABASE,
        via=(TargetId(f"{agency}/lgsp"), HUB),
        stages=(StageChange(stage=Stage.LIVE, on=date(2026, 1, 1)),),
    )


def country():
    provinces = AGENCIES[2:]
    systems = [system(HUB, SystemKind.HUB), system(DATABASE, SystemKind.NATIONAL_DATABASE)]
    systems += [system(TargetId(f"{one}/lgsp"), SystemKind.HUB) for one in provinces]
    connections = [link(one) for one in provinces]
    checks = [check(f"{one.id}/door") for one in (*systems, *connections)]
    checks += [check(f"{HUB}/beat", Reports()), check(f"{HUB}/usage", measures={CALLS.name: CALLS})]
    programmes = [
        Programme(
            id=ProgrammeId("emc"), name="EMC", population=Population(classes=frozenset({AgencyClass.PROVINCE})),
            measured=ByConnection(),
        ),
        Programme(
            id=ProgrammeId("services"), name="Services", population=Population(members=(Member(id="a", name="A"),))
        ),
        Programme(id=ProgrammeId("land"), name="Land", population=Population(agencies=tuple(AGENCIES[2:4]))),
    ]  # fmt: skip
    return Inventory(
        agencies={
            one: Agency(
                id=one, name=one, agency_class=AgencyClass.MINISTRY if one in AGENCIES[:2] else AgencyClass.PROVINCE
            )
            for one in AGENCIES
        },
        systems={one.id: one for one in systems},
        connections={one.id: one for one in connections},
        checks={one.id: one for one in checks},
        programmes={one.id: one for one in programmes},
    )


WHOLE = country()
PARTS = [part(WHOLE, Shard(index, COUNT)) for index in range(COUNT)]


def test_one_shard_is_everything_and_the_same_object():
    assert part(WHOLE, Shard()) is WHOLE


def test_every_connection_is_watched_once():
    assert Counter(name for one in PARTS for name in one.connections) == Counter([*WHOLE.connections])
    assert Counter(
        name for one in PARTS for name in one.checks if one.checks[name].target in WHOLE.connections
    ) == Counter(name for name, one in WHOLE.checks.items() if one.target in WHOLE.connections)


def test_every_connection_is_known_to_every_shard_as_its_own_or_as_one_of_elsewhere():
    for one in PARTS:
        assert one.connections.keys().isdisjoint(one.elsewhere)
        assert {**one.connections, **one.elsewhere} == WHOLE.connections
        assert one.connections_watched.isdisjoint(one.elsewhere)
        assert all(one.target(name) is None for name in one.elsewhere)
    assert WHOLE.elsewhere == {}


def test_calls_of_a_connection_are_counted_and_shown_once_wherever_it_is():
    usage = f"{HUB}/usage"
    shown = Counter()
    for one in PARTS:
        metrics = Metrics(Vitals(), clock=FakeClock())
        every = frozenset(one.checks)
        metrics(InventoryReplaced(inventory=one, added=every, changed=frozenset(), removed=frozenset()))
        calls = {(agency, DATABASE, "ok"): 5.0 for agency in AGENCIES[2:]}
        metrics.count(CheckId(usage), {CALLS.name: calls})
        text = b"".join(metrics.chunks()).decode()
        shown.update(line for line in text.splitlines() if line.startswith("datashare_connection_calls_total{"))

    assert len(shown) == len(WHOLE.connections)
    assert {*shown.values()} == {1}
    assert all(line.endswith(" 5.0") for line in shown)


def test_every_check_is_made_and_what_counts_or_is_reported_to_once():
    made = Counter(name for one in PARTS for name in one.checks)

    assert made.keys() == WHOLE.checks.keys()
    assert made[f"{HUB}/beat"] == made[f"{HUB}/usage"] == 1
    assert made[f"{HUB}/door"] == COUNT
    assert made["province-7/lgsp/door"] == 1


def test_shards_are_about_alike():
    sizes = Counter(holder(f"agency-{number}", COUNT) for number in range(1000))

    assert sorted(sizes) == [0, 1, 2, 3]
    assert min(sizes.values()) > 200


def test_another_shard_takes_its_share_and_moves_nothing_else():
    names = [f"agency-{number}" for number in range(1000)]
    moved = [name for name in names if holder(name, COUNT) != holder(name, COUNT + 1)]

    assert {holder(name, COUNT + 1) for name in moved} == {COUNT}
    assert len(moved) < 300


def test_assignment_is_the_same_in_every_version():
    names = ("ha-noi", "an-giang", "hue", "bo-cong-an", "da-nang", "ca-mau")

    assert [holder(name, 3) for name in names] == [0, 0, 1, 1, 1, 0]


@pytest.mark.parametrize("broken", [HUB, DATABASE, "province-7/lgsp"])
def test_shard_locates_the_fault_that_one_monitor_of_everything_locates(broken):
    apart = {}
    for one in PARTS:
        apart |= blamed(one, broken)

    assert apart == blamed(WHOLE, broken)
    assert len(apart) == (1 if broken == "province-7/lgsp" else len(WHOLE.connections))


def blamed(inventory, broken):
    """Return where each connection is broken while everything at one system is down."""
    clock = FakeClock()
    judge = Judge(clock, lambda _event: None, lambda *_: None)
    every = frozenset(inventory.checks)
    judge.replace(InventoryReplaced(inventory=inventory, added=every, changed=frozenset(), removed=frozenset()))
    for name, one in inventory.checks.items():
        seen = down(Reason.TIMEOUT, "no answer") if one.target == broken else up()
        judge.take(Outcome(check=name, vantage="x", started=clock.now(), duration_seconds=0.1, observation=seen))
    for _ in range(20):
        judge.advance(clock.now())
    return {name: fault for name in inventory.connections if (fault := judge.fault(name)) is not None}


def test_each_member_of_a_programme_is_counted_by_one_shard():
    def members(programme):
        there = [one.programmes[programme] for one in PARTS if programme in one.programmes]
        return sorted(agency for one in there for agency in one.population.agencies)

    assert members("emc") == sorted(AGENCIES[2:])
    assert members("land") == ["province-0", "province-1"]
    assert sum("services" in one.programmes for one in PARTS) == 1


def test_agency_that_lends_a_system_is_there_by_name_only():
    (index,) = [number for number, one in enumerate(PARTS) if f"{HUB}/usage" in one.checks]
    other = PARTS[(index + 1) % COUNT]

    assert "national" in other.agencies
    assert [one for one in other.connections.values() if one.agency == "national"] == []
    assert other.systems[HUB] is WHOLE.systems[HUB]
