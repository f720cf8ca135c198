"""The units are right, speak the daemon's own signals, and expose little."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import group

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
MOST_EXPOSURE = 2.0

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")


def settings(unit):
    lines = [line.partition("=") for line in unit.read_text("utf-8").splitlines() if re.match(r"[A-Z]\w+=", line)]
    return [(name, value) for name, _, value in lines]


def analyzed(*arguments):
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_there_is_a_unit_and_a_template():
    assert [unit.name for unit in UNITS] == ["datashare-monitor.service", "datashare-monitor@.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong(unit, tmp_path):
    program = Path(sys.executable).parent / "datashare-monitor"
    text = unit.read_text("utf-8").replace("/opt/datashare-monitor/bin/datashare-monitor", str(program))
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(text, "utf-8")

    result = analyzed("verify", "--man=no", copy)

    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_exposure_is_small(unit):
    result = analyzed("security", "--offline=true", "--no-pager", unit)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)

    assert exposure is not None, result.stdout + result.stderr
    assert float(exposure[1]) <= MOST_EXPOSURE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_daemon_is_waited_for_and_watched(unit):
    found = dict(settings(unit))

    assert found["Type"] == "notify"
    assert found["WatchdogSec"] == "30s"
    assert found["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert found["ExecStart"].startswith("/opt/datashare-monitor/bin/datashare-monitor serve /etc/datashare-monitor")


def test_template_differs_in_names_only():
    one, template = (unit.read_text("utf-8") for unit in UNITS)
    body = "[Unit]" + template.partition("[Unit]")[2]
    for line in ("Environment=SHARDS=1\n", "EnvironmentFile=-/etc/default/datashare-monitor\n"):
        assert line in body
        body = body.replace(line, "")
    body = body.replace(" --shard %i/${SHARDS} --listen 127.0.0.1:967%i", "")

    assert body.replace(" (%i)", "").replace("/%i", "").replace("@%i", "") == one


def test_template_starts_a_shard(tmp_path):
    (line,) = [value for name, value in settings(UNITS[1]) if name == "ExecStart"]
    words = line.replace("%i", "1").replace("${SHARDS}", "3").split()[1:]
    words[1] = str(tmp_path / "nowhere")

    result = CliRunner().invoke(group, words)

    assert "does not exist" in result.output
    assert dict(settings(UNITS[1]))["StateDirectory"] == "datashare-monitor/%i"


def test_worker_may_make_its_namespaces_and_give_up_what_they_grant():
    found = settings(UNITS[0])

    assert ("RestrictNamespaces", "user pid") in found
    filters = [value for name, value in found if name == "SystemCallFilter"]
    assert filters == ["@system-service", "~@privileged", "capset"]
