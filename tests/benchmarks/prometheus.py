"""A Prometheus of Debian's, on a free port, with its data in a folder that goes away."""

import json
import subprocess
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.process import MEASURED_CORE, fetch_json, free_port, running, wait_for

SERIES_LEFT_OUT = "scrape_.*|up"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that runs."""

    port: int
    child: subprocess.Popen[str]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an instant query."""
        given = urllib.parse.urlencode({"query": expression})
        found: list[dict[str, Any]] = fetch_json(f"http://127.0.0.1:{self.port}/api/v1/query?{given}")["data"]["result"]
        return found

    def values(self, selector: str) -> list[float]:
        """Return all values of a range selector, of all series."""
        return [float(value) for series in self.query(selector) for _, value in series["values"]]

    def number(self, expression: str) -> float:
        """Return the one number an expression has."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else 0.0


@contextmanager
def scraping(
    folder: Path, jobs: list[dict[str, Any]], rules: Sequence[Path] = (), cores: frozenset[int] = MEASURED_CORE
) -> Iterator[Prometheus]:
    """Run a Prometheus with these scrape jobs and rule files, on the measured core unless told otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "prometheus.yml"
    evaluated = {"global": {"evaluation_interval": "30s"}, "rule_files": [*map(str, rules)]} if rules else {}
    configuration.write_text(json.dumps({"scrape_configs": jobs, **evaluated}))  # JSON is YAML
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with running(command, cores, folder / "prometheus.log") as child:
        wait_for(f"http://127.0.0.1:{port}/-/ready", child)
        yield Prometheus(port, child)
