"""What single parts of the house cost; each is measured in a fresh process."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import configuration
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import MEASURED_CORE, running, said
from tests.benchmarks.server import Server

CHECKS = 2_000
MICRO = 1e6


def parts(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure the parts, nothing of which is required."""
    written = configuration.many(folder / "parts", server, CHECKS, "1s", timeout="1s")
    measured = {
        "engine: a run of a probe that does nothing": "engine",
        "network and http plugin: a probe, flat out": "probes",
        "judge and sinks: an HTTP outcome": "outcomes",
    }
    for name, part in measured.items():
        plan.say(name)
        values = []
        for _ in range(plan.rounds):
            command = [sys.executable, "-m", "tests.benchmarks.part", part, str(written)]
            with running(command, MEASURED_CORE, folder / f"{part}.log") as child:
                values.append(MICRO * float(json.loads(said(child))))
        yield Figure(name=name, values=values, unit="µs")
