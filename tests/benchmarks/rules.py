"""What the alert rules and the national overview cost Prometheus, over 10,000 connections."""

import json
import re
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from tests.benchmarks import past
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import BOTH_CORES, OTHER_CORE, fetch, fetch_json, free_port, running, said, wait_until
from tests.benchmarks.prometheus import Prometheus, scraping
from tests.benchmarks.server import Server

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"))
OVERVIEW = ROOT / "dashboards" / "en" / "national.json"
SCRAPE_SECONDS, SLICES = 15, 10
MOST_INTERVAL = "3m"
"""Of groups: those that are evaluated less often are evaluated so often, to be measured at all."""
SETTLED_SECONDS = 400
"""Rates over five minutes are full, and the longest interval has passed twice."""
QUERY_SECONDS = 120
MOST_RULES_SECONDS, MOST_QUERY_SECONDS = 2.0, 1.0
POINTS = 1000
"""What Grafana asks a range for, about."""
INTERVAL = re.compile(r"\$__(?:rate_)?interval")


def rules(_server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure the rules as they are deployed, and the queries of the overview as Grafana asks them."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    now = int(time.time()) // 60 * 60
    plan.say("rules: remembering a month")
    remembered = past.remember(folder, folder / "tsdb", now)
    command = [sys.executable, "-m", "tests.benchmarks.country", str(port)]
    with running(command, OTHER_CORE, folder / "country.log") as country:
        samples = int(said(country))
        with scraping(folder, [_slices(port)], _deployed(folder), BOTH_CORES) as prometheus:
            plan.say(f"rules: {samples:,} samples a scrape, {remembered:,} remembered")
            wait_until(lambda: prometheus.number("sum(country:connections:count)") >= 10_000, 600, "10,000 connections")
            time.sleep(SETTLED_SECONDS if plan.rounds > 1 else 200)
            yield from _rules(prometheus, samples, remembered, plan)
            yield from _overview(prometheus, plan)


def _slices(port: int) -> dict[str, Any]:
    """Return the job that scrapes the country in slices, as Prometheus gets them from /sd."""
    labels = [
        {"__param_slice": f"{one}/{SLICES}", "slice": f"{one}/{SLICES}", "instance": past.INSTANCE}
        for one in range(SLICES)
    ]
    return {
        "job_name": "datashare-monitor",
        "scrape_interval": f"{SCRAPE_SECONDS}s",
        "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": one} for one in labels],
        "metric_relabel_configs": [{"action": "labeldrop", "regex": "slice"}],
    }


def _deployed(folder: Path) -> list[Path]:
    """Write the rules with no group evaluated less often than ``MOST_INTERVAL``."""
    written = []
    for file in RULES:
        read = yaml.safe_load(file.read_text("utf-8"))
        for group in read["groups"]:
            if _seconds(group.get("interval", "30s")) > _seconds(MOST_INTERVAL):
                group["interval"] = MOST_INTERVAL
        written.append(folder / file.name)
        written[-1].write_text(yaml.safe_dump(read, allow_unicode=True), "utf-8")
    return written


def _rules(prometheus: Prometheus, samples: int, remembered: int, plan: Plan) -> Iterator[Figure]:
    """Measure each group: Prometheus evaluates them side by side, and each has until its next beat."""
    sums: list[float] = []
    most: list[float] = []
    groups: dict[str, list[float]] = {}
    beats: dict[str, float] = {}
    for _ in range(max(3, plan.rounds)):
        found = fetch_json(f"http://127.0.0.1:{prometheus.port}/api/v1/rules")["data"]["groups"]
        sums.append(sum(one["evaluationTime"] for one in found))
        most.append(max(one["evaluationTime"] for one in found))
        for one in found:
            groups.setdefault(one["name"], []).append(one["evaluationTime"])
            beats[one["name"]] = one["interval"]
        failed = [rule["lastError"] for one in found for rule in one["rules"] if rule["health"] == "err"]
        time.sleep(31)
    longest = sorted(groups.items(), key=lambda one: -median(one[1]))
    share = sum(median(values) / beats[name] for name, values in groups.items())
    said = ", ".join(f"{name.removeprefix('datashare-')} {median(values):.2f}" for name, values in longest[:4])
    for name, values in longest:
        plan.say(f"rules: {name} {median(values):.3f} s every {beats[name]:.0f} s")
    yield Figure(
        name="rules over 10,000 connections, all groups one after the other",
        values=sums,
        unit="s",
        most=MOST_RULES_SECONDS,
        note=f"{samples:,} samples a scrape, {remembered / 1e6:.0f} million remembered; "
        f"each on its own beat {100 * share:.1f} % of a core; {len(failed)} failed",
    )
    yield Figure(
        name="rules over 10,000 connections, the group that takes longest",
        values=most,
        unit="s",
        note=f"longest: {said} s",
    )


def _overview(prometheus: Prometheus, plan: Plan) -> Iterator[Figure]:
    if not OVERVIEW.is_file():
        plan.say(f"rules: {OVERVIEW.relative_to(ROOT)} is not there; nothing to ask")
        return
    board = json.loads(OVERVIEW.read_text("utf-8"))
    slowest: list[float] = []
    names = ""
    asked = [*queries(board)]
    for _ in range(max(3, plan.rounds)):
        spent = {expression: _ask(prometheus, expression, span) for expression, span in asked}
        slowest.append(max(spent.values()))
        names = max(spent, key=lambda one: spent[one])
    yield Figure(
        name="slowest query of the national overview, 10,000 connections",
        values=slowest,
        unit="s",
        most=MOST_QUERY_SECONDS,
        note=f"{len(asked)} queries; `{names[:60].replace('|', '/')}…`",
    )


def queries(board: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the expressions of a dashboard with the seconds that they reach back; 0 for those asked of now alone."""
    span = _seconds(board["time"]["from"].removeprefix("now-"))
    for panel in board["panels"]:
        for target in (target for one in (panel, *panel.get("panels", ())) for target in one.get("targets", ())):
            yield (
                written(target["expr"], board["time"]["from"].removeprefix("now-")),
                0 if target.get("instant") else span,
            )


def written(expression: str, span: str) -> str:
    """Return an expression with all that Grafana would put in: every agency, the whole range."""
    expression = INTERVAL.sub("1m", expression.replace("$__range", span))
    return re.sub(r"\$\{?\w+\}?", ".*", expression)


def _ask(prometheus: Prometheus, expression: str, span: int) -> float:
    given: dict[str, object] = {"query": expression}
    if span:
        now = int(time.time())
        given |= {"start": now - span, "end": now, "step": max(SCRAPE_SECONDS, span // POINTS)}
    path = "query_range" if span else "query"
    began = time.perf_counter()
    fetch(f"http://127.0.0.1:{prometheus.port}/api/v1/{path}?{urllib.parse.urlencode(given)}", seconds=QUERY_SECONDS)
    return time.perf_counter() - began


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[duration[-1]]
