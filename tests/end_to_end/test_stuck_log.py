"""A log that nobody reads stops neither the start, nor the probing, nor the end."""

import os
import subprocess
import sys
from contextlib import suppress

from end_to_end.daemon import fetch, is_ready
from end_to_end.servers import wait_for
from ports import free_port


def test_daemon_lives_and_ends_beside_a_full_pipe(tmp_path):
    (tmp_path / "agencies").mkdir()
    (tmp_path / "monitor.yaml").write_text("log: {level: debug, format: json}\n")
    port = free_port()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    command = [sys.executable, "-m", "monitor", "serve", str(tmp_path), "--listen", f"127.0.0.1:{port}"]

    running = subprocess.Popen(command, stdout=writing, stderr=writing)
    try:
        wait_for(lambda: is_ready(f"http://127.0.0.1:{port}") or running.poll() is not None, within=20)
        status, _ = fetch(f"http://127.0.0.1:{port}/metrics")
        running.terminate()
        ended = running.wait(5)
    finally:
        running.kill()
        running.wait(5)
        os.close(reading)
        os.close(writing)

    assert (status, ended) == (200, 0)
