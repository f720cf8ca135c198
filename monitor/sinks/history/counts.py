"""How many members of a programme were connected, day by day, where nothing else remembers it: checks have no dates."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.inventory import ByCheck, Inventory, Programme, ProgrammeId
from monitor.judge.coverage import Coverage, Membership, State, census, coverage
from monitor.outcome import Event, InventoryReplaced
from monitor.sinks.history.batch import DayCount

EVERY = timedelta(minutes=10)
"""How often each programme is counted; the highest number of a day stands."""
MOST_UNKNOWN = 0.1
"""Of the members that checks look at: when more are unknown the number says nothing, after a start for instance."""

Record = Callable[[ProgrammeId, DayCount], None]


class Counts:
    """A sink that counts programmes one at a time, so that the loop never waits for all of them."""

    def __init__(self, state: State, record: Record) -> None:
        self._state = state
        self._record = record
        self._inventory = Inventory()
        self._waiting: deque[Programme] = deque()
        self._next_round = 0.0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, InventoryReplaced):
            self._inventory = event.inventory
            self._waiting.clear()

    def look(self, now: datetime, monotonic: float) -> None:
        """Count one programme whose turn it is; call it about once a second.

        Args:
            now: On the wall clock, which says what day it is.
            monotonic: Seconds.
        """
        if not self._waiting and monotonic >= self._next_round:
            self._next_round = monotonic + EVERY.total_seconds()
            programmes = self._inventory.programmes.values()
            self._waiting.extend(one for one in programmes if isinstance(one.measured, ByCheck))
        if self._waiting:
            self._count(self._waiting.popleft(), now)

    def _count(self, programme: Programme, now: datetime) -> None:
        today = now.astimezone(self._inventory.time_zone).date()
        found = coverage(programme, census(programme, self._inventory), self._state, today)
        if found is not None and found.connected is not None and is_telling(found):
            self._record(programme.id, DayCount(today, found.connected, found.required))


def is_telling(found: Coverage) -> bool:
    """Tell whether so many members are known that their number says something."""
    looked_at = [one for one in found.members if one.seat.checks]
    unknown = sum(one.membership is Membership.UNKNOWN for one in looked_at)
    return unknown <= MOST_UNKNOWN * len(looked_at)
