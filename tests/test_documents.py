"""What the README tells an operator to write and to type works as it stands."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from monitor.cli import COMMANDS
from monitor.config import load

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent
NO_NAMES = 'nameservers: {servers: ["127.0.0.1:9"]}\n'
"""Nothing is asked of the network's own name servers."""


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def directory(tmp_path):
    for text in blocks("yaml"):
        named = re.match(r"# (\S+\.yaml)\n", text)
        if named:
            path = tmp_path / "my-config" / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + (NO_NAMES if named[1] == "monitor.yaml" else ""), "utf-8")
    return tmp_path / "my-config"


def run(command, directory):
    found = [sys.executable, "-m", "monitor", *command.split()[1:]]
    return subprocess.run(found, cwd=directory.parent, capture_output=True, text=True, timeout=60, check=False)


def typed(word):
    """Return a command of the README without its comment."""
    lines = [line.partition("  #")[0].strip() for text in blocks("sh") for line in text.splitlines()]
    return next(line for line in lines if line.startswith(word))


def test_configuration_of_the_readme_loads_without_a_word(directory):
    assert [str(problem) for problem in load(directory).problems] == []


def test_prometheus_is_told_of_slices():
    (scrape,) = next(yaml.safe_load(text) for text in blocks("yaml") if "scrape_configs" in text)["scrape_configs"]

    assert scrape["http_sd_configs"] == [{"url": "http://127.0.0.1:9664/sd"}]


def test_check_config_as_typed(directory):
    done = run(typed("datashare-monitor check-config"), directory)

    assert (done.returncode, done.stderr) == (0, "")
    assert "is in order" in done.stdout


def test_probe_as_typed_finds_the_check(directory):
    done = run(typed("datashare-monitor probe"), directory)

    assert done.returncode in {1, 2}  # the host is an example
    assert "ha-noi/lgsp/health" in done.stdout


def test_every_target_of_make_that_documents_name_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    missing = {name for name in re.findall(r"`make ([a-z]+)", text) if f"\n{name}:" not in makefile}

    assert missing == set()


def test_every_command_that_the_readme_names_exists():
    assert set(re.findall(r"datashare-monitor ([a-z-]+)", "\n".join(blocks("sh")))) <= {*COMMANDS}


def test_serve_is_found_and_reloaded_as_typed(directory):
    pidof = re.search(r"\$\((.*)\)", typed("kill -HUP"))[1].replace("-s ", "")
    arguments = [str(BIN / "datashare-monitor"), "serve", "my-config", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(arguments, cwd=directory.parent, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            address = next(found[0] for line in daemon.stderr if (found := re.search(r"http://[\d.:]+", line)))
            pids = subprocess.run(pidof.split(), capture_output=True, text=True, check=True).stdout.split()
            plan = run(f"{typed('datashare-monitor plan')} --url {address}", directory)
            daemon.send_signal(signal.SIGHUP)
            reloads = _reloads(address)
        finally:
            daemon.terminate()
            daemon.stderr.read()

    assert str(daemon.pid) in pids
    assert plan.stdout == "A reload would change nothing.\n"
    assert reloads
    assert daemon.returncode == 0


def _reloads(address):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
            found = re.search(r"_reloads_total\{[^}]*accepted[^}]*\} 1", answer.read().decode())
        if found:
            return True
        time.sleep(0.1)
    return False
