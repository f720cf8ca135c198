"""Run on an island: the real engine, network and judge watch the targets; what they say is recorded in a file."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.islands import AGENCIES, PORT, target

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.inventory import Check, CheckId, Inventory
from monitor.judge import Judge
from monitor.network import Network
from monitor.observation import up
from monitor.outcome import InventoryReplaced, Outcome, StateChanged
from monitor.settings import Settings, Witnesses
from monitor.vitals import Vitals


@dataclass(frozen=True)
class Door:
    host: str

    async def observe(self, vantage):
        async with vantage.connect(self.host, PORT):
            return up()


async def listen() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "0.0.0.0", PORT)
    print("listening")
    await server.serve_forever()


async def watch(checks: int, seconds: float, *witnesses: str) -> dict[str, list]:
    outcomes, changes = [], []
    vitals = Vitals()
    settings = Settings(witnesses=Witnesses(gateway="gateway" in witnesses, resolver=False))
    clock = SystemClock()
    network = Network(settings, clock, vitals)

    def emit(event) -> None:
        if isinstance(event, Outcome):
            seen = event.observation
            began = time.monotonic() - event.duration_seconds
            outcomes.append([round(began, 3), event.check, str(seen.status), str(seen.reason), vitals.network_up])
        elif isinstance(event, StateChanged):
            changes.append([time.monotonic(), event.id, str(event.now.status)])

    judge = Judge(clock, emit, lambda check, after: engine.recheck(check, clock.monotonic() + after.total_seconds()))
    engine = Engine(settings, clock, vitals, network, None, judge.take)
    every, timeout = timedelta(seconds=1), timedelta(seconds=0.8)
    watched = (
        Check(
            id=CheckId(f"agency-{n % AGENCIES}/target-{n}/door"), kind="door", plugin="stage", every=every,
            timeout=timeout, probe=Door(target(n % AGENCIES)), host=target(n % AGENCIES), fingerprint=str(n),
            recheck=timedelta(seconds=0.3),
        )
        for n in range(checks)
    )  # fmt: skip
    inventory = Inventory(checks={check.id: check for check in watched})
    none = frozenset()
    judge.replace(InventoryReplaced(inventory=inventory, added=none, changed=none, removed=none))
    engine.replace(inventory)
    await network.start()
    running = asyncio.create_task(engine.run())
    print("watching")
    await asyncio.sleep(seconds)
    await engine.stop(timedelta(seconds=1))
    await running
    await network.close()
    return {"outcomes": outcomes, "changes": changes}


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    if role == "listen":
        asyncio.run(listen())
    else:
        count, seconds, record, *witnesses = words
        Path(record).write_text(json.dumps(asyncio.run(watch(int(count), float(seconds), *witnesses))))
