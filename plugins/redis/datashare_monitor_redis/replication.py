"""What ``INFO replication`` says of a server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from datashare_monitor_redis.readings import LAG, LAG_BYTES, REPLICAS, ROLE, ROLES
from monitor.plugin import Reading

NAMES = {"slave": "replica"}
"""What the protocol still calls by another name."""
MOST_REPLICAS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """The part of a server in replication.

    Attributes:
        role: ``master``, ``replica`` or ``sentinel``.
        is_linked: Whether a replica is connected to its master; true of everything else.
        replicas: How many are online.
        lag: Since the last word of the other end; None when nobody says.
        lag_bytes: How far the slowest replica is behind; None when nobody says.
    """

    role: str
    is_linked: bool = True
    replicas: int = 0
    lag: timedelta | None = None
    lag_bytes: int | None = None

    def readings(self) -> Iterator[Reading]:
        """Yield what is known."""
        yield ROLE(1, role=self.role)
        if self.role == "master":
            yield REPLICAS(self.replicas)
        if self.lag is not None:
            yield LAG(self.lag.total_seconds())
        if self.lag_bytes is not None:
            yield LAG_BYTES(self.lag_bytes)


def replication(text: bytes) -> Replication:
    """Read the answer to ``INFO replication``.

    Raises:
        ValueError: It is none.
    """
    lines = (line.partition(":") for line in text.decode("ascii", "replace").split("\r\n"))
    facts = {name: value for name, mark, value in lines if mark}
    role = NAMES.get(facts.get("role", ""), facts.get("role", ""))
    if role not in ROLES:
        raise ValueError("it has no role")
    if role == "replica":
        silent = number(facts.get("master_last_io_seconds_ago", "-1"))
        behind = number(facts.get("slave_read_repl_offset", "-1")) - number(facts.get("slave_repl_offset", "0"))
        return Replication(
            role=role,
            is_linked=facts.get("master_link_status") == "up",
            lag=None if silent < 0 else timedelta(seconds=silent),
            lag_bytes=behind if behind >= 0 else None,
        )
    return _of_master(role, facts)


def _of_master(role: str, facts: dict[str, str]) -> Replication:
    offset = number(facts.get("master_repl_offset", "0"))
    lags, behind = [], []
    for each in range(min(number(facts.get("connected_slaves", "0")), MOST_REPLICAS)):
        replica = dict(part.partition("=")[::2] for part in facts.get(f"slave{each}", "").split(","))
        if replica.get("state") == "online":
            lags.append(max(number(replica.get("lag", "0")), 0))
            behind.append(max(offset - number(replica.get("offset", "0")), 0))
    return Replication(
        role=role,
        replicas=len(lags),
        lag=timedelta(seconds=max(lags)) if lags else None,
        lag_bytes=max(behind) if behind else None,
    )


def number(text: str) -> int:
    """Return a whole number of at most 18 digits.

    Raises:
        ValueError: It is none.
    """
    digits = text.removeprefix("-")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 18:
        raise ValueError("a number is none")
    return int(text)
