"""A place with plugins that look installed, and workers that look for them there."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.engine.worker import Workers
from monitor.engine.worker.news import News
from monitor.engine.worker.quarantine import Quarantine
from monitor.inventory import Check, CheckId, Inventory
from monitor.measure import Label, Measure
from monitor.observation import Observation
from monitor.plugin.errors import ProbeError
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe
from monitor.vitals import Vitals

MEASURES = {
    "probe_things": Measure("probe_things", "Things seen."),
    "probe_sides": Measure("probe_sides", "Things on each side.", labels=(Label.of("side", ["left", "right"]),)),
}


def install(site: Path, name: str, source: str, distribution: str = "") -> None:
    module = f"{name}_plugin"
    (site / f"{module}.py").write_text(source)
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution or name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[datashare_monitor]\n{name} = {module}\n")


def running(argument: str) -> list[int]:
    """Return the processes that have this argument."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if argument.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def check(act, text="", *, plugin="hostile", kind="act", name="one", timeout=1.0, secrets=(), **settings):
    kind = f"kind-{kind}" if plugin == "neighbour" else kind
    settings = {"act": act, **({"text": text} if text else {}), **settings}
    probe = RemoteProbe(plugin=plugin, kind=kind, settings=json.dumps(settings), secrets=tuple(secrets))
    return Check(
        id=CheckId(f"agency/target/{name}"),
        kind=kind,
        plugin=plugin,
        probe=probe,
        every=timedelta(seconds=30),
        timeout=timedelta(seconds=timeout),
        where=Where.WORKER,
        measures=MEASURES,
    )


@dataclass
class Seen:
    """What a run came to: an observation or an error, and after how long."""

    seconds: float
    observation: Observation | None = None
    error: ProbeError | None = None
    result: object = None

    @property
    def reason(self):
        return self.error.reason if self.error else self.observation.reason

    @property
    def detail(self):
        return self.error.detail if self.error else self.observation.detail


@dataclass
class Place:
    """Workers, and what is needed to look through them."""

    workers: Workers
    vitals: Vitals

    async def look(self, looked: Check) -> Seen:
        began = time.monotonic()
        try:
            result = await self.workers.observe(looked, began + looked.timeout.total_seconds())
        except ProbeError as error:
            return Seen(time.monotonic() - began, error=error)
        return Seen(time.monotonic() - began, result.observation, result=result)

    async def warm(self, *plugins: str) -> None:
        checks = [check("up", plugin=plugin, name=plugin, timeout=30) for plugin in plugins]
        await self.workers.start(Inventory(checks={one.id: one for one in checks}))
        seen = await asyncio.gather(*map(self.look, checks))
        assert [one.error for one in seen] == [None for _ in plugins]

    def flush(self) -> None:
        """Log what has been printed so far."""
        for worker in self.workers._workers.values():
            worker.seat.process.printed.look(time.monotonic(), at_once=True)

    async def start_over(self, *plugins: str) -> None:
        """Forgive what was done so far, and count anew."""
        for worker in self.workers._workers.values():
            worker.seat.quarantine, worker.seat.not_before, worker._errors = Quarantine(), 0.0, News()
        await self.warm(*plugins)
        for counter in (self.vitals.workers_killed, self.vitals.rerun, self.vitals.plugin_errors):
            counter.clear()
        self.vitals.readings_refused.clear()
