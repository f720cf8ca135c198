"""Figure 4: 100,000 checks a minute in one process on one core."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import configuration, daemon
from tests.benchmarks.exposition import quantile
from tests.benchmarks.figure import Figure
from tests.benchmarks.listener import Listener, listening, p99
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import cpu_seconds, resident_mib
from tests.benchmarks.server import Server
from tests.benchmarks.side import settle

LARGE, SMALL = 100_000, 10_000
LATENESS = "datashare_monitor_start_lateness_seconds"
LISTEN_SECONDS = 2 * daemon.SCRAPE_SECONDS
MICRO, MILLI = 1e6, 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one inventory cost."""

    start_seconds: float
    lateness_seconds: float
    resident_mib: float
    cpu_share: float
    cpu_per_probe_seconds: float
    rate: float
    page_mib: float
    quiet_p99_seconds: float
    scraped_p99_seconds: float
    scraped_longest_seconds: float


def scale(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure 100,000 checks each minute, and 10,000 at the same rate."""
    plan.say(f"scale: {LARGE:,} checks every 60 s")
    large = _seen(server, configuration.many(folder / "large", server, LARGE, "60s"), LARGE / 60, plan)
    plan.say(f"scale: {SMALL:,} checks every 6 s")
    small = _seen(server, configuration.many(folder / "small", server, SMALL, "6s"), SMALL / 6, plan)
    rate = f"{large.rate:,.0f} probes/s"
    hold = MILLI * (large.scraped_p99_seconds - large.quiet_p99_seconds)
    held = (
        f"side requests: p99 {MILLI * large.quiet_p99_seconds:.1f} ms without a scrape, "
        f"{MILLI * large.scraped_p99_seconds:.1f} ms in one, longest {MILLI * large.scraped_longest_seconds:.1f} ms"
    )
    yield Figure(
        name="100k: start lateness p99",
        values=[MILLI * large.lateness_seconds],
        unit="ms",
        most=250,
        note=rate,
    )
    yield Figure(name="100k: resident memory", values=[large.resident_mib], unit="MiB", most=1024)
    yield Figure(name="100k: share of one core", values=[100 * large.cpu_share], unit="%", most=75, goal=50)
    yield Figure(name="100k: a full scrape adds to the p99 of the loop", values=[hold], unit="ms", most=10, note=held)
    yield Figure(
        name="100k: start-up from YAML",
        values=[large.start_seconds],
        unit="s",
        most=60,
        note=f"/metrics is {large.page_mib:.1f} MiB compressed",
    )
    costs = (MICRO * large.cpu_per_probe_seconds, MICRO * small.cpu_per_probe_seconds)
    yield Figure(
        name="CPU per probe at 100k ÷ at 10k, same rate",
        values=[costs[0] / costs[1]],
        most=1.2,
        note=f"{costs[0]:.0f} and {costs[1]:.0f} µs, scrapes included",
    )


def _seen(server: Server, folder: Path, rate: float, plan: Plan) -> Seen:
    with daemon.watching(folder, start_within_seconds=180) as ours:
        plan.say(f"scale: ready after {ours.start_seconds:.1f} s")
        settle(server, rate)
        time.sleep(plan.warm_seconds)
        before, probes, used = ours.vitals().buckets(LATENESS), server.answered(), cpu_seconds(ours.child.pid)
        began = time.monotonic()
        _, page = ours.scrapes(plan.scale_seconds)
        seconds = time.monotonic() - began
        used, probes = cpu_seconds(ours.child.pid) - used, server.answered() - probes
        after, resident = ours.vitals().buckets(LATENESS), resident_mib(ours.child.pid)
        with listening(ours.port) as listener:  # after the rest, for it costs the daemon time itself
            spans, _ = ours.scrapes(LISTEN_SECONDS)
        return Seen(
            start_seconds=ours.start_seconds,
            lateness_seconds=quantile(0.99, before, after),
            resident_mib=resident,
            cpu_share=used / seconds,
            cpu_per_probe_seconds=used / probes,
            rate=probes / seconds,
            page_mib=page / 1024 / 1024,
            **_heard(listener, spans),
        )


def _heard(listener: Listener, spans: list[tuple[float, float]]) -> dict[str, float]:
    scraped = listener.during(spans)
    return {
        "quiet_p99_seconds": p99(listener.during(spans, outside=True)),
        "scraped_p99_seconds": p99(scraped),
        "scraped_longest_seconds": max(scraped),
    }
