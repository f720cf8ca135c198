"""The machine's own table of names, /etc/hosts."""

import time
from collections.abc import Sequence
from pathlib import Path

from monitor.network.egress import literal
from monitor.plugin.vantage import Address

BUILT_IN: dict[str, Sequence[str]] = {"localhost": ("127.0.0.1", "::1")}
"""RFC 6761: localhost is this machine, whatever the name servers say."""
LOOK_AGAIN_SECONDS = 1.0


def parse(text: str) -> dict[str, tuple[Address, ...]]:
    """Return the addresses by lower-case name; lines that make no sense are passed over."""
    found: dict[str, list[Address]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        address = literal(words[0]) if words else None
        if address is not None:
            for name in words[1:]:
                found.setdefault(name.lower().rstrip("."), []).append(address)
    return {name: tuple(dict.fromkeys(addresses)) for name, addresses in found.items()}


class HostTable:
    """The table as the file holds it now: looked at again once a second at most."""

    def __init__(self, path: Path = Path("/etc/hosts")) -> None:
        self._path = path
        self._looked = -LOOK_AGAIN_SECONDS
        self._stamp: tuple[int, int] | None = None
        self._table: dict[str, tuple[Address, ...]] = {}

    def lookup(self, name: str) -> tuple[Address, ...]:
        """Return the addresses of a lower-case name without its final dot; none when it is not in the table."""
        now = time.monotonic()
        if now - self._looked >= LOOK_AGAIN_SECONDS:
            self._looked = now
            self._read()
        found = self._table.get(name, ())
        if not found and (name == "localhost" or name.endswith(".localhost")):
            return tuple(address for text in BUILT_IN["localhost"] if (address := literal(text)))
        return found

    def _read(self) -> None:
        try:
            facts = self._path.stat()
            stamp = (facts.st_mtime_ns, facts.st_size)
            if stamp != self._stamp:
                self._table = parse(self._path.read_text("utf-8", "replace"))
                self._stamp = stamp
        except OSError:
            self._table = {}
            self._stamp = None
