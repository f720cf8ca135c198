"""What a collector keeps from run to run: how far it has come, and the newest call of each connection."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from datashare_monitor_usage.window import digest
from monitor.plugin import ProbeError, Reason

VERSION = 2
READABLE = frozenset({1, VERSION})
"""The first version told every record that cannot be counted in every run."""
CALL = struct.Struct("!8sQ")
MOST_CALLS = 5000


@dataclass(slots=True, kw_only=True)
class State:
    """The memory of a check, unpacked.

    Attributes:
        source: The kind of source that ``rest`` is of.
        since: From when on calls have been counted, in seconds since the epoch.
        until: Up to when all have been.
        last_calls: When the newest call was made, by the digest of a connection's id.
        told: When a record was first met that cannot be counted, by its digest.
        rest: What the source keeps beside that; empty for a source that has never run.
    """

    source: str
    since: int
    until: int
    last_calls: dict[bytes, int] = field(default_factory=dict)
    told: dict[bytes, int] = field(default_factory=dict)
    rest: bytes = b""

    @classmethod
    def read(cls, memory: bytes, source: str, start: int) -> "State":
        """Return the state in a memory, or at ``start`` when the memory is empty.

        Another source of the same check goes on where the one before it stopped.

        Raises:
            ProbeError: A newer version has written it, or something else: to begin anew would count again.
        """
        if not memory:
            return cls(source=source, since=start, until=start)
        head, _, body = memory.partition(b"\n")
        try:
            found = json.loads(head)
            if found["version"] not in READABLE:
                raise ProbeError(Reason.PLUGIN, "a newer version has counted before: install it again")
            end = found["calls"] * CALL.size
            calls: dict[bytes, int] = dict(CALL.iter_unpack(body[:end]))
            start, end = end, end + found.get("told", 0) * CALL.size
            told: dict[bytes, int] = dict(CALL.iter_unpack(body[start:end]))
            state = cls(source=source, since=int(found["since"]), until=int(found["until"]), last_calls=calls)
            if found["source"] == source:
                state.told, state.rest = told, body[end:]
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise ProbeError(Reason.PLUGIN, "it cannot be read where the newest run stopped") from error
        return state

    def written(self) -> bytes:
        """Return the memory that holds it."""
        newest = sorted(self.last_calls.items(), key=lambda one: one[1])[-MOST_CALLS:]
        head = {
            "version": VERSION,
            "source": self.source,
            "since": self.since,
            "until": self.until,
            "calls": len(newest),
            "told": len(self.told),
        }
        body = b"".join(CALL.pack(key, max(at, 0)) for key, at in (*newest, *self.told.items()))
        return json.dumps(head, separators=(",", ":")).encode() + b"\n" + body + self.rest

    def learn(self, newest: Mapping[str, float]) -> None:
        """Take the newest calls of connections."""
        for connection, at in newest.items():
            key = digest(connection)
            self.last_calls[key] = max(self.last_calls.get(key, 0), int(at))

    def last_call(self, connection: str) -> int | None:
        """Return when the newest call of a connection was made; None when none has been counted."""
        return self.last_calls.get(digest(connection))
