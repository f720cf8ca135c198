"""A small inventory of checks that count, and outcomes of theirs."""

from datetime import UTC, datetime, timedelta

from monitor.inventory import Agency, AgencyClass, Check, Inventory, System, SystemKind
from monitor.measure import Label, Measure, MeasureKind
from monitor.observation import up
from monitor.outcome import InventoryReplaced, Outcome

CALLS = Measure("exchange_calls_total", "Calls.", MeasureKind.INCREMENT, (Label("consumer"),))
MEASURES = {CALLS.name: CALLS}
BEGAN = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


class Nothing:
    async def observe(self, vantage):
        return up()


def check(name="calls", formerly=()):
    return Check(
        id=f"ha-noi/lgsp/{name}",
        kind="usage",
        plugin="usage",
        probe=Nothing(),
        every=timedelta(minutes=1),
        timeout=timedelta(seconds=10),
        measures=MEASURES,
        formerly=formerly,
    )


def inventory(*checks):
    agency = Agency(id="ha-noi", agency_class=AgencyClass.CITY, name="Hà Nội")
    system = System(id="ha-noi/lgsp", agency="ha-noi", kind=SystemKind.HUB, name="LGSP")
    return Inventory(agencies={"ha-noi": agency}, systems={system.id: system}, checks={one.id: one for one in checks})


def replaced(*checks, added=None, removed=()):
    found = inventory(*checks)
    added = found.checks if added is None else added
    return InventoryReplaced(inventory=found, added=frozenset(added), changed=frozenset(), removed=frozenset(removed))


def outcome(*readings, memory=None, name="calls", started=BEGAN, observation=None):
    return Outcome(
        check=f"ha-noi/lgsp/{name}",
        vantage="here",
        started=started,
        duration_seconds=0.1,
        observation=observation or up(*readings),
        memory=memory,
    )
