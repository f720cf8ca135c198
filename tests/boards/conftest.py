"""A real Prometheus with the rules, which scrapes the real daemon on the scenario of the demonstration."""

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from boards import ill, offices, past
from deploy.rules import RULES
from end_to_end.daemon import daemon
from end_to_end.servers import answers, http, process, wait_for
from ports import free_port


@contextlib.contextmanager
def country(folder: Path, configuration: Path):
    """Run the scenario: half an act of health, then a hub falls for a whole one."""
    command = [sys.executable, "-u", "-m", "monitor", "demo", "--scenario", "--act=40", f"--write={configuration}"]
    log = folder / "demo.log"
    with log.open("wb") as output:
        running = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "TMPDIR": str(folder)})
    try:
        wait_for(lambda: "Watch it:" in log.read_text("utf-8") or running.poll() is not None, within=30)
        assert running.poll() is None, log.read_text("utf-8")
        yield
    finally:
        running.terminate()
        running.wait(15)


@contextlib.contextmanager
def prometheus(need, folder: Path, port: int, replicated: str, *targets: str):
    """Run Prometheus with the rules as they are deployed, but each of them every three seconds, and alerts at once.

    One of the targets has a replica, which shows the same, and what is recorded when an hour is full always is.
    """
    (folder / "rules").mkdir(parents=True)
    for file in RULES:
        quick = re.sub(r"(?m)^( +interval:).*$", r"\1 3s", past.at_a_full_hour(file.read_text("utf-8")))
        (folder / "rules" / file.name).write_text(re.sub(r"(?m)^ +for:.*\n", "", quick), "utf-8")
    (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 3s}}
rule_files: ["{folder}/rules/*.yml"]
scrape_configs:
  - job_name: datashare-monitor
    static_configs:
      - {{targets: {[replicated, *targets]}}}
      - {{targets: [{replicated!r}], labels: {{instance: {past.INSTANCE}}}}}
""")
    past.write(need("promtool", "prometheus"), folder, int(time.time()))
    command = [need("prometheus", "prometheus"), f"--config.file={folder / 'prometheus.yml'}", "--log.level=warn"]
    command += [f"--storage.tsdb.path={folder / 'data'}", "--storage.tsdb.retention.time=1y"]
    with process([*command, f"--web.listen-address=127.0.0.1:{port}"], folder):
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def source(need, tmp_path_factory):
    """Return the address of a Prometheus that scrapes the daemon, an ill one and one that is not there."""
    folder = tmp_path_factory.mktemp("dashboards")
    configuration, port = folder / "config", free_port()
    with contextlib.ExitStack() as stack:
        stack.enter_context(country(folder, configuration))
        stack.enter_context(offices.offices(configuration, folder / "offices"))
        stack.enter_context(daemon(configuration, port))
        sick = stack.enter_context(http(ill.Ill().answer))
        targets = (f"127.0.0.1:{port}", f"127.0.0.1:{sick}", f"127.0.0.1:{free_port()}")
        yield stack.enter_context(prometheus(need, folder / "prometheus", free_port(), *targets))
