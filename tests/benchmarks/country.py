"""``python -m tests.benchmarks.country PORT``: /metrics of 10,000 connections, through judge and sink of the product.

What is seen is made up, one outcome of every check a minute; how it is judged, named and written is not. It is a bad
day: one hub is down with 179 connections behind it, one connection in a hundred for a reason of its own; of every
hundred one is stale, one incomplete, and one has calls that fail; certificates end some time in the year to come.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zlib import crc32

import uvloop
from aiohttp import web
from datashare_monitor_reconcile.readings import COMPLETENESS
from datashare_monitor_usage.measures import COUNTED_UNTIL, LAST_CALL, TRANSACTIONS

from monitor.clock import SystemClock
from monitor.inventory import (
    Agency,
    AgencyClass,
    AgencyId,
    Check,
    CheckId,
    Connection,
    ContactId,
    Inventory,
    Objective,
    Stage,
    StageChange,
    SuccessObjective,
    System,
    SystemKind,
    TargetId,
)
from monitor.judge import Judge
from monitor.observation import Observation, Reason, down, up
from monitor.outcome import InventoryReplaced, Outcome
from monitor.plugin.measures import CERT_EXPIRY, LAST_RECORD
from monitor.sinks.metrics import Metrics
from monitor.vitals import Vitals
from monitor.web.scrape import slice_of
from tests.benchmarks.part import Nothing

AGENCIES, SERVICES, CONNECTIONS = 56, 40, 10_000
COLLECTORS = 3
FAILING = 2
"""Of a hundred, by their number: whose calls fail."""
OWNER = ContactId("duty")
OFFICES = ("one-stop", "portal", "reporting", "documents", "operations")
NATIONAL = AgencyId("national")
HUB, FALLEN = TargetId(f"{NATIONAL}/ndxp"), TargetId("agency-3/lgsp")
BEAT = timedelta(seconds=60)
OBJECTIVE = Objective(
    availability=0.99,
    freshness=timedelta(days=1),
    completeness=0.99,
    success=SuccessObjective(rate=0.99, minimum=100),
    latency={"p95": timedelta(seconds=2)},
)
LIVE = (StageChange(stage=Stage.LIVE, on=date(2026, 1, 1)),)
MEASURES = {one.name: one for one in (CERT_EXPIRY, LAST_RECORD, COMPLETENESS, TRANSACTIONS, COUNTED_UNTIL, LAST_CALL)}


def agencies() -> list[AgencyId]:
    """Return the agencies that use what the national one provides."""
    return [AgencyId(f"agency-{number}") for number in range(AGENCIES)]


def links() -> Iterator[Connection]:
    """Yield the connections, each from a system of its agency through its hub and the national one to a database."""
    for number in range(CONNECTIONS):
        agency, place = agencies()[number % AGENCIES], number // AGENCIES
        yield Connection(
            id=TargetId(f"{agency}/link-{place}"),
            agency=agency,
            consumer=TargetId(f"{agency}/{OFFICES[place // SERVICES]}"),
            provider=TargetId(f"{NATIONAL}/db-{place % SERVICES}"),
            via=(TargetId(f"{agency}/lgsp"), HUB),
            owner=OWNER,
            stages=LIVE,
            due=date(2026, 12, 31),
            objective=OBJECTIVE,
        )


def inventory() -> Inventory:
    """Return the whole country: three checks a connection, two a system, and three collectors of usage at the hub."""
    systems = [_system(HUB, SystemKind.HUB)]
    systems += [_system(TargetId(f"{NATIONAL}/db-{one}"), SystemKind.NATIONAL_DATABASE) for one in range(SERVICES)]
    for agency in agencies():
        systems.append(_system(TargetId(f"{agency}/lgsp"), SystemKind.HUB))
        systems += [_system(TargetId(f"{agency}/{one}"), SystemKind.ADMINISTRATIVE_PROCEDURE) for one in OFFICES]
    connections = {one.id: one for one in links()}
    names = [f"{one.id}/{check}" for one in systems for check in ("door", "cert")]
    names += [f"{one}/{check}" for one in connections for check in ("lookup", "cert", "records")]
    names += [f"{HUB}/usage-{number}" for number in range(COLLECTORS)]
    return Inventory(
        agencies={
            one: Agency(id=one, agency_class=AgencyClass.PROVINCE, name=one, name_en=one)
            for one in (NATIONAL, *agencies())
        },
        systems={one.id: one for one in systems},
        connections=connections,
        checks={CheckId(one): _check(one) for one in names},
    )


def _system(target: TargetId, kind: SystemKind) -> System:
    agency = AgencyId(target.partition("/")[0])
    return System(id=target, agency=agency, kind=kind, name=target, owner=OWNER, tier=1, objective=OBJECTIVE)


def _check(name: str) -> Check:
    return Check(
        id=CheckId(name), kind="http", plugin="http", probe=Nothing(), every=BEAT, timeout=timedelta(seconds=5),
        max_latency=timedelta(seconds=2), measures=MEASURES,
    )  # fmt: skip


class Country:
    """Looks at everything once a minute."""

    def __init__(self) -> None:
        self.inventory = inventory()
        self.metrics = Metrics(Vitals())
        self.judge = Judge(SystemClock(), self.metrics, lambda *_: None)
        every = frozenset(self.inventory.checks)
        self.judge.replace(
            InventoryReplaced(inventory=self.inventory, added=every, changed=frozenset(), removed=frozenset())
        )
        self._links = list(self.inventory.connections.values())

    async def live(self) -> None:
        """Go on for good."""
        checks = [*self.inventory.checks]
        pieces = int(BEAT.total_seconds())
        for check in checks:
            self.see(check)
        while True:
            for piece in range(pieces):
                began = time.monotonic()
                for check in checks[piece::pieces]:
                    self.see(check)
                self.judge.advance(datetime.now(UTC))
                await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))

    def see(self, check: CheckId) -> None:
        """Take what one look at a check has seen."""
        now = datetime.now(UTC)
        self.judge.take(
            Outcome(check=check, vantage="x", started=now, duration_seconds=0.02, observation=self._seen(check, now))
        )

    def _seen(self, check: CheckId, now: datetime) -> Observation:
        target, _, name = check.rpartition("/")
        at = now.timestamp()
        if name.startswith("usage"):
            return up(*self._calls(int(name[-1]), at))
        number = crc32(target.encode()) % 100
        if name == "door" and target == FALLEN:
            return down(Reason.TIMEOUT, "no answer in time")
        if name == "lookup" and number == 0:
            return down(Reason.STATUS, "answered 503, expected 200")
        if name == "records":
            return up(LAST_RECORD(at - 880 * number), COMPLETENESS(0.98 if number == 1 else 1.0))
        return up(CERT_EXPIRY(at + (crc32(target.encode()) % 365) * 86_400))

    def _calls(self, number: int, at: float) -> Iterator[object]:
        yield COUNTED_UNTIL(at)
        for link in self._links[number::COLLECTORS]:
            parties = {"consumer": link.consumer, "service": link.provider}
            failed = 20 if crc32(link.id.encode()) % 100 == FAILING else 1
            yield TRANSACTIONS(400, **parties, outcome="ok")
            yield TRANSACTIONS(failed, **parties, outcome="server_error")
            yield LAST_CALL(at, connection=link.id)


async def main(port: int) -> None:
    """Serve until told to end."""
    country = Country()

    async def metrics(request: web.Request) -> web.Response:
        index, count = slice_of(request.query.getall("slice", []))
        return web.Response(body=b"".join(country.metrics.chunks(index, count)), content_type="text/plain")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(country.metrics.samples, flush=True)
    await country.live()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
