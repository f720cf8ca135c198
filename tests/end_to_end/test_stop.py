"""SIGTERM ends the daemon within five seconds, whatever its targets, plugins, programs, clients and its reload do."""

import contextlib
import signal
import socket
import time
from pathlib import Path

from end_to_end.daemon import daemon, fetch
from end_to_end.servers import wait_for
from ports import free_port

PLUGIN = """\
import asyncio, time
from dataclasses import dataclass
from pathlib import Path
from monitor.plugin import ProbeKind, hookimpl, up

if Path({slow!r}).exists():
    time.sleep(14)

@dataclass(frozen=True, kw_only=True)
class Stubborn:
    async def observe(self, vantage):
        while True:
            try:
                await asyncio.sleep(600)
            except BaseException:
                continue

@dataclass(frozen=True, kw_only=True)
class Busy:
    async def observe(self, vantage):
        while True:
            pass

@dataclass(frozen=True, kw_only=True)
class Blocked:
    def observe(self, vantage):
        time.sleep(600)
        return up()

@hookimpl
def monitor_kinds():
    for kind in ({looks}):
        yield ProbeKind("{name}-" + kind.__name__.lower(), kind)
"""
PLUGINS = {"apart": ("Stubborn", "Busy", "Blocked"), "inside": ("Stubborn", "Blocked")}
MONITOR = """\
egress: {allow: [127.0.0.0/8]}
plugins: {apart: {}, inside: {run: in_loop}}
defaults: {every: 10s, timeout: 10s}
history: {path: %s}
"""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    checks:
"""
IGNORES_TERM = "trap '' TERM; echo $$ >> {}; sleep 600"


def install(site: Path, name: str, slow: Path) -> None:
    looks = ", ".join(PLUGINS[name])
    (site / f"theirs_{name}.py").write_text(PLUGIN.format(slow=str(slow), looks=looks, name=name))
    facts = site / f"theirs_{name}-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: theirs-{name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[datashare_monitor]\n{name} = theirs_{name}\n")


def configure(directory: Path, stalled: int, program: Path) -> None:
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text(MONITOR % (directory.parent / "history.db"))
    kinds = [f"{name}-{look.lower()}" for name, looks in PLUGINS.items() for look in looks]
    checks = [f"{{id: {kind}, probe: {kind}}}" for kind in kinds]
    checks += [f"{{id: http-{n}, probe: http, with: {{target: 'http://127.0.0.1:{stalled}/{n}'}}}}" for n in range(20)]
    checks += [f"{{id: https-{n}, probe: tls, with: {{target: '127.0.0.1:{stalled}'}}}}" for n in range(20)]
    checks.append(f"{{id: exec, probe: exec, with: {{command: [/bin/sh, {program}]}}}}")
    lines = "".join(f"      - {check}\n" for check in checks)
    (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY + lines)


def under_way(url: str) -> float:
    lines = fetch(f"{url}/metrics")[1].splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("datashare_monitor_runs_in_flight "))


def test_nobody_holds_the_end_up(tmp_path):
    slow, program, started = tmp_path / "slow", tmp_path / "program", tmp_path / "started"
    for name in PLUGINS:
        install(tmp_path, name, slow)
    program.write_text(IGNORES_TERM.format(started))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        stalled = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        configure(tmp_path / "config", stalled.getsockname()[1], program)
        running = stack.enter_context(daemon(tmp_path / "config", port, {"PYTHONPATH": str(tmp_path)}))
        wait_for(lambda: under_way(url) >= 40 and started.exists(), within=40)
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3)]
        clients[0].sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and does not read
        clients[1].sendall(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        slow.touch()
        running.send_signal(signal.SIGHUP)
        time.sleep(1)  # the reload is in the midst of it
        began = time.monotonic()

        running.send_signal(signal.SIGTERM)
        ended = running.wait(20)

        assert time.monotonic() - began < 5
    assert ended == 0
    assert "monitor.stopped" in (tmp_path / "daemon.log").read_text()
    wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in started.read_text().split()), within=5)
