"""Prometheus with the deployed rules, and Alertmanager with the routes of an inventory, at a pace."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from alertmanager.pace import Pace
from cli.test_check_config import run
from deploy.rules import RULES
from end_to_end.servers import answers, process, wait_for

SCRAPE, LOOKBACK, RESEND = "15s", "5m", "1m"
LINKS = {"grafana_url": "https://grafana.example", "runbooks_url": "https://runbooks.example"}


@contextlib.contextmanager
def alertmanager(binary: str, root: Path, directory: Path, port: int, pace: Pace, operators: str) -> Iterator[str]:
    """Run Alertmanager with what ``datashare-monitor alertmanager`` writes; yields its address."""
    directory.mkdir()
    configuration = directory / "alertmanager.yml"
    result = run("alertmanager", root, "--operators", operators, "--output", configuration)
    assert result.exit_code == 0, result.stderr
    pace.routes(configuration)
    command = [binary, f"--config.file={configuration}", f"--storage.path={directory / 'data'}"]
    url = f"http://127.0.0.1:{port}"
    with process([*command, f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="], directory):
        wait_for(lambda: answers(f"{url}/-/ready"))
        yield url


@contextlib.contextmanager
def prometheus(binary: str, directory: Path, port: int, target: int, alertmanager: str, pace: Pace) -> Iterator[str]:
    """Run Prometheus with the deployed rules on a daemon; yields its address."""
    (directory / "rules").mkdir(parents=True)
    for file in RULES:
        pace.rules(file, directory / "rules" / file.name)
    configuration = directory / "prometheus.yml"
    beat = pace.quicker(SCRAPE)
    address = alertmanager.removeprefix("http://")
    read = {
        "global": {
            "scrape_interval": beat,
            "scrape_timeout": beat,
            "evaluation_interval": pace.quicker("30s"),
            "external_labels": LINKS,
        },
        "rule_files": [str(directory / "rules" / "*.yml")],
        "alerting": {
            "alert_relabel_configs": [{"action": "labeldrop", "regex": "|".join(LINKS)}],
            "alertmanagers": [{"static_configs": [{"targets": [address]}]}],
        },
        "scrape_configs": [{"job_name": "datashare-monitor", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}],
    }
    configuration.write_text(json.dumps(read))  # JSON is YAML
    command = [
        binary,
        f"--config.file={configuration}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--query.lookback-delta={pace.quicker(LOOKBACK)}",
        f"--rules.alert.resend-delay={pace.quicker(RESEND)}",
        "--log.level=warn",
    ]
    url = f"http://127.0.0.1:{port}"
    with process(command, directory):
        wait_for(lambda: answers(f"{url}/-/ready"))
        yield url
