"""``python -m tests.benchmarks.part NAME FOLDER``: what one part of the house costs, in seconds of processor."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
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
from monitor.observation import Observation, Status, up
from monitor.outcome import InventoryReplaced, Outcome, Sink
from monitor.plugin import Vantage
from monitor.settings import Settings
from monitor.sinks.fanout import FanOut
from monitor.sinks.metrics import Metrics
from monitor.sinks.newest import NewestOutcomes
from monitor.vitals import Vitals
from tests.benchmarks.bare import AT_ONCE

RATE = 2_000
"""Runs a second."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A probe that finds everything well without looking."""

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


async def engine(_folder: Path) -> float:
    """Return the processor time of a run, with 2,000 a second."""
    settings, clock, vitals = Settings(), SystemClock(), Vitals()
    network, workers = Network(settings, clock, vitals), Workers(settings, clock, vitals)
    seen = 0

    def count(_outcome: Outcome) -> None:
        nonlocal seen
        seen += 1

    every = timedelta(seconds=1)
    ids = [CheckId(f"agency/s{number}/nothing") for number in range(RATE)]
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


async def probes(folder: Path) -> float:
    """Return the processor time of an HTTP probe without an engine around it, flat out as bare aiohttp."""
    checks = [*_inventory(folder).checks.values()]
    settings, clock, vitals = Settings(), SystemClock(), Vitals()
    network = Network(settings, clock, vitals)
    await network.start()

    async def some(mine: Sequence[Check]) -> None:
        for check in mine:
            vantage = network.vantage(check, clock.monotonic() + 5)
            seen = await check.probe.observe(vantage)
            vantage.close()
            if seen.status is not Status.UP:
                raise RuntimeError(seen.detail)

    async def all_of_them() -> None:
        await asyncio.gather(*(some(checks[place::AT_ONCE]) for place in range(AT_ONCE)))

    await all_of_them()
    used = time.process_time()
    await all_of_them()
    cost = (time.process_time() - used) / len(checks)
    await network.close()
    return cost


async def outcomes(folder: Path) -> float:
    """Return the processor time that judge, metrics and newest outcomes take for one outcome."""
    inventory = _inventory(folder)
    vitals, clock = Vitals(), SystemClock()
    sinks: dict[str, Sink] = {"metrics": Metrics(vitals), "newest": NewestOutcomes(Settings().newest)}
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


def _inventory(folder: Path) -> Inventory:
    inventory = load(folder).inventory
    assert inventory is not None
    return inventory


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
    print(
        json.dumps(
            uvloop.run({"engine": engine, "probes": probes, "outcomes": outcomes}[sys.argv[1]](Path(sys.argv[2])))
        )
    )
