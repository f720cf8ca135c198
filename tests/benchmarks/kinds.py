"""What a probe of each kind costs, next to blackbox_exporter's for the same kind; nothing of it is required."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import blackbox, configuration, daemon
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import OTHER_CORE, free_port, running, said, wait_until
from tests.benchmarks.prometheus import Prometheus
from tests.benchmarks.server import Server
from tests.benchmarks.side import measured

TARGETS = 100
MICRO = 1e6
ZONE = """
server:
  interface: 127.0.0.1
  port: {port}
  do-daemonize: no
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  local-zone: "example." static
  local-data: "lgsp.hanoi.example. 60 IN A 127.0.0.1"
remote-control:
  control-enable: no
"""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The same look, as a module of blackbox_exporter and as a check of ours."""

    name: str
    target: str
    module: dict[str, Any]
    probe: str
    options: dict[str, Any] = field(default_factory=dict)


def kinds(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure 100 targets a second of each kind, the two sides in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for kind in _kinds(server, folder, stack):
            ratios, notes = [], []
            for number in range(plan.rounds):
                plan.say(f"kinds: {kind.name}, round {number + 1}")
                theirs = _theirs(kind, folder / f"{kind.name}-{number}-theirs", server, plan)
                ours = _ours(kind, folder / f"{kind.name}-{number}-ours", server, plan)
                ratios.append(ours / theirs)
                notes.append(f"{ours:,.0f} and {theirs:,.0f} µs")
            yield Figure(
                name=f"{kind.name}: CPU per probe ÷ blackbox_exporter's, {TARGETS} targets/s",
                values=ratios,
                note="; ".join(notes),
            )


def _kinds(server: Server, folder: Path, stack: ExitStack) -> Iterator[Kind]:
    web, secure = f"127.0.0.1:{server.http}", f"127.0.0.1:{server.https}"
    tls = {"ca_file": str(server.authority)}
    yield Kind(name="tcp", target=web, module={"prober": "tcp"}, probe="tcp")
    yield Kind(
        name="tls",
        target=secure,
        module={"prober": "tcp", "tcp": {"tls": True, "tls_config": tls}},
        probe="tcp",
        options={"tls": True, "tls_config": tls},
    )
    port = free_port()
    (folder / "unbound.conf").write_text(ZONE.format(port=port))
    stack.enter_context(
        running(["unbound", "-d", "-c", str(folder / "unbound.conf")], OTHER_CORE, folder / "unbound.log")
    )
    asked = {"query_name": "lgsp.hanoi.example", "query_type": "A"}
    yield Kind(
        name="dns", target=f"127.0.0.1:{port}", module={"prober": "dns", "dns": asked}, probe="dns", options=asked
    )
    yield Kind(name="icmp", target="127.0.0.1", module={"prober": "icmp"}, probe="icmp")
    command = [sys.executable, "-m", "tests.benchmarks.answering"]
    health = stack.enter_context(running(command, OTHER_CORE, folder / "health.log"))
    # Without this section blackbox_exporter 0.23 has no way back to IPv4.
    module = {"prober": "grpc", "grpc": {"preferred_ip_protocol": "ip4"}}
    yield Kind(name="grpc", target=f"127.0.0.1:{said(health).strip()}", module=module, probe="grpc")


def _theirs(kind: Kind, folder: Path, server: Server, plan: Plan) -> float:
    # Targets have to differ, or Prometheus takes them for one: a parameter that the module does not look at.
    targets = [{"targets": [kind.target], "labels": {"number": str(number)}} for number in range(TARGETS)]
    with blackbox.probing(folder, {"timeout": "1s", **kind.module}, targets) as side:
        return MICRO * _cost(server, side.pids, side.prometheus, "probe_success", plan)


def _ours(kind: Kind, folder: Path, server: Server, plan: Plan) -> float:
    looks = [(kind.probe, {"target": kind.target, **kind.options})] * TARGETS
    with daemon.watching_and_stored(configuration.looks(folder, looks, "1s")) as (ours, prometheus):
        pids = (ours.child.pid, prometheus.child.pid)
        return MICRO * _cost(server, pids, prometheus, "datashare_probe_success", plan)


def _cost(server: Server, pids: tuple[int, ...], prometheus: Prometheus, success: str, plan: Plan) -> float:
    """Return the processor seconds of one probe once all targets are up."""
    every = f"count({success} == 1)"
    wait_until(lambda: prometheus.number(every) == TARGETS, 40, f"{TARGETS} targets that are up")
    window = measured(server, pids, plan.window_seconds / 4)
    up = prometheus.number(every)
    if up != TARGETS:
        raise RuntimeError(f"only {up:.0f} of {TARGETS} targets were up")
    return sum(window.cpu_seconds) / (TARGETS * window.seconds)
