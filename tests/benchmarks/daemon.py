"""Our side: the daemon as ``serve`` starts it, and what it says about itself."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.exposition import Samples, samples
from tests.benchmarks.process import MEASURED_CORE, fetch, free_port, running, wait_for
from tests.benchmarks.prometheus import Prometheus, scraping

SCRAPE_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One that is ready.

    Attributes:
        start_seconds: From the start of the process until it was ready.
    """

    port: int
    child: subprocess.Popen[str]
    start_seconds: float

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def vitals(self) -> Samples:
        """Return the monitor's own metrics; those of checks are left out, for they may be a million lines."""
        return samples(fetch(f"{self.address}/metrics?slice=0/9999"))

    def scrape(self) -> bytes:
        """Return the whole of /metrics, compressed as Prometheus asks for it."""
        return fetch(f"{self.address}/metrics", gzip=True, seconds=60)

    def scrapes(self, seconds: float) -> tuple[list[tuple[float, float]], int]:
        """Scrape every 15 s for so long; returns when each scrape was, and the size of the last page."""
        spans: list[tuple[float, float]] = []
        page, ends = 0, time.monotonic() + seconds
        while time.monotonic() < ends:
            began = time.monotonic()
            page = len(self.scrape())
            spans.append((began, time.monotonic()))
            time.sleep(max(0.0, min(began + SCRAPE_SECONDS, ends) - time.monotonic()))
        return spans, page

    def reload(self) -> float:
        """Load the configuration anew and return the seconds that took."""
        began = time.monotonic()
        fetch(f"{self.address}/-/reload", post=True, seconds=120)
        return time.monotonic() - began


@contextmanager
def watching(
    folder: Path, *, cores: frozenset[int] = MEASURED_CORE, start_within_seconds: float = 30
) -> Iterator[Daemon]:
    """Run the daemon on a configuration directory."""
    port = free_port()
    command = [sys.executable, "-m", "monitor", "serve", str(folder), "--listen", f"127.0.0.1:{port}"]
    began = time.monotonic()
    with running(command, cores, folder / "daemon.log") as child:
        wait_for(f"http://127.0.0.1:{port}/-/ready", child, start_within_seconds)
        yield Daemon(port=port, child=child, start_seconds=time.monotonic() - began)


@contextmanager
def watching_and_stored(folder: Path) -> Iterator[tuple[Daemon, Prometheus]]:
    """Run the daemon and a Prometheus that scrapes it every 15 s, both on the measured core."""
    with ExitStack() as stack:
        daemon = stack.enter_context(watching(folder))
        job = {
            "job_name": "monitor",
            "scrape_interval": "15s",
            "static_configs": [{"targets": [f"127.0.0.1:{daemon.port}"]}],
        }
        yield daemon, stack.enter_context(scraping(folder / "prometheus", [job]))
