"""Servers of the kinds beside HTTP, on the core that is not measured: Debian's, and one of ours for the rest."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.benchmarks.process import OTHER_CORE, free_port, running, said, wait_until

WITHIN_SECONDS = 20
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
CLOCK = """
port {port}
bindaddress 127.0.0.1
cmdport 0
bindcmdaddress /
pidfile {folder}/chrony.pid
local stratum 8
allow 127.0.0.0/8
"""


@contextmanager
def answering(folder: Path) -> Iterator[dict[str, str]]:
    """Serve gRPC health checks, WebSockets and datagrams; yields addresses by kind."""
    command = [sys.executable, "-m", "tests.benchmarks.answering"]
    with running(command, OTHER_CORE, folder / "answering.log") as child:
        yield {kind: f"127.0.0.1:{port}" for kind, port in json.loads(said(child)).items()}


@contextmanager
def unbound(folder: Path) -> Iterator[str]:
    """Serve a name over DNS."""
    port = free_port()
    (folder / "unbound.conf").write_text(ZONE.format(port=port))
    with running(["unbound", "-d", "-c", str(folder / "unbound.conf")], OTHER_CORE, folder / "unbound.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def chrony(folder: Path) -> Iterator[str]:
    """Serve the time, without touching the clock; run by root it needs another user to go without rights."""
    port = free_port()
    (folder / "chrony.conf").write_text(CLOCK.format(port=port, folder=folder))
    user = ["-u", "root"] if os.geteuid() == 0 else ["-U"]
    command = ["/usr/sbin/chronyd", *user, "-x", "-d", "-f", str(folder / "chrony.conf")]
    with running(command, OTHER_CORE, folder / "chrony.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def slapd(folder: Path) -> Iterator[str]:
    """Serve a directory that holds nothing but its root."""
    port = free_port()
    (folder / "slapd.conf").write_text(f"pidfile {folder}/slapd.pid\n")
    address = f"127.0.0.1:{port}"
    command = ["/usr/sbin/slapd", "-d", "0", "-f", str(folder / "slapd.conf"), "-h", f"ldap://{address}"]
    with running(command, OTHER_CORE, folder / "slapd.log"):
        wait_until(lambda: _listens(port), WITHIN_SECONDS, "slapd")
        yield address


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
