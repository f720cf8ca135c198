"""Prometheus takes every configuration of it, and each of them finds what it names."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from monitor.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy"
SERVER = FOLDER / "compose" / "prometheus.yml"
AGENT = FOLDER / "prometheus-agent" / "prometheus.yml"
SERVICES = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]


@pytest.mark.services
@pytest.mark.parametrize(("path", "options"), [(SERVER, []), (AGENT, ["--agent"])], ids=["server", "agent"])
def test_prometheus_takes_it(path, options, tmp_path):
    """Certificates are the operator's: empty files stand in for them."""
    promtool = shutil.which("promtool") or pytest.skip("promtool is missing: apt-get install prometheus")
    text = path.read_text("utf-8")
    for name in re.findall(r"/etc/prometheus/tls/(\S+)", text):
        (tmp_path / name).touch()
    copy = tmp_path / "prometheus.yml"
    copy.write_text(text.replace("/etc/prometheus/tls", str(tmp_path)), "utf-8")

    checked = subprocess.run(
        [promtool, "check", "config", *options, str(copy)], capture_output=True, text=True, timeout=60, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


def test_server_of_compose_names_services_that_are_there():
    text = SERVER.read_text("utf-8")
    named = re.findall(r"[\"/]([a-z]+):([0-9]+)", text)
    ports = {port.split(":")[-1] for one in SERVICES.values() for port in one.get("ports", ())}

    assert named
    assert all(host in {*SERVICES, "localhost"} and port in ports for host, port in named), named


def test_rules_are_where_compose_puts_them():
    (pattern,) = yaml.safe_load(SERVER.read_text("utf-8"))["rule_files"]
    places = dict(volume.split(":")[:2] for volume in SERVICES["prometheus"]["volumes"])

    assert str(Path(pattern).parent) == places["./prometheus/rules"]


@pytest.mark.parametrize("path", [SERVER, AGENT], ids=["server", "agent"])
def test_monitor_is_scraped_in_slices_under_the_name_that_rules_know(path):
    job = yaml.safe_load(path.read_text("utf-8"))["scrape_configs"][0]

    assert job["job_name"] == "datashare-monitor"
    assert job["http_sd_configs"][0]["url"].endswith(f":{Settings().web.port}/sd")


def test_rules_find_their_external_labels():
    found = yaml.safe_load(SERVER.read_text("utf-8"))["global"]["external_labels"]

    assert found.keys() == {"grafana_url", "runbooks_url"}


def test_agent_sends_over_tls_with_a_certificate_and_has_no_rules():
    found = yaml.safe_load(AGENT.read_text("utf-8"))

    assert "rule_files" not in found
    assert "alerting" not in found
    for one in found["remote_write"]:
        assert one["url"].startswith("https://")
        assert {"ca_file", "cert_file", "key_file"} <= one["tls_config"].keys()
