"""Starting what is due: one run of a check at a time, within the slots, a few in each turn of the loop."""

import asyncio
from collections import deque

from monitor.engine.books import Books
from monitor.engine.flight import Flight
from monitor.engine.run import Landed
from monitor.engine.turns import Turn
from monitor.inventory import CheckId
from monitor.observation import Reason

AT_ONCE = 4
"""So many start in each turn of the loop. Fewer cost more, for each turn asks the kernel what has come; of more, each
measures the first steps of the others along with its own."""
MANY = 50
"""One more starts for each so many that are ready: something else takes its time in each turn, a scrape for instance.
"""

WHY = {
    "running": "the run before had not ended",
    "process": "all slots of the monitor were taken",
    "agency": "all slots of the agency were taken",
    "host": "all slots of the target host were taken",
    "queue": "others were first in the queue",
}
"""What an operator reads about a skipped run, by the label under which it is counted."""


class Starts:
    """From due to under way.

    A run waits for a slot, or for the run before it, until its check's next beat; then it is skipped, and the next one
    takes its place in the queue.
    """

    def __init__(self, books: Books, flight: Flight, landed: Landed) -> None:
        self._books = books
        self._flight = flight
        self._landed = landed
        self._ready: deque[Turn] = deque()
        self._is_starting = False

    def keep_beat(self, check_id: CheckId, at: float) -> None:
        """Start the run of a beat as soon as it may."""
        turn = self._books.turns.get(check_id)
        if turn is None:
            return
        self._books.pace.drop(check_id)
        if turn.due is not None and turn.is_beat:
            self._skip(turn)
        is_waiting = turn.due is not None
        turn.due, turn.is_beat = at, True
        if not is_waiting:
            self.request(turn)

    def look_beside(self, check_id: CheckId, now: float) -> None:
        """Start a run beside the beat, unless one is under way or waits already."""
        turn = self._books.turns.get(check_id)
        if turn is not None and turn.run is None and turn.due is None:
            turn.due, turn.is_beat = now, False
            self.request(turn)

    def make_up(self, check_id: CheckId) -> None:
        """Note a beat that passed while the process stood still; the look is made up for at a gentle pace."""
        self._books.vitals.skipped["missed"] += 1
        self._books.pace.add(check_id)

    def request(self, turn: Turn) -> None:
        """Ask for a slot for a run that is due, once the run before it is over."""
        if turn.due is None or turn.run is not None or turn.is_admitted:
            return
        if self._flight.departures.is_leaving(turn.check.id):
            return
        refusal = self._flight.departures.refusal(turn.check)
        if refusal:
            turn.due = None
            self._books.skip(turn.check, "abandoned", Reason.PLUGIN, refusal)
        elif self._books.slots.admit(turn.check.id, turn.agency, turn.check.host):
            self._make_ready(turn)

    def settled(self, check_id: CheckId) -> None:
        """Go on with a check whose cancelled run has ended."""
        turn = self._books.turns.get(check_id)
        if turn is not None and turn.due is not None:
            self.request(turn)

    def start(self) -> None:
        """Start what has a slot: a few now, the rest in the next turns of the loop."""
        slots = self._books.slots
        for check_id in slots.admitted():
            turn = self._books.turns.get(check_id)
            if turn is not None:
                self._make_ready(turn)
        self._books.vitals.waiting = slots.waiting
        if self._ready and not self._is_starting:
            self._start_some()

    def drop(self, turn: Turn) -> None:
        """Forget a turn that is no longer in force, and its run."""
        check = turn.check
        self._books.slots.withdraw(check.id)
        self._books.pace.drop(check.id)
        if turn.run is not None and not turn.run.is_over:
            self._books.slots.release(turn.agency, check.host)
            self._flight.cancel(turn.run)

    def _make_ready(self, turn: Turn) -> None:
        turn.is_admitted = True
        self._ready.append(turn)

    def _start_some(self) -> None:
        self._is_starting = False
        for _ in range(min(AT_ONCE + len(self._ready) // MANY, len(self._ready))):
            turn = self._ready.popleft()
            due, turn.due, turn.is_admitted = turn.due, None, False
            if self._books.turns.holds(turn):
                turn.run = self._flight.start(turn.check, due if turn.is_beat else None, self._landed)
                turn.run.like = turn.readings
            else:
                self._books.slots.release(turn.agency, turn.check.host)
        if self._ready:
            self._is_starting = True
            asyncio.get_running_loop().call_soon(self._start_some)

    def _skip(self, turn: Turn) -> None:
        check = turn.check
        is_running = turn.run is not None or self._flight.departures.is_leaving(check.id)
        short = "running" if is_running else self._books.slots.shortage(check.agency, check.host) or "queue"
        self._books.skip(check, short, Reason.SKIPPED, WHY[short])
