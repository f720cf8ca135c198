"""``python -m tests.benchmarks.collector PORT RECORDS``: one run of a collector, in a worker as in the daemon."""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import uvloop

from monitor.clock import SystemClock
from monitor.engine.worker import Workers
from monitor.inventory import Check, CheckId, Inventory
from monitor.network.exchanges import KnownExchanges
from monitor.plugin.catalogue import discover
from monitor.plugin.exchange import Exchange
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe
from monitor.settings import LogFormat, PluginSettings, Settings
from monitor.sinks.logs import configure
from monitor.vitals import Vitals
from tests.benchmarks.process import family
from tests.benchmarks.security_server import CONSUMERS, SERVICES


async def collect(port: int, records: int) -> dict[str, float]:
    """Return what one run has counted, and what its process has cost."""
    exchanges = KnownExchanges()
    exchanges.learn(
        "xroad",
        {
            f"VN/GOV/AGENCY-{consumer}/PORTAL VN/GOV/BCA/SERVICE-{service}": Exchange(
                connection=f"agency-{consumer}/service-{service}",
                consumer=f"agency-{consumer}",
                service=f"bo-cong-an/service-{service}",
            )
            for consumer in range(CONSUMERS)
            for service in range(SERVICES)
        },
    )
    xroad = {
        "url": f"http://127.0.0.1:{port}/",
        "client": "VN/GOV/NDC/MONITOR",
        "security_server": "VN/GOV/NDC/SS1",
        "max_records": 10 * records,
    }
    settings = json.dumps({"external_ids": "xroad", "lookback": "2d", "xroad": xroad})
    probe = RemoteProbe(plugin="usage", kind="usage", settings=settings, systems=("xroad",))
    measures = {one.name: one for one in discover(only=("usage",)).kinds["usage"].measures}
    timeout = timedelta(minutes=10)
    check = Check(
        id=CheckId("ndc/xroad/usage"),
        kind="usage",
        plugin="usage",
        probe=probe,
        every=timeout,
        timeout=timeout,
        where=Where.WORKER,
        measures=measures,
    )
    limits = PluginSettings(cpu_seconds=600.0)
    workers = Workers(Settings(plugins={"usage": limits}), SystemClock(), Vitals(), exchanges=exchanges)
    await workers.start(Inventory(checks={check.id: check}))
    result = await workers.observe(check, time.monotonic() + timeout.total_seconds())
    counted = sum(one.value for one in result.observation.readings if one.measure.name.endswith("transactions_total"))
    if counted != records or result.memory is None:
        raise RuntimeError(f"{counted:,.0f} of {records:,} were counted: {result.observation.detail}")
    found = [_cost(process) for process in family(workers_process()) if process != workers_process()]
    await workers.close()
    return {
        "records": counted,
        "cpu_seconds": max(cpu for cpu, _ in found),
        "peak_bytes": max(peak for _, peak in found),
    }


def workers_process() -> int:
    """Return this process, whose children the workers are."""
    return int(Path("/proc/self").resolve().name)


def _cost(process: int) -> tuple[float, float]:
    """Return processor seconds and the most bytes of memory of a process."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{process}/status").read_text()
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(words[11]) + int(words[12])) / 100, peak


if __name__ == "__main__":
    configure("error", LogFormat.JSON, sys.stderr)
    print(json.dumps(uvloop.run(collect(int(sys.argv[1]), int(sys.argv[2])))), flush=True)
