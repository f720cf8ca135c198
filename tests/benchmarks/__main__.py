"""``python -m tests.benchmarks [NAME …] [--quick]``: measure the figures and keep them in RESULTS.md."""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.collecting import collecting
from tests.benchmarks.comparison import http, https
from tests.benchmarks.connections import connections
from tests.benchmarks.figure import Figure
from tests.benchmarks.kinds import kinds
from tests.benchmarks.parts import parts
from tests.benchmarks.plan import QUICK, Plan
from tests.benchmarks.process import unwind_when_told_to_end
from tests.benchmarks.rules import rules
from tests.benchmarks.scale import scale
from tests.benchmarks.server import serving
from tests.benchmarks.ten_thousand import ten_thousand

MEASUREMENTS = {
    "http": http,
    "https": https,
    "scale": scale,
    "ten-thousand": ten_thousand,
    "kinds": kinds,
    "parts": parts,
    "connections": connections,
    "usage": collecting,
    "rules": rules,
}


def main() -> int:
    """Measure what is asked for; 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(MEASUREMENTS)}; all if none")
    parser.add_argument("--quick", action="store_true", help="short windows, one round, nothing kept")
    parser.add_argument("--rounds", type=int, help="how often each pair is measured; the median is kept")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(MEASUREMENTS)}")
    unwind_when_told_to_end()
    plan = Plan(**QUICK) if given.quick else Plan()
    plan = plan if given.rounds is None else replace(plan, rounds=given.rounds)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="datashare-bench-") as folder, serving(Path(folder)) as server:
        for name in given.names or MEASUREMENTS:
            plan.say(name)
            measured = list(MEASUREMENTS[name](server, Path(folder) / name, plan))
            print(results.table(measured), flush=True)
            figures += measured
            if not given.quick:
                results.keep(figures)
    if len(figures) > 0 and len(given.names) != 1:
        print(f"\n{results.table(figures)}")
    return int(any(figure.is_met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
