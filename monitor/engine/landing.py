"""What becomes of a result: believed, doubted, or thrown away and looked for again."""

import asyncio
from collections.abc import Callable

from monitor.engine.books import Books
from monitor.engine.doubt import Doubt, is_answer, is_distrusted, of_lag, of_our_network
from monitor.engine.run import Run
from monitor.engine.turns import Turn
from monitor.observation import Observation, Reason


class Landing:
    """From the end of a run to its outcome.

    A result measured while the loop stood still is thrown away, and so is a name that does not resolve when a fresh
    resolver knows it; the run is made anew at once, or at a gentle pace when many are. That happens once: the second
    time in a row the first is unknown, and the other is believed.
    """

    def __init__(self, books: Books, doubt: Doubt, freed: Callable[[Turn], None]) -> None:
        self._books = books
        self._doubt = doubt
        self._freed = freed
        self._doubted: set[asyncio.Task[None]] = set()

    def landed(self, run: Run, observation: Observation, may_be_ours: bool) -> None:  # noqa: FBT001
        """Take the result of a run."""
        books = self._books
        turn = books.turns.get(run.check.id)
        if turn is None or turn.run is not run:
            return
        books.slots.release(turn.agency, turn.check.host)
        if run.due is not None:
            books.vitals.start_lateness.add(max(0.0, run.began - run.due))
        if run.lost_seconds and is_distrusted(run, observation):
            if turn.again == "lagged":
                self._hand_on(turn, run, of_lag(run))
            else:
                self._look_again(turn, "lagged")
        elif may_be_ours and turn.is_remote:
            task = asyncio.get_running_loop().create_task(self._look_into(turn, run, observation))
            self._doubted.add(task)
            task.add_done_callback(self._doubted.discard)
        else:
            if turn.is_remote:
                if observation.reason is Reason.NETWORK:
                    self._doubt.cut_off(turn.agency, run)
                elif run.check.host and is_answer(observation):
                    self._doubt.answered(turn.agency, run)
            self._hand_on(turn, run, observation)

    def close(self) -> None:
        """Look into nothing any more."""
        for task in self._doubted:
            task.cancel()
        self._doubt.close()

    async def _look_into(self, turn: Turn, run: Run, observation: Observation) -> None:
        is_news = observation.reason is Reason.DNS and turn.reason is not Reason.DNS and not turn.again
        if await self._doubt.is_our_network(run):
            observation = of_our_network(observation)
        elif is_news and await self._doubt.resolves_after_all(run):
            if self._books.turns.holds(turn):
                self._look_again(turn, "dns")
            return
        if self._books.turns.holds(turn):
            self._hand_on(turn, run, observation)

    def _look_again(self, turn: Turn, why: str) -> None:
        turn.run = None
        turn.again = why
        self._books.vitals.rerun[why] += 1
        if turn.due is None:
            self._books.pace.add(turn.check.id)
        else:  # its next beat waits already
            self._freed(turn)

    def _hand_on(self, turn: Turn, run: Run, observation: Observation) -> None:
        turn.run = None
        turn.again = ""
        turn.reason, turn.readings = observation.reason, observation.readings
        if turn.due is not None:
            self._freed(turn)
        self._books.emit(self._books.outcomes.of(run, observation))
