"""Promise: every check is counted once, and counting lets others have the loop."""

import asyncio
from time import perf_counter

from web.pretend import check, inventory

from monitor.observation import Status
from monitor.outcome import PENDING, Confirmed
from monitor.web.listing import BREATH_SECONDS
from monitor.web.pages.survey import Tally, survey


def test_tally_counts_a_check_in_maintenance_there_only():
    tally = Tally()

    tally.add(Confirmed(Status.DOWN, None, PENDING.since, maintenance=True))
    tally.add(PENDING)
    tally.add(Confirmed(Status.UP, None, PENDING.since))

    assert (tally.down, tally.maintenance, tally.unknown, tally.pending, tally.up) == (0, 1, 1, 1, 1)
    assert (tally.total, tally.broken) == (3, 0)


async def test_survey_lets_others_have_the_loop():
    there = inventory(*(check(f"hue/x{number}/y") for number in range(50)))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def slow(_: str) -> Confirmed:
        """Look a state up so slowly that a breath is due after each."""
        until = perf_counter() + BREATH_SECONDS
        while perf_counter() <= until:
            pass
        return PENDING

    counting = asyncio.create_task(count())
    found = await survey(there, slow, None)
    counting.cancel()

    assert found.all.total == len(there.checks)
    assert turns >= len(there.checks)
