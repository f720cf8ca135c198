"""Connections that wait to be located anew because a hop of theirs changed or was looked at: a hub has thousands."""

from collections.abc import Container
from datetime import datetime

from monitor.inventory import TargetId
from monitor.judge.track import TargetTrack
from monitor.observation import Reason
from monitor.outcome import Confirmed

AT_ONCE = 50
"""With the change itself: some 4 ms when each has news."""
BESIDE_A_RUN = 4
"""With each outcome that comes in meanwhile."""
EACH_SECOND = 200


class Spreading:
    """Who has yet to be told of a change, and when it began."""

    def __init__(self) -> None:
        self._waiting: dict[TargetId, datetime | None] = {}
        self._asked: dict[TargetId, set[TargetId]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, hop: TargetTrack, began: datetime) -> None:
        """Have all connections over a hop located anew."""
        for connection in hop.through:
            self._waiting[connection.id] = began

    def ask(self, hop: TargetTrack, connection: TargetId) -> bool:
        """Have a connection located anew at the next look at a hop; return whether it is the first to ask."""
        asking = self._asked.setdefault(hop.id, set())
        asking.add(connection)
        return len(asking) == 1

    def answer(self, hop: TargetTrack) -> None:
        """Have the connections located anew that await a look at a hop; their states stay."""
        for connection in self._asked.pop(hop.id, ()):
            self._waiting.setdefault(connection, None)

    def keep(self, hops: Container[TargetId]) -> None:
        """Let go of looks at hops that are gone."""
        self._asked = {hop: asking for hop, asking in self._asked.items() if hop in hops}

    def take(self, most: int) -> list[tuple[TargetId, datetime | None]]:
        """Take the next ones out, those that have waited longest first, with when the change began.

        None when nothing changed, and a look is all that came.
        """
        chosen = [one for one, _ in zip(self._waiting, range(most), strict=False)]
        return [(one, self._waiting.pop(one)) for one in chosen]


def concerns(before: Confirmed | None, now: Confirmed) -> bool:
    """Return whether a change of a hop can change where a connection over it is broken."""
    if before is None:
        return now.reason is not Reason.PENDING
    return before.status is not now.status or before.reason is not now.reason
