"""Promise: what is imported loads, holds no secret, and says of everything that was lost that it was."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from monitor.cli.check_config import command as check_config
from monitor.cli.migration import command
from monitor.config import load

SAMPLES = Path(__file__).parent / "samples"
TOOLS = {
    "blackbox": ["blackbox", f"{SAMPLES}/blackbox.yml", "--prometheus", f"{SAMPLES}/prometheus.yml"],
    "gatus": ["gatus", f"{SAMPLES}/gatus.yaml"],
    "uptime-kuma": ["uptime-kuma", f"{SAMPLES}/uptime-kuma.json"],
}


def imported(tool: str, folder: Path) -> str:
    (folder / "agencies").mkdir()
    (folder / "monitor.yaml").write_text("time_zone: Asia/Ho_Chi_Minh\n")
    file = folder / "agencies" / "da-nang.yaml"
    ended = CliRunner().invoke(command, [*TOOLS[tool], "--agency", "da-nang", "--output", str(file)])
    assert ended.exit_code == 0, ended.output
    return file.read_text("utf-8")


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_written_loads_without_a_complaint(tool, tmp_path):
    imported(tool, tmp_path)

    checked = CliRunner().invoke(check_config, [str(tmp_path)])

    assert (checked.exit_code, checked.stderr) == (0, "")
    assert len(load(tmp_path).inventory.checks) >= 7


@pytest.mark.parametrize("tool", TOOLS)
def test_no_secret_is_written(tool, tmp_path):
    canaries = re.findall(r"canary-[a-z]+-\d", "".join(path.read_text() for path in SAMPLES.rglob("*.*")))

    text = imported(tool, tmp_path)

    assert len(canaries) >= 15
    assert "canary" not in text


@pytest.mark.parametrize(("tool", "named"), [
    ("gatus", ["alerts", "[DOMAIN_EXPIRATION] > 720h", "client.dns-resolver", "ssh", "tắt", "hỏng", "PATH_SUFFIX"]),
    ("uptime-kuma", ["Docker", "CSDL", "Ngược", "Dừng", "proxy", "tuyến tỉnh", "ntlm", "no JSON"]),
    ("blackbox", ["hostname", "khu_vuc", "relabel_configs (drop)", "nowhere/*.yml", "kubernetes_sd_configs",
                  "nobody_uses_me"]),
])  # fmt: skip
def test_everything_that_was_lost_stands_in_a_comment(tool, named, tmp_path):
    comments = " ".join(line.strip() for line in imported(tool, tmp_path).splitlines() if line.strip().startswith("#"))

    assert [one for one in named if one not in comments] == []
    assert comments.count("environment variables") == (tool == "gatus")


def test_ids_are_names_without_their_marks_and_unique(tmp_path):
    written = yaml.safe_load(imported("uptime-kuma", tmp_path))

    first = written["systems"][0]
    ids = [check["id"] for check in first["checks"]]
    assert (first["id"], first["name"]) == ("so-y-te", "Sở Y tế")
    assert {"ho-so-suc-khoe-dien-tu", "ho-so-suc-khoe-dien-tu-2", "tu-khoa"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_beat_is_carried_over(tmp_path):
    written = yaml.safe_load(imported("uptime-kuma", tmp_path))
    check = written["systems"][0]["checks"][0]

    assert (check["every"], check["recheck"], check["timeout"], check["confirm"]) == ("1m", "20s", "48s", {"down": 3})


def test_text_that_looks_like_a_variable_stays_text(tmp_path):
    imported("gatus", tmp_path)

    probes = {check.name: check.probe for check in load(tmp_path).inventory.checks.values()}

    assert probes["ranges"].target == "http://10.1.2.3:8080/x?${PATH_SUFFIX}"
