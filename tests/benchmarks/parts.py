"""What single parts of the house cost: the engine with probes that do nothing, judge and sinks with one outcome."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from monitor.clock import SystemClock
from monitor.config import load
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.inventory import Check, CheckId, Inventory
from monitor.judge import Judge
from monitor.network import Network
from monitor.observation import Observation, up
from monitor.outcome import InventoryReplaced, Outcome
from monitor.plugin import Vantage
from monitor.settings import Settings
from monitor.sinks.fanout import FanOut
from monitor.sinks.metrics import Metrics
from monitor.sinks.newest import NewestOutcomes
from monitor.vitals import Vitals
from tests.benchmarks import configuration
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import MEASURED_CORE, running, said
from tests.benchmarks.server import Server

CHECKS = 2_000
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Nothing:
    """A probe that finds everything well without looking."""

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


def parts(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure the parts, each in a fresh process."""
    written = configuration.many(folder / "parts", server, CHECKS, "1s", timeout="1s")
    measured = {
        "engine: a run of a probe that does nothing": "engine",
        "judge and sinks: an HTTP outcome": "outcomes",
    }
    for name, part in measured.items():
        plan.say(name)
        values = []
        for _ in range(plan.rounds):
            command = [sys.executable, "-m", __name__, part, str(written)]
            with running(command, MEASURED_CORE, folder / f"{part}.log") as child:
                values.append(MICRO * float(json.loads(said(child))))
        yield Figure(name=name, values=values, unit="µs")


async def engine(_folder: Path) -> float:
    """Return the processor time of a run, with 2,000 a second."""
    settings, clock, vitals = Settings(), SystemClock(), Vitals()
    network, workers = Network(settings, clock, vitals), Workers(settings, clock, vitals)
    seen = 0

    def count(_outcome: Outcome) -> None:
        nonlocal seen
        seen += 1

    every = timedelta(seconds=1)
    ids = [CheckId(f"agency/s{number}/nothing") for number in range(CHECKS)]
    checks = {
        id_: Check(id=id_, kind="nothing", plugin="none", probe=Nothing(), every=every, timeout=every) for id_ in ids
    }
    await network.start()
    runs = Engine(settings, clock, vitals, network, workers, count)
    runs.replace(Inventory(checks=checks))
    task = asyncio.create_task(runs.run())
    await asyncio.sleep(2)
    before, used = seen, time.process_time()
    await asyncio.sleep(4)
    cost = (time.process_time() - used) / (seen - before)
    await runs.stop(every)
    await task
    await network.close()
    return cost


async def outcomes(folder: Path) -> float:
    """Return the processor time that judge, metrics and newest outcomes take for one outcome."""
    inventory = load(folder).inventory
    assert inventory is not None
    vitals, clock = Vitals(), SystemClock()
    sinks = {"metrics": Metrics(vitals), "newest": NewestOutcomes(Settings().newest)}
    judge = Judge(clock, FanOut(sinks, vitals), lambda *_: None)
    judge.replace(
        InventoryReplaced(
            inventory=inventory, added=frozenset(inventory.checks), changed=frozenset(), removed=frozenset()
        )
    )
    observation = await _observed(inventory)
    began = datetime.now(UTC) - timedelta(hours=1)

    def take(rounds: range) -> None:
        for number in rounds:
            for place, check in enumerate(inventory.checks):
                started = began + timedelta(seconds=number, microseconds=place)
                duration = 0.004 + place * 1e-6
                judge.take(
                    Outcome(
                        check=check, vantage="x", started=started, duration_seconds=duration, observation=observation
                    )
                )

    take(range(2))
    used = time.process_time()
    take(range(2, 12))
    return (time.process_time() - used) / (10 * len(inventory.checks))


async def _observed(inventory: Inventory) -> Observation:
    """Return what the http probe really reports."""
    settings, clock, vitals = Settings(), SystemClock(), Vitals()
    network = Network(settings, clock, vitals)
    await network.start()
    check = next(iter(inventory.checks.values()))
    vantage = network.vantage(check, clock.monotonic() + 1)
    try:
        return await check.probe.observe(vantage)
    finally:
        vantage.close()
        await network.close()


if __name__ == "__main__":
    print(json.dumps(uvloop.run({"engine": engine, "outcomes": outcomes}[sys.argv[1]](Path(sys.argv[2])))))
