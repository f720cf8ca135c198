"""What a probe of each kind costs, next to blackbox_exporter's where it has the kind; nothing of it is required."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.demo.entry import Entry
from tests.benchmarks import blackbox, configuration, daemon, neighbours
from tests.benchmarks.figure import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.process import OTHER_CORE, running, wait_until
from tests.benchmarks.prometheus import Prometheus
from tests.benchmarks.server import Server
from tests.benchmarks.side import measured

TARGETS = 100
MICRO = 1e6
TOKEN = "reports-in"
ALONE = "blackbox_exporter has no such kind"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A look, as a check of ours and, where blackbox_exporter has it, as a module of it.

    Attributes:
        target: What blackbox_exporter is given.
        options: Of our check, its target included.
        remark: Behind a figure that stands alone.
        is_sent: Whether its targets report in, once a second each, and are only looked at then.
    """

    name: str
    probe: str
    options: Entry
    module: dict[str, Any] | None = None
    target: str = ""
    remark: str = ALONE
    is_sent: bool = False

    @property
    def every(self) -> str:
        """How often it is looked at of itself."""
        return "1m" if self.is_sent else "1s"


def kinds(server: Server, folder: Path, plan: Plan) -> Iterator[Figure]:
    """Measure 100 targets a second of each kind, the two sides in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        addresses = stack.enter_context(neighbours.answering(folder))
        for kind in (*_compared(server, folder, stack, addresses), *_alone(folder, stack, addresses)):
            yield _figure(kind, folder, server, plan)


def _figure(kind: Kind, folder: Path, server: Server, plan: Plan) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(plan.rounds):
        plan.say(f"kinds: {kind.name}, round {number + 1}")
        if kind.module is not None:
            theirs.append(_theirs(kind, kind.module, folder / f"{kind.name}-{number}-theirs", server, plan))
        ours.append(_ours(kind, folder / f"{kind.name}-{number}-ours", server, plan))
    if not theirs:
        what = "heartbeat" if kind.is_sent else "probe"
        name = f"{kind.name}: CPU per {what}, {TARGETS} targets/s"
        return Figure(name=name, values=ours, unit="µs", note=kind.remark)
    pairs = [*zip(ours, theirs, strict=True)]
    return Figure(
        name=f"{kind.name}: CPU per probe ÷ blackbox_exporter's, {TARGETS} targets/s",
        values=[mine / peers for mine, peers in pairs],
        note="; ".join(f"{mine:,.0f} and {peers:,.0f} µs" for mine, peers in pairs),
    )


def _compared(server: Server, folder: Path, stack: ExitStack, addresses: Mapping[str, str]) -> Iterator[Kind]:
    """Yield the kinds that both sides have; http is measured by a comparison of its own."""
    web, secure = f"127.0.0.1:{server.http}", f"127.0.0.1:{server.https}"
    tls = {"ca_file": str(server.authority)}
    yield _kind("tcp", web, "tcp", {"prober": "tcp"})
    module = {"prober": "tcp", "tcp": {"tls": True, "tls_config": tls}}
    yield _kind("tls", secure, "tcp", module, {"tls": True, "tls_config": tls})
    names = stack.enter_context(neighbours.unbound(folder))
    asked: Entry = {"query_name": "lgsp.hanoi.example", "query_type": "A"}
    yield _kind("dns", names, "dns", {"prober": "dns", "dns": asked}, asked)
    yield _kind("icmp", "127.0.0.1", "icmp", {"prober": "icmp"})
    # Without this section blackbox_exporter 0.23 has no way back to IPv4.
    yield _kind("grpc", addresses["grpc"], "grpc", {"prober": "grpc", "grpc": {"preferred_ip_protocol": "ip4"}})


def _kind(name: str, target: str, probe: str, module: dict[str, Any], options: Entry | None = None) -> Kind:
    return Kind(name=name, target=target, probe=probe, module=module, options={"target": target, **(options or {})})


def _alone(folder: Path, stack: ExitStack, addresses: Mapping[str, str]) -> Iterator[Kind]:
    """Yield the kinds that blackbox_exporter does not have."""
    greeted: Entry = {"target": f"ws://{addresses['websocket']}/", "query_response": [{"expect": "hello"}]}
    yield Kind(
        name="websocket", probe="websocket", options=greeted, remark=f"{ALONE}; handshake, a message, ping and close"
    )
    yield Kind(name="udp", probe="udp", options={"target": addresses["udp"], "send": "ping", "expect": "^ping$"})
    time = stack.enter_context(neighbours.chrony(folder))
    yield Kind(name="ntp", probe="ntp", options={"target": time})
    # The root of every directory (RFC 4512, section 5.1), so that slapd needs no data.
    search: Entry = {"base": "", "scope": "base", "min_entries": 1}
    directory = stack.enter_context(neighbours.slapd(folder))
    yield Kind(
        name="ldap",
        probe="ldap",
        options={"target": directory, "search": search},
        remark=f"{ALONE}; a bind and a search",
    )
    said = "OK - 12 documents wait | waiting=12"
    readings: Entry = {"waiting": {"name": "waiting"}}
    yield Kind(
        name="exec",
        probe="exec",
        options={"command": ["/bin/echo", said], "readings": readings},
        remark=f"{ALONE}; the time of the program, /bin/echo, is in it",
    )
    (folder / "token").write_text(TOKEN)
    token: Entry = {"file": str(folder / "token")}
    yield Kind(
        name="heartbeat",
        probe="heartbeat",
        options={"token": token, "interval": "1m", "readings": {"copied_bytes": "gauge"}},
        remark=f"{ALONE}; taken in over HTTP, judged and shown",
        is_sent=True,
    )


def _theirs(kind: Kind, module: dict[str, Any], folder: Path, server: Server, plan: Plan) -> float:
    # Targets have to differ, or Prometheus takes them for one: a parameter that the module does not look at.
    targets = [{"targets": [kind.target], "labels": {"number": str(number)}} for number in range(TARGETS)]
    with blackbox.probing(folder, {"timeout": "1s", **module}, targets) as side:
        return MICRO * _cost(server, side.pids, side.prometheus, "probe_success", plan)


def _ours(kind: Kind, folder: Path, server: Server, plan: Plan) -> float:
    looks = [(kind.probe, kind.options)] * TARGETS
    with ExitStack() as stack:
        written = configuration.looks(folder, looks, kind.every)
        ours, prometheus = stack.enter_context(daemon.watching_and_stored(written))
        if kind.is_sent:
            places = [f"{ours.address}/api/v1/heartbeats/agency-00/s{number:04}/now" for number in range(TARGETS)]
            command = [sys.executable, "-m", "tests.benchmarks.sending", TOKEN, *places]
            stack.enter_context(running(command, OTHER_CORE, folder / "sending.log"))
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
