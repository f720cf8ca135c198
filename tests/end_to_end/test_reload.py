"""A reload is all or nothing: what stays keeps its counters, what is gone vanishes, a bad file changes nothing."""

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import http, ok, wait_for
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

AGENCY = """\
agency: {{id: ha-noi, class: city, name: Hà Nội}}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    checks:
{checks}
"""
NOTHING_LEFT = (
    "there is no file in it any more, so that nothing would be watched (until now 2 checks); bring the files back, or, "
    "if that is meant, start the daemon anew"
)
CHECK = "      - {{id: {name}, probe: http, every: 1s, timeout: 500ms, with: {{target: 'http://127.0.0.1:{port}/'}}}}"


@dataclass
class Scene:
    directory: Path
    target: int
    url: str
    running: object

    def watch(self, *names):
        checks = "\n".join(CHECK.format(name=name, port=self.target) for name in names)
        (self.directory / "agencies" / "ha-noi.yaml").write_text(AGENCY.format(checks=checks))

    def values(self, name, label):
        """Return the values of a family by one of its labels."""
        text = fetch(f"{self.url}/metrics")[1]
        found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return {sample.labels.get(label, ""): sample.value for sample in found if sample.name == name}

    def log_of(self, event):
        lines = (self.directory.parent / "daemon.log").read_text().splitlines()
        return [line for line in map(json.loads, (line for line in lines if line[0] == "{")) if line["event"] == event]

    def runs(self):
        return self.values("datashare_probe_runs_total", "check")


@pytest.fixture
def scene(tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("egress: {allow: [127.0.0.0/8]}\n")
    port = free_port()
    with http(ok) as target:
        scene = Scene(directory, target, f"http://127.0.0.1:{port}", None)
        scene.watch("stays", "leaves")
        with daemon(directory, port) as scene.running:
            wait_for(lambda: scene.runs().get("stays", 0) >= 2)
            yield scene


def test_what_stays_keeps_its_counters_and_what_is_gone_vanishes(scene):
    before = scene.runs()["stays"]

    scene.watch("stays", "comes")
    scene.running.send_signal(signal.SIGHUP)
    wait_for(lambda: scene.values("datashare_monitor_config_reloads_total", "result") == {"accepted": 1})

    assert scene.runs()["stays"] >= before
    assert scene.values("datashare_check_status", "check").keys() <= {"stays", "comes"}
    wait_for(lambda: scene.values("datashare_check_status", "check") == {"stays": 2, "comes": 2})


def test_the_log_counts_what_a_reload_changed(scene):
    scene.watch("stays", "comes", "too")
    text = (scene.directory / "agencies" / "ha-noi.yaml").read_text().replace("name: LGSP", "name: Trục")
    (scene.directory / "agencies" / "ha-noi.yaml").write_text(text)

    scene.running.send_signal(signal.SIGHUP)
    [line] = wait_for(lambda: scene.log_of("config.reloaded"))

    assert line["changes"] == {"systems": {"changed": 1}, "checks": {"added": 2, "removed": 1}}


def test_a_bad_file_is_refused_whole_and_two_metrics_say_so(scene):
    before = scene.values("datashare_monitor_config_last_reload_success_timestamp_seconds", "")
    scene.watch("stays", "comes")
    (scene.directory / "agencies" / "broken.yaml").write_text("agency: {id: Broken, class: city}\n")

    status, body = fetch(f"{scene.url}/-/reload", method="POST")

    assert status == 400
    assert "agencies/broken.yaml:1:14 agency.id" in body
    assert scene.values("datashare_monitor_config_last_reload_successful", "") == {"": 0}
    assert scene.values("datashare_monitor_config_reloads_total", "result") == {"rejected": 1}
    assert scene.values("datashare_monitor_config_last_reload_success_timestamp_seconds", "") == before
    assert scene.runs().keys() == {"stays", "leaves"}


def test_directory_that_has_vanished_is_refused_and_everything_stays_watched(scene):
    (scene.directory / "agencies").rename(scene.directory.parent / "unmounted")

    scene.running.send_signal(signal.SIGHUP)
    [line] = wait_for(lambda: scene.log_of("config.rejected"))
    status, body = fetch(f"{scene.url}/-/reload", method="POST")

    assert line["problems"] == [f"agencies  {NOTHING_LEFT}"]
    assert (status, body) == (400, f"agencies\n  {NOTHING_LEFT}\nThe configuration in force stays.\n")
    assert scene.values("datashare_monitor_config_last_reload_successful", "") == {"": 0}
    assert scene.values("datashare_monitor_config_reloads_total", "result") == {"rejected": 2}
    assert scene.runs().keys() == {"stays", "leaves"}


def test_directory_that_is_back_is_accepted(scene):
    (scene.directory / "agencies").rename(scene.directory.parent / "unmounted")
    assert fetch(f"{scene.url}/-/reload", method="POST")[0] == 400
    (scene.directory.parent / "unmounted").rename(scene.directory / "agencies")

    status, _ = fetch(f"{scene.url}/-/reload", method="POST")

    assert status == 200
    assert scene.values("datashare_monitor_config_last_reload_successful", "") == {"": 1}


def test_daemon_that_watched_nothing_may_go_on_so_and_its_log_has_the_warning(tmp_path):
    directory, port = tmp_path / "config", free_port()
    directory.mkdir()
    (directory / "monitor.yaml").write_text("{}")
    scene = Scene(directory, 0, f"http://127.0.0.1:{port}", None)

    with daemon(directory, port):
        status, _ = fetch(f"{scene.url}/-/reload", method="POST")

    assert status == 200
    [line] = scene.log_of("config.doubted")
    assert line["problems"] == ["monitor.yaml  no agency is watched: there is no file in agencies/"]


def test_settings_that_wait_for_a_start_are_named(scene):
    (scene.directory / "monitor.yaml").write_text(
        "egress: {allow: [127.0.0.0/8]}\nslots: {process: 100}\nweb: {hosts: [monitor.example]}\n"
    )

    status, _ = fetch(f"{scene.url}/-/reload", method="POST")
    log = wait_for(lambda: scene.log_of("config.restart_needed"))

    assert status == 200
    assert [line["settings"] for line in log] == [["web", "slots"]]


def test_the_plugins_in_force_are_shown_with_their_versions(scene):
    text = fetch(f"{scene.url}/metrics")[1]

    assert 'datashare_plugin_info{plugin="http",probe="http",version="0.1.0"} 1.0' in text
