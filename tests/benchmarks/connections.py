"""What it costs to keep every connection's fault located, for a country in which everything that can happen does."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import MEASURED_CORE, running, said
from tests.benchmarks.server import Server

MOST_PERCENT = 2.0
"""Of a core, at 100 outcomes a second."""
NAMES = {
    "quiet": "nothing changes",
    "restless": "1 outcome in 10 changes a state",
    "hub": "a hub of all connections falls or comes back every 10 s",
}


def connections(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure the judge with 2,200 connections of 3 checks each, at 100 outcomes a second."""
    folder.mkdir(parents=True, exist_ok=True)
    for case, what in NAMES.items():
        plan.say(f"connections: {what}")
        found = []
        for number in range(plan.rounds):
            command = [sys.executable, "-m", "tests.benchmarks.located", case]
            with running(command, MEASURED_CORE, folder / f"{case}-{number}.log") as child:
                found.append(json.loads(said(child)))
        extra, whole = ([one[key] for one in found] for key in ("located", "judged"))
        yield Figure(
            name=f"2,200 connections × 3 checks located at 100 outcomes/s: {what}",
            values=extra,
            unit="% of a core",
            most=MOST_PERCENT,
            note=f"all of judging them: {sorted(whole)[len(whole) // 2]:.2f} %; longest hold of the loop "
            f"{max(one['longest_ms'] for one in found):.1f} ms",
        )
