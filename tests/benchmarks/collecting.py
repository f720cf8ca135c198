"""What a collector costs: a million operational records of a security server in one run, in a worker of the daemon."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import MEASURED_CORE, OTHER_CORE, free_port, running, said, wait_until
from tests.benchmarks.server import Server

RECORDS = 1_000_000
QUICK_RECORDS = 100_000


def collecting(_server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure one run over a million records."""
    folder.mkdir(parents=True, exist_ok=True)
    records = RECORDS if plan.rounds > 1 else QUICK_RECORDS
    rates, memories = [], []
    for number in range(plan.rounds):
        plan.say(f"usage: {records:,} operational records, round {number + 1}")
        port = free_port()
        serving = [sys.executable, "-m", "tests.benchmarks.security_server", str(port), str(records)]
        command = [sys.executable, "-m", "tests.benchmarks.collector", str(port), str(records)]
        with running(serving, OTHER_CORE, folder / "serving.log") as server:
            wait_until(lambda server=server: said(server).strip() == "ready", 60, "a security server")
            with running(command, MEASURED_CORE, folder / "collector.log") as child:
                found = json.loads(said(child))
        rates.append(found["records"] / found["cpu_seconds"])
        memories.append(found["peak_bytes"] / 2**20)
    yield Figure(
        name=f"usage: {records:,} operational records in one run, microseconds of CPU each",
        values=[1e6 / rate for rate in rates],
        unit="µs",
        most=50,
        note=f"{min(rates):,.0f} records/s per core at least",
    )
    yield Figure(name="usage: peak memory of the collector's process", values=memories, unit="MiB", most=200)
