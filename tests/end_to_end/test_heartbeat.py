"""A target reports in to the running daemon: seen within a second, kept over reload and kill, no outage at a start."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import wait_for
from ports import free_port

AGENCY = """\
agency: {{id: hue, class: city, name: Huế}}
systems:
  - id: files
    kind: other
    name: Kho tệp
    checks:
{checks}
"""
CHECK = """\
      - id: {name}
        probe: heartbeat
        every: {every}
        confirm: {{down: 1}}
        with: {{token: {{file: {token}}}, interval: 1h, readings: {{copied_bytes: gauge}}}}
"""
SOON_SECONDS = 1.0


@dataclass
class Scene:
    directory: Path
    token: Path
    url: str
    running: object = None

    def watch(self, *names, every="1h"):
        checks = "".join(CHECK.format(name=name, token=self.token, every=every) for name in names)
        (self.directory / "agencies" / "hue.yaml").write_text(AGENCY.format(checks=checks))

    def state(self, name="backup"):
        return json.loads(fetch(f"{self.url}/api/v1/checks/hue/files/{name}")[1])

    def report(self, token="first", name="backup", **body):
        request = urllib.request.Request(
            f"{self.url}/api/v1/heartbeats/hue/files/{name}",
            method="POST",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def becomes(self, status):
        began = time.monotonic()
        wait_for(lambda: self.state()["status"] == status, within=10, every=0.02)
        return time.monotonic() - began


@pytest.fixture
def scene(tmp_path):
    directory, token = tmp_path / "config", tmp_path / "token"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("egress: {allow: [127.0.0.0/8]}\n")
    token.write_text("first\n")
    port = free_port()
    scene = Scene(directory, token, f"http://127.0.0.1:{port}")
    scene.watch("backup", "other")
    with daemon(directory, port) as scene.running:
        yield scene


def test_reports_are_seen_within_a_second_though_the_check_looks_once_an_hour(scene):
    assert scene.state()["status"] == "unknown"

    assert scene.report(state="success", readings={"copied_bytes": 512}) == 202
    after_success = scene.becomes("up")
    assert scene.report(state="fail", message="disk full") == 202
    after_failure = scene.becomes("down")

    assert max(after_success, after_failure) < SOON_SECONDS
    seen = scene.state()
    assert seen["reason"] == "self_reported"
    assert seen["detail"].endswith(": disk full")
    assert {"measure": "probe_heartbeat_copied_bytes", "value": 512, "labels": {}} in seen["readings"]
    assert 'datashare_probe_heartbeat_copied_bytes{agency="hue"' in fetch(f"{scene.url}/metrics")[1]
    assert scene.state("other")["status"] == "unknown"


def test_reload_keeps_the_inbox_and_forgets_what_is_gone(scene):
    assert scene.report(state="success") == 202
    scene.becomes("up")

    scene.watch("backup")
    scene.running.send_signal(signal.SIGHUP)
    wait_for(lambda: scene.report(name="other") == 404, within=10)

    assert scene.state()["status"] == "up"
    assert scene.report(state="fail") == 202
    assert scene.becomes("down") < SOON_SECONDS


def test_another_token_counts_at_once(scene):
    assert scene.report(token="second") == 401

    scene.token.write_text("second\n")

    assert (scene.report(token="first"), scene.report(token="second")) == (401, 202)


def test_token_is_in_no_output(scene):
    scene.token.write_text("canary-51e2d7\n")
    scene.report(token="canary-51e2d7", state="fail")
    scene.becomes("down")

    shown = [fetch(f"{scene.url}{path}")[1] for path in ("/", "/metrics", "/api/v1/checks", "/checks/hue/files/backup")]

    assert not [text for text in shown if "canary-51e2d7" in text]
    assert "canary-51e2d7" not in (scene.directory.parent / "daemon.log").read_text()


def probed(scene, *options, url=None):
    """Return the exit status of ``probe`` for the check, and what it writes, in one line."""
    command = ["probe", "hue/files/backup", "--config", str(scene.directory), "--url", url or scene.url, *options]
    told = subprocess.run(
        [sys.executable, "-m", "monitor", *command], capture_output=True, text=True, timeout=30, check=False
    )
    return told.returncode, " ".join((told.stdout + told.stderr).split())


def test_probe_tells_what_the_daemon_was_told(scene):
    assert scene.report(state="success", readings={"copied_bytes": 512}) == 202
    scene.becomes("up")
    assert scene.report(state="fail", message="disk full") == 202
    scene.becomes("down")

    code, text = probed(scene)
    as_json = json.loads(probed(scene, "--json")[1])

    assert code == 1
    assert ": disk full" in text
    assert "probe_heartbeat_copied_bytes 512" in text
    assert f"Its target reports in by itself, POST {scene.url}/api/v1/heartbeats/hue/files/backup with" in text
    assert (as_json["status"], as_json["reason"]) == ("down", "self_reported")


def test_probe_without_a_daemon_says_what_a_heartbeat_is_and_whom_it_asked(scene):
    nowhere = f"http://127.0.0.1:{free_port()}"

    code, text = probed(scene, url=nowhere)

    assert code == 2
    assert "Its target reports in by itself" in text
    assert f"nobody to ask: no daemon answers at {nowhere}" in text


def test_report_outlives_a_kill_at_the_moment_it_is_taken_where_there_is_a_history(tmp_path):
    directory, token, port = tmp_path / "config", tmp_path / "token", free_port()
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text(f"history: {{path: {tmp_path}/history.db}}\n")
    token.write_text("first\n")
    scene = Scene(directory, token, f"http://127.0.0.1:{port}")
    scene.watch("backup", every="2s")
    with daemon(directory, port) as running:
        assert scene.report(state="fail", message="disk full", nonce="n1") == 202
        running.kill()
        running.wait(5)

    with daemon(directory, port):
        scene.becomes("down")
        seen = scene.state()
        replayed = scene.report(state="success", nonce="n1")

    assert (seen["reason"], seen["detail"].partition(": ")[2]) == ("self_reported", "disk full")
    assert replayed == 409
