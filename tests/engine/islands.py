"""Two network namespaces joined by one cable: the monitor on one side, gateway and targets of agencies on the other."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GATEWAY = "10.77.0.1"
MONITOR = "10.77.0.2"
AGENCIES = 5
PORT = 7000


def target(agency: int) -> str:
    return f"10.78.{agency}.1"


class Islands:
    def __init__(self, name: str) -> None:
        self.near, self.far = f"{name}-near", f"{name}-far"
        self.cable = (f"{name[-8:]}n", f"{name[-8:]}f")

    def ip(self, *words: str, side: str = "") -> None:
        command = ["ip", *(["-n", side] if side else []), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=10)

    def build(self) -> None:
        for side in (self.near, self.far):
            self.ip("netns", "add", side)
            self.ip("link", "set", "lo", "up", side=side)
        self.ip(
            "link", "add", self.cable[0], "netns", self.near, "type", "veth", "peer", self.cable[1], "netns", self.far
        )
        for side, cable, address in (
            (self.near, self.cable[0], MONITOR),
            (self.far, self.cable[1], GATEWAY),
        ):
            self.ip("addr", "add", f"{address}/24", "dev", cable, side=side)
            self.ip("link", "set", cable, "up", side=side)
        self.ip("route", "add", "default", "via", GATEWAY, side=self.near)
        for agency in range(AGENCIES):
            self.ip("addr", "add", f"{target(agency)}/32", "dev", "lo", side=self.far)

    def unplug(self) -> None:
        self.ip("link", "set", self.cable[1], "down", side=self.far)

    def plug(self) -> None:
        self.ip("link", "set", self.cable[1], "up", side=self.far)

    def switch_off(self) -> None:
        self.ip("link", "set", self.cable[0], "down", side=self.near)

    def switch_on(self) -> None:
        self.ip("link", "set", self.cable[0], "up", side=self.near)
        self.ip("route", "replace", "default", "via", GATEWAY, side=self.near)

    def mute(self) -> None:
        """Let the cable be, but give the other side another address: nobody answers, and nothing says so."""
        self.ip("addr", "flush", "dev", self.cable[1], side=self.far)

    def unmute(self) -> None:
        self.ip("addr", "add", f"{GATEWAY}/24", "dev", self.cable[1], side=self.far)

    def swallow(self, agency: int) -> None:
        """Make one target silent, as a firewall or a power cut does."""
        self.ip("route", "add", "blackhole", f"{MONITOR}/32", "table", f"{100 + agency}", side=self.far)
        self.ip("rule", "add", "from", target(agency), "table", f"{100 + agency}", side=self.far)

    def start(self, side: str, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ip", "netns", "exec", side, sys.executable, "-u", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def remove(self) -> None:
        for side in (self.near, self.far):
            with suppress(subprocess.SubprocessError):
                self.ip("netns", "del", side)


@contextmanager
def islands() -> Iterator[Islands]:
    """Build the islands, or raise CalledProcessError where namespaces are not permitted."""
    built = Islands(f"dsm{os.getpid()}{int(time.time()) % 1000}")
    try:
        built.build()
        yield built
    finally:
        built.remove()
