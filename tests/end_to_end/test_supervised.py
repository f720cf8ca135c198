"""systemd is told READY when everything answers, hears signs of life, and is told when the daemon stops."""

import signal
import socket
import subprocess
import sys
import time

from end_to_end.daemon import daemon, fetch
from end_to_end.servers import wait_for
from ports import free_port


def test_ready_watchdog_and_stopping_are_told_in_order(tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("vantage: test\n")
    port = free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}

        with daemon(directory, port, environment) as running:
            first = listening.recv(1000)
            ready = fetch(f"http://127.0.0.1:{port}/-/ready")[0]
            alive = listening.recv(1000)
            running.send_signal(signal.SIGTERM)
            running.wait(5)
            last = b""
            while not last.startswith(b"STOPPING=1"):
                last = listening.recv(1000)

    assert first.startswith(b"READY=1")
    assert ready == 200
    assert alive == b"WATCHDOG=1"


def test_a_taken_port_is_named_and_nothing_is_started(tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("vantage: test\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        command = [sys.executable, "-m", "monitor", "serve", str(directory), "--listen", f"127.0.0.1:{port}"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_reload_is_told_with_its_moment_and_its_end(tmp_path):
    directory = tmp_path / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text("vantage: test\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)

        with daemon(directory, free_port(), {"NOTIFY_SOCKET": str(tmp_path / "notify")}) as running:
            told = [listening.recv(1000).decode()]
            before = time.monotonic() * 1e6
            running.send_signal(signal.SIGHUP)
            told += [listening.recv(1000).decode() for _ in range(2)]
            after = time.monotonic() * 1e6

    reloading, _, moment = told[1].partition("\nMONOTONIC_USEC=")
    assert (told[0], reloading, told[2]) == ("READY=1", "RELOADING=1", "READY=1")
    assert before <= int(moment) <= after


BLOCKS = """\
import time
from dataclasses import dataclass
from monitor.plugin import ProbeKind, hookimpl, up

@dataclass(frozen=True, kw_only=True)
class Blocks:
    async def observe(self, vantage):
        time.sleep(60)
        return up()

@hookimpl
def monitor_kinds():
    yield ProbeKind("blocks", Blocks)
"""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - {id: lgsp, kind: hub, name: LGSP, checks: [{id: blocks, probe: blocks, every: 1s, timeout: 900ms}]}
"""


def is_silent(listening):
    """Tell whether no sign of life comes for six times as long as between two."""
    try:
        listening.recv(1000)
    except TimeoutError:
        return True
    return False


def test_a_loop_that_stands_still_gives_no_sign_of_life_and_its_end_names_the_line(tmp_path):
    directory, site = tmp_path / "config", tmp_path / "site"
    facts = site / "theirs_blocks-1.0.dist-info"
    for folder in (directory / "agencies", facts):
        folder.mkdir(parents=True)
    (site / "theirs_blocks.py").write_text(BLOCKS)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs-blocks\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[datashare_monitor]\nblocks = theirs_blocks\n")
    (directory / "monitor.yaml").write_text("plugins: {blocks: {run: in_loop}}\n")
    (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(2)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "900000", "PYTHONPATH": str(site)}

        with daemon(directory, free_port(), told) as running:
            wait_for(lambda: is_silent(listening))  # its one check is made each second
            running.send_signal(signal.SIGABRT)  # as systemd does, when WatchdogSec is over
            ended = running.wait(5)

    line = BLOCKS.splitlines().index("        time.sleep(60)") + 1
    assert ended == -signal.SIGABRT
    assert f'theirs_blocks.py", line {line} in observe' in (tmp_path / "daemon.log").read_text()
