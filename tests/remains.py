"""What runs leave behind, seen in a process of its own: a test and its servers leave much that is not a run's."""

import asyncio
import gc
import json
import os
import pickle
import sys
import threading
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import uvloop

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.inventory import Check, CheckId
from monitor.network import Network
from monitor.plugin import Probe
from monitor.testing import garbage, refused, stalled
from monitor.testing.looks import SETTINGS, check_of
from monitor.vitals import Vitals

WARM_RUNS, RUNS = 2, 4
POOL = ("asyncio_", "uvloop_", "ThreadPoolExecutor-")
"""What threads of a loop's own pool are called, in asyncio and in uvloop."""
PATIENCE_SECONDS = 3.0
"""For threads and connections that end a moment after their run."""


@dataclass(frozen=True)
class Remains:
    """What is left of some runs.

    Attributes:
        outcomes: Of each run, in words: ``up`` or ``down refused``.
        cyclic: How many objects a run leaves that only the garbage collector finds, by type.
        descriptors: How many more are open after the runs than before.
        threads: How many more there are.
    """

    outcomes: list[str]
    cyclic: dict[str, float] = field(default_factory=dict)
    descriptors: int = 0
    threads: int = 0


def nothing(*outcomes: str) -> Remains:
    """Return what is left of runs that come to this and leave nothing."""
    return Remains(sorted(outcomes))


async def remains(*probes: Probe, within: timedelta = timedelta(seconds=10)) -> Remains:
    """Let probes run a few times, side by side, under the daemon's event loop and with its collector at rest."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    measuring = await asyncio.create_subprocess_exec(
        sys.executable, __file__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    said, complaint = await measuring.communicate(pickle.dumps((probes, within)))
    assert measuring.returncode == 0, complaint.decode()
    return Remains(**json.loads(said))


async def remains_of_broken(*probes_at) -> Remains:
    """Let probes run that look at targets which refuse, stall and talk nonsense; each is made from ``host:port``."""
    async with AsyncExitStack() as stack:
        targets = [await stack.enter_async_context(broken()) for broken in (refused, stalled, garbage)]
        probes = [probe_at(target) for probe_at in probes_at for target in targets]
        return await remains(*probes, within=timedelta(milliseconds=400))


async def measured(probes: tuple[Probe, ...], within: timedelta) -> Remains:
    clock, vitals = SystemClock(), Vitals()
    network = Network(SETTINGS, clock, vitals, environment=os.environ)
    engine = Engine(SETTINGS, clock, vitals, network, Workers(SETTINGS, clock, vitals), lambda _: None)
    checks = [
        replace(check_of(probe, within), id=CheckId(f"test/target/{number}")) for number, probe in enumerate(probes)
    ]

    async def look(check: Check) -> str:
        seen = (await engine.run_once(check)).observation
        return " ".join(filter(None, (seen.status, seen.reason)))

    for _ in range(WARM_RUNS):  # imports, caches, threads that stay
        await asyncio.gather(*map(look, checks))
    await asyncio.sleep(0.3)
    before = descriptors_and_threads()
    gc.collect()
    gc.disable()
    outcomes: set[str] = set()
    for _ in range(RUNS):
        outcomes.update(await asyncio.gather(*map(look, checks)))
    after = await settled(before)
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
    gc.set_debug(0)
    await engine.stop(timedelta(0))
    await network.close()
    cyclic = {name: count / RUNS for name, count in found.most_common()}
    return Remains(sorted(outcomes), cyclic, after[0] - before[0], after[1] - before[1])


async def settled(before: tuple[int, int]) -> tuple[int, int]:
    """Return how many descriptors and threads there are, once they are no more than before or patience ends."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while True:
        await asyncio.sleep(0.1)
        found = descriptors_and_threads()
        if (found[0] <= before[0] and found[1] <= before[1]) or loop.time() > until:
            return found


def descriptors_and_threads() -> tuple[int, int]:
    """Return how many there are; threads of the loop's own pool stay, and are no more than it may have."""
    threads = [one for one in threading.enumerate() if not one.name.startswith(POOL)]
    return sum(1 for _ in Path("/proc/self/fd").iterdir()), len(threads)


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(measured(*pickle.load(sys.stdin.buffer))))))
