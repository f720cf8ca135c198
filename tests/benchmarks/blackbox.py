"""The peers: blackbox_exporter, and a Prometheus that scrapes every target through it each second."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.process import MEASURED_CORE, free_port, running, wait_for
from tests.benchmarks.prometheus import Prometheus, scraping
from tests.benchmarks.server import Server
from tests.benchmarks.side import Side


@contextmanager
def watching(folder: Path, server: Server, targets: list[str], *, secure: bool) -> Iterator[Side]:
    """Probe the targets once a second as Prometheus's users do."""
    http: dict[str, object] = {"preferred_ip_protocol": "ip4"}
    if secure:
        http["tls_config"] = {"ca_file": str(server.authority)}
    with probing(folder, {"prober": "http", "timeout": "1s", "http": http}, [{"targets": targets}]) as side:
        yield side


@contextmanager
def probing(folder: Path, module: dict[str, Any], targets: list[dict[str, Any]]) -> Iterator[Side]:
    """Probe targets, in Prometheus's groups, once a second with a module."""
    folder.mkdir(parents=True)
    modules = folder / "blackbox.yml"
    modules.write_text(json.dumps({"modules": {"looked_at": module}}))
    port = free_port()
    command = [
        "prometheus-blackbox-exporter",
        f"--config.file={modules}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    job = {
        "job_name": "blackbox",
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "metrics_path": "/probe",
        "params": {"module": ["looked_at"]},
        "static_configs": targets,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{port}"},
        ],
    }
    with running(command, MEASURED_CORE, folder / "blackbox.log") as exporter:
        wait_for(f"http://127.0.0.1:{port}/-/healthy", exporter)
        with scraping(folder / "prometheus", [job]) as prometheus:
            yield Side(pids=(exporter.pid, prometheus.child.pid), prometheus=prometheus)


def series_per_check(prometheus: Prometheus) -> float:
    """Return how many series one target has, Prometheus's own left out."""
    return prometheus.number("avg(scrape_samples_scraped)")
