"""Plugins that raise, return nonsense, are misspelt or end the process: named, unknown, and nobody else is hurt."""

import json

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import http, ok, wait_for
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

PLUGIN = """\
import sys
from dataclasses import dataclass
from monitor.plugin import ProbeKind, hookimpl, up

@dataclass(frozen=True, kw_only=True)
class Look:
    async def observe(self, vantage):
        {observe}

@hookimpl
def {hook}():
    yield ProbeKind("{name}", Look)

{behind}
"""
LOOKS = {
    "raises": {"observe": "raise RuntimeError('of its own')"},
    "wrong": {"observe": "return 'up'"},
    "misspelt": {"hook": "monitor_kind"},
    "ends": {"behind": "sys.exit(3)"},
    "kind": {},
}
BAD = {"raises", "wrong", "misspelt", "ends"}
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    checks:
"""


def install(folder, name):
    parts = {"observe": "return up()", "hook": "monitor_kinds", "behind": "", "name": name, **LOOKS[name]}
    (folder / f"theirs_{name}.py").write_text(PLUGIN.format(**parts))
    facts = folder / f"theirs_{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: theirs-{name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[datashare_monitor]\n{name} = theirs_{name}\n")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return /metrics once every check has run, and the log by event."""
    top = tmp_path_factory.mktemp("plugins")
    directory, folder = top / "config", top / "site"
    (directory / "agencies").mkdir(parents=True)
    folder.mkdir()
    for name in LOOKS:
        install(folder, name)
    named = ", ".join(f"{name}: {{}}" for name in LOOKS)
    settings = f"egress: {{allow: [127.0.0.0/8]}}\ndefaults: {{every: 1s, timeout: 900ms}}\nplugins: {{{named}}}\n"
    (directory / "monitor.yaml").write_text(settings)
    with http(ok) as port:
        good = f"      - {{id: good, probe: http, with: {{target: 'http://127.0.0.1:{port}/'}}}}\n"
        checks = "".join(f"      - {{id: {name}, probe: {name}}}\n" for name in LOOKS)
        (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY + good + checks)
        url = f"http://127.0.0.1:{free_port()}"
        with daemon(directory, int(url.rpartition(":")[2]), {"PYTHONPATH": str(folder)}):

            def metrics():
                text = fetch(f"{url}/metrics")[1]
                known = text.count("datashare_check_status{") + text.count('reason="plugin",target=')
                return text if known == len(LOOKS) + 1 else None

            text = wait_for(metrics, within=30)
    lines = [line for line in (top / "daemon.log").read_text().splitlines() if line.startswith("{")]
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return samples, [json.loads(line) for line in lines]


def values(samples, name, label):
    return {sample.labels[label]: sample.value for sample in samples if sample.name == name}


def test_their_checks_are_unknown_and_the_others_are_up(seen):
    samples, _ = seen
    reasons = [one.labels for one in samples if one.name == "datashare_check_reason"]

    assert values(samples, "datashare_check_status", "check") == {"good": 2, "kind": 2}
    assert {one["check"]: one["reason"] for one in reasons} == dict.fromkeys(BAD, "plugin")


def test_they_are_named_on_metrics(seen):
    samples, _ = seen

    assert values(samples, "datashare_monitor_plugin_errors_total", "plugin").keys() == BAD
    assert values(samples, "datashare_monitor_plugin_load_failed", "plugin") == {"misspelt": 1, "ends": 1}


def test_they_are_named_in_the_log_with_the_cause(seen):
    _, lines = seen
    causes = {line["plugin"]: str(line) for line in lines if line["event"] in {"plugin.load_failed", "plugin.raised"}}

    assert causes.keys() == BAD
    assert "RuntimeError: of its own" in causes["raises"]
    assert "observe returned str" in causes["wrong"]
    assert "the one hook is monitor_kinds" in causes["misspelt"]
    assert "SystemExit" in causes["ends"]
