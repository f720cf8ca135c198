"""What an inbox keeps from one life of the monitor to the next: its newest heartbeats, and how to know them again."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from monitor.inventory import CheckId
from monitor.plugin.heartbeat import Heartbeat, HeartbeatState

DIGITS = 32
"""Hexadecimal ones, of the digest of a sender's word: nothing that it says is kept but its message and its run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The content of an inbox that outlives a restart.

    Attributes:
        heartbeats: The newest in each state.
        nonces: Digests of the newest ones, the oldest first.
        sent: When the newest of those that say so was sent.
        twins: Digests of the heartbeats sent at that moment.
    """

    heartbeats: Mapping[HeartbeatState, Heartbeat] = field(default_factory=dict)
    nonces: tuple[str, ...] = ()
    sent: datetime | None = None
    twins: frozenset[str] = frozenset()


NOTHING = Kept()


def inbox_of(check: CheckId) -> CheckId:
    """Return the name under which the inbox of a check is kept: none that a check can have."""
    return CheckId(f"{check}#inbox")


def digest(*words: str) -> str:
    """Return what tells words from others, and does not tell the words."""
    return sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def written(kept: Kept, cover: Callable[[str], str]) -> bytes:
    """Return an inbox as bytes; ``cover`` takes out of a text what must not be repeated."""
    content = {
        "heartbeats": [_written(one, cover) for one in _in_order(kept.heartbeats.values())],
        "nonces": kept.nonces,
        "sent": None if kept.sent is None else kept.sent.isoformat(),
        "twins": sorted(kept.twins),
    }
    return json.dumps(content, separators=(",", ":")).encode()


def read(content: bytes) -> Kept:
    """Return an inbox; an empty one of what we have not written."""
    if not content:
        return NOTHING
    try:
        found = json.loads(content)
        heartbeats = [_read(one) for one in found["heartbeats"]]
        return Kept(
            heartbeats={one.state: one for one in heartbeats},
            nonces=tuple(map(str, found["nonces"])),
            sent=None if found["sent"] is None else datetime.fromisoformat(found["sent"]).astimezone(UTC),
            twins=frozenset(map(str, found["twins"])),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return NOTHING


def _in_order(heartbeats: Iterable[Heartbeat]) -> list[Heartbeat]:
    return sorted(heartbeats, key=lambda one: one.received)


def _written(one: Heartbeat, cover: Callable[[str], str]) -> Mapping[str, object]:
    return {
        "state": one.state,
        "received": one.received.isoformat(timespec="milliseconds"),
        "message": cover(one.message),
        "readings": dict(one.readings),
        "run_id": cover(one.run_id),
    }


def _read(one: Mapping[str, object]) -> Heartbeat:
    readings = one["readings"]
    if not isinstance(readings, dict):
        raise TypeError("readings are a mapping")
    return Heartbeat(
        received=datetime.fromisoformat(str(one["received"])),
        state=HeartbeatState(str(one["state"])),
        message=str(one["message"]),
        readings={str(name): float(value) for name, value in readings.items()},
        run_id=str(one["run_id"]),
    )
