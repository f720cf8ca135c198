"""Figure 5: 10,000 checks, ordinary for one country: start-up, memory, reload."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import configuration, daemon
from tests.benchmarks.figure import Figure
from tests.benchmarks.listener import listening, p99
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import BOTH_CORES, resident_mib
from tests.benchmarks.server import Server
from tests.benchmarks.side import settle

CHECKS, EVERY_SECONDS = 10_000, 30
MILLI = 1e3


def ten_thousand(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Start, wait for a whole interval, reload with one change; on both cores."""
    starts, memories, reloads, lags, quiet = [], [], [], [], []
    for number in range(plan.rounds):
        plan.say(f"10,000 checks, round {number + 1}")
        written = configuration.many(folder / f"ten-{number}", server, CHECKS, f"{EVERY_SECONDS}s")
        with daemon.watching(written, cores=BOTH_CORES, start_within_seconds=60) as ours:
            starts.append(ours.start_seconds)
            settle(server, CHECKS / EVERY_SECONDS)
            time.sleep(EVERY_SECONDS)
            memories.append(resident_mib(ours.child.pid))
            with listening(ours.port) as listener:
                time.sleep(3)
                configuration.change_one(written)
                began = time.monotonic()
                reloads.append(ours.reload())
                spans = [(began, time.monotonic())]
            lags.append(MILLI * max(listener.during(spans)))
            quiet.append(MILLI * p99(listener.during(spans, outside=True)))
    yield Figure(name="10k: start-up from YAML", values=starts, unit="s", most=8)
    yield Figure(
        name="10k: resident memory", values=memories, unit="MiB", most=250, note=f"running, every {EVERY_SECONDS} s"
    )
    yield Figure(name="10k: reload with one change", values=reloads, unit="s", most=8)
    yield Figure(
        name="10k: loop lag during the reload",
        values=lags,
        unit="ms",
        most=50,
        note=f"longest side request; p99 before it {max(quiet):.1f} ms",
    )
