"""Programs under the running daemon: measured, timed out, handed their secrets unseen, and gone when the daemon is."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import wait_for
from ports import free_port

CANARY = "canary-e77d10"
MARKER = f"marker-{os.getpid()}"

AGENCY = """\
agency: {{id: hue, class: city, name: Huế}}
systems:
  - id: files
    kind: other
    name: Kho tệp
    checks:
      - id: queue
        probe: exec
        every: 500ms
        timeout: 400ms
        with:
          command:
            - /bin/sh
            - -c
            - cat "$1" >>{folder}/seen; echo "OK $(cat "$1") | waiting=7"
            - sh
            - "{{secret:password}}"
          secrets: {{password: {{file: {folder}/password}}}}
          readings: {{waiting: {{}}}}
      - id: hangs
        probe: exec
        every: 1s
        timeout: 900ms
        confirm: {{down: 1}}
        with: {{command: [/bin/bash, -c, "(exec -a {marker} sleep 600) & (exec -a {marker} sleep 600); :", {marker}]}}
"""


def marked() -> list[int]:
    """Return the processes that the hanging check has started."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if MARKER.encode() in one.read_bytes().split(b"\0"):
                found.append(int(one.parent.name))
    return found


@pytest.mark.parametrize("place", ["in_loop", "worker"])
def test_programs_are_run_and_do_not_outlive_the_daemon(place, tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text(f"egress: {{allow: [127.0.0.0/8]}}\nplugins: {{exec: {{run: {place}}}}}\n")
    (directory / "agencies" / "hue.yaml").write_text(AGENCY.format(folder=tmp_path, marker=MARKER))
    (tmp_path / "password").write_text(CANARY)
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def state(name):
        return json.loads(fetch(f"{url}/api/v1/checks/hue/files/{name}")[1])

    with daemon(directory, port) as running:
        wait_for(lambda: state("queue")["status"] == "up", within=10)
        wait_for(lambda: state("hangs")["newest"] is not None, within=10)
        metrics = fetch(f"{url}/metrics")[1]
        shown = [metrics, *(fetch(f"{url}{path}")[1] for path in ("/", "/checks/hue/files/queue", "/api/v1/checks"))]
        queue, hangs = state("queue"), state("hangs")
        wait_for(marked, within=5)

        running.send_signal(signal.SIGKILL)
        running.wait(5)
        end = time.monotonic() + 5
        while marked() and time.monotonic() < end:
            time.sleep(0.02)

    assert marked() == []
    assert queue["newest"]["detail"] == "OK ***"
    [waiting] = [line for line in metrics.splitlines() if line.startswith("datashare_probe_exec_waiting{")]
    assert waiting.endswith(" 7.0")
    assert hangs["newest"]["status"] == ("down" if place == "in_loop" else "unknown")
    assert (tmp_path / "seen").read_text().startswith(CANARY)
    assert not [text for text in shown if CANARY in text]
    assert CANARY not in (tmp_path / "daemon.log").read_text()
