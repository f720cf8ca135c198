"""The newest heartbeats of a check, kept in its memory from one life of the monitor to the next."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.plugin import Heartbeat, HeartbeatState, Inbox, Memory, ProbeError, Vantage

COVER = "***"


class KeptInbox:
    """An inbox, and behind it what had come before the monitor began anew; fulfils ``monitor.plugin.Inbox``.

    Without a history, or as long as it cannot be read, there is the inbox alone.
    """

    def __init__(self, vantage: Vantage) -> None:
        self._inbox: Inbox = vantage.inbox
        self._memory = _memory(vantage)
        self._former = _read(self._memory.read()) if self._memory is not None else ()

    @property
    def since(self) -> datetime:
        """From when on heartbeats have been taken; what was sent shortly before it is lost."""
        return self._inbox.since

    def newest(self, *states: HeartbeatState) -> Heartbeat | None:
        """Return the newest heartbeat in one of these states, or in any."""
        if (found := self._inbox.newest(*states)) is not None:
            return found
        former = [one for one in self._former if not states or one.state in states]
        if not former:
            return None
        # The clock may have been set back in between.
        return replace(former[-1], received=min(former[-1].received, self.since))

    def keep(self, token: str) -> None:
        """Write down what is new; ``token`` is covered where a sender repeats it."""
        if self._memory is None:
            return
        newest = [one for state in HeartbeatState if (one := self.newest(state)) is not None]
        written = _written(sorted(newest, key=lambda one: one.received), token)
        if newest and written != self._memory.read():
            self._memory.write(written)


def _memory(vantage: Vantage) -> Memory | None:
    try:
        vantage.memory.read()
    except ProbeError:
        return None
    return vantage.memory


def _written(heartbeats: Iterable[Heartbeat], token: str) -> bytes:
    kept = [
        {
            "state": one.state,
            "received": one.received.isoformat(timespec="milliseconds"),
            "message": one.message.replace(token, COVER),
            "readings": dict(one.readings),
            "run_id": one.run_id.replace(token, COVER),
        }
        for one in heartbeats
    ]
    return json.dumps(kept, separators=(",", ":")).encode()


def _read(written: bytes) -> Sequence[Heartbeat]:
    """Return the heartbeats in the order they came in; none of what we have not written."""
    try:
        return [
            Heartbeat(
                received=datetime.fromisoformat(one["received"]),
                state=HeartbeatState(one["state"]),
                message=one["message"],
                readings=one["readings"],
                run_id=one["run_id"],
            )
            for one in json.loads(written)
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
