"""Figures 1 to 3: against blackbox_exporter with Prometheus, honest meanwhile, and against bare aiohttp."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from tests.benchmarks import bare, blackbox, configuration, daemon
from tests.benchmarks.exposition import quantile
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.server import EXACT_SECONDS, Server
from tests.benchmarks.side import measured, settle

TARGETS = 400
TLS_TARGETS = 240
"""As many as the peers' one core carries on a slow machine; beyond that they time out and measure nothing."""
EXACT_EVERY = 10
LATENESS = "datashare_monitor_start_lateness_seconds"
MICRO, MILLI = 1e6, 1e3


@dataclass(slots=True)
class Rounds:
    """What each round saw; times in microseconds of processor for a probe.

    Attributes:
        daemon: With nothing else on its core, as bare aiohttp has it.
    """

    peers: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    daemon: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    series: list[float] = field(default_factory=list)
    peers_series: list[float] = field(default_factory=list)
    peers_up: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    peers_rate: list[float] = field(default_factory=list)
    error_p50: list[float] = field(default_factory=list)
    error_p99: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)


def http(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure over HTTP; here the honesty too."""
    rounds = _measured(server, folder, plan, secure=False)
    yield from _figures(rounds, "HTTP", most=0.45, goal=0.33)
    yield Figure(
        name="reported duration of a 10 ms answer: p50 of the error", values=rounds.error_p50, unit="ms", most=2
    )
    yield Figure(
        name="reported duration of a 10 ms answer: p99 of the error", values=rounds.error_p99, unit="ms", most=10
    )
    yield Figure(name=f"start lateness p99, {TARGETS} checks at 1 s", values=rounds.lateness, unit="ms", most=50)


def https(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure over HTTPS."""
    yield from _figures(_measured(server, folder, plan, secure=True), "HTTPS", most=0.8, goal=0.65)


def _figures(rounds: Rounds, scheme: str, *, most: float, goal: float) -> Iterator[Figure]:
    against = [ours / peers for ours, peers in zip(rounds.ours, rounds.peers, strict=True)]
    around = [ours / bare_ for ours, bare_ in zip(rounds.daemon, rounds.bare, strict=True)]
    series = f"series per check: ours {min(rounds.series):.0f}, theirs {min(rounds.peers_series):.0f}"
    yield Figure(
        name=f"{scheme}: CPU per probe ÷ blackbox_exporter's", values=against, most=most, goal=goal, note=series
    )
    count = _count(secure=scheme == "HTTPS")
    kept_up = f"{min(rounds.rate):.0f} probes/s of {count}"
    yield Figure(name=f"{scheme}: daemon and Prometheus, per probe", values=rounds.ours, unit="µs", note=kept_up)
    healthy = f"{min(rounds.peers_rate):.0f} probes/s of {count}, {min(rounds.peers_up):.0f} targets up"
    yield Figure(
        name=f"{scheme}: blackbox_exporter and Prometheus, per probe", values=rounds.peers, unit="µs", note=healthy
    )
    yield Figure(
        name=f"{scheme}: daemon's CPU per probe ÷ bare aiohttp's",
        values=around,
        most=1.6,
        note=f"at {count} probes/s, each alone on its core",
    )
    yield Figure(name=f"{scheme}: bare aiohttp flat out, per request", values=rounds.bare, unit="µs")


def _count(*, secure: bool) -> int:
    return TLS_TARGETS if secure else TARGETS


def _measured(server: Server, folder: Path, plan: Plan, *, secure: bool) -> Rounds:
    rounds = Rounds()
    count = _count(secure=secure)
    endings = ("exact" if number % EXACT_EVERY == 0 else "now" for number in range(count))
    targets = [f"{server.base(secure=secure)}/t{number:03}/{end}" for number, end in enumerate(endings)]
    for number in range(plan.rounds):
        place = folder / f"{'https' if secure else 'http'}-{number}"
        plan.say(f"{place.name}: blackbox_exporter and Prometheus")
        _peers(server, place / "peers", targets, plan, rounds, secure=secure)
        plan.say(f"{place.name}: the daemon and Prometheus")
        _ours(server, place / "ours", targets, plan, rounds, secure=secure)
        plan.say(f"{place.name}: the daemon alone")
        _alone(server, place / "alone", targets, plan, rounds, secure=secure)
        plan.say(f"{place.name}: bare aiohttp")
        rounds.bare.append(MICRO * bare.cpu_per_request_seconds(server, plan.bare_requests, secure=secure))
    return rounds


def _peers(server: Server, folder: Path, targets: list[str], plan: Plan, rounds: Rounds, *, secure: bool) -> None:
    with blackbox.watching(folder, server, targets, secure=secure) as side:
        settle(server, len(targets))
        window = measured(server, side.pids, plan.window_seconds)
        rounds.peers.append(MICRO * window.cpu_per_probe_seconds)
        rounds.peers_rate.append(window.rate)
        rounds.peers_up.append(side.prometheus.number("count(probe_success == 1)"))
        rounds.peers_series.append(blackbox.series_per_check(side.prometheus))


def _alone(server: Server, folder: Path, targets: list[str], plan: Plan, rounds: Rounds, *, secure: bool) -> None:
    written = configuration.single(folder, targets, "1s", server if secure else None)
    with daemon.watching(written) as ours:
        settle(server, len(targets))
        window = measured(server, (ours.child.pid,), plan.window_seconds, ours.scrapes)
        rounds.daemon.append(MICRO * window.cpu_per_probe_seconds)


def _ours(server: Server, folder: Path, targets: list[str], plan: Plan, rounds: Rounds, *, secure: bool) -> None:
    written = configuration.single(folder, targets, "1s", server if secure else None)
    with daemon.watching_and_stored(written) as (ours, prometheus):
        settle(server, len(targets))
        before = ours.vitals().buckets(LATENESS)
        window = measured(server, (ours.child.pid, prometheus.child.pid), plan.window_seconds)
        after = ours.vitals().buckets(LATENESS)
        rounds.ours.append(MICRO * window.cpu_per_probe_seconds)
        rounds.rate.append(window.rate)
        rounds.lateness.append(MILLI * quantile(0.99, before, after))
        page = gzip.decompress(ours.scrape())
        rounds.series.append(page.count(b'check="') / len(targets))
        reported = prometheus.values(
            f"datashare_probe_duration_seconds{{target=~'s...0'}}[{plan.window_seconds + 15:.0f}s]"
        )
        errors = quantiles((abs(seconds - EXACT_SECONDS) for seconds in reported), n=100, method="inclusive")
        rounds.error_p50.append(MILLI * errors[49])
        rounds.error_p99.append(MILLI * errors[98])
