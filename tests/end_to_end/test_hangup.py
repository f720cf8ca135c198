"""SIGHUP at any moment: during the start it waits its turn, and a storm of them is two reloads at most."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from end_to_end.daemon import daemon, fetch, is_ready
from end_to_end.servers import wait_for
from ports import free_port


def configured(tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("vantage: test\n")
    return directory


def reloads(port):
    _, text = fetch(f"http://127.0.0.1:{port}/metrics")
    lines = [line for line in text.splitlines() if line.startswith("datashare_monitor_config_reloads_total{")]
    return sum(float(line.split()[-1]) for line in lines)


def catches(process, number):
    """Tell whether a process has a handler for a signal."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    caught = next(line for line in status if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def test_a_storm_is_two_reloads_at_most(tmp_path):
    directory, port = configured(tmp_path), free_port()

    with daemon(directory, port) as running:
        for _ in range(20):
            running.send_signal(signal.SIGHUP)
            time.sleep(0.005)  # signals that wait together arrive as one
        wait_for(lambda: reloads(port) >= 1)
        status, _ = fetch(f"http://127.0.0.1:{port}/-/reload", method="POST")  # waits its turn behind all of them

        assert status == 200
        assert reloads(port) <= 3


def test_hangup_during_the_start_reloads_after_it(tmp_path):
    directory, port = configured(tmp_path), free_port()
    command = [sys.executable, "-m", "monitor", "serve", str(directory), "--listen", f"127.0.0.1:{port}"]

    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: catches(running.pid, signal.SIGHUP), every=0.001)
        assert not is_ready(f"http://127.0.0.1:{port}")
        running.send_signal(signal.SIGHUP)
        wait_for(lambda: is_ready(f"http://127.0.0.1:{port}") or running.poll() is not None)
        wait_for(lambda: running.poll() is not None or reloads(port) == 1)

        assert running.poll() is None
    finally:
        running.kill()
        running.wait(5)
