"""Connections that wait to be located anew because a hop of theirs changed: a hub has thousands."""

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
        self._waiting: dict[TargetId, datetime] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, hop: TargetTrack, began: datetime) -> None:
        """Have all connections over a hop located anew."""
        for connection in hop.through:
            self._waiting[connection.id] = began

    def take(self, most: int) -> list[tuple[TargetId, datetime]]:
        """Take the next ones out, those that have waited longest first."""
        chosen = [one for one, _ in zip(self._waiting, range(most), strict=False)]
        return [(one, self._waiting.pop(one)) for one in chosen]


def concerns(before: Confirmed | None, now: Confirmed) -> bool:
    """Return whether a change of a hop can change where a connection over it is broken."""
    if before is None:
        return now.reason is not Reason.PENDING
    return before.status is not now.status or before.reason is not now.reason
