"""Runs start one by one while there are few, and never pile up behind something else that takes the loop's time."""

import asyncio
from collections import Counter
from types import SimpleNamespace

from engine.stage import check, inventory

from monitor.engine.books import Books
from monitor.engine.pace import Pace
from monitor.engine.run import Run
from monitor.engine.slots import Slots
from monitor.engine.starts import AT_ONCE, MANY, Starts
from monitor.engine.turns import Turns
from monitor.settings import Slots as Limits
from monitor.vitals import Vitals


async def turns_of_start(count: int) -> list[int]:
    """Let so many runs be due at once; return the turn of the loop in which each started."""
    loop, turn, started = asyncio.get_running_loop(), 0, []

    all_started = asyncio.Event()

    def tick() -> None:
        nonlocal turn
        turn += 1
        if len(started) < count:
            loop.call_soon(tick)
        else:
            all_started.set()

    def start(check, due, landed) -> Run:
        started.append(turn)
        return Run(check, due, landed)

    checks = inventory(*(check(f"agency/t{number}/c") for number in range(count)))
    limits = Limits(process=10_000, agency=10_000, host=10_000)
    books = Books(Turns(), Slots(limits), Pace(), Vitals(), outcomes=None, emit=None)
    books.turns.replace(checks.checks)
    leaving = SimpleNamespace(is_leaving=lambda _: False, refusal=lambda _: "")
    starts = Starts(books, SimpleNamespace(departures=leaving, start=start), landed=None)
    for check_id in checks.checks:
        starts.keep_beat(check_id, 0.0)

    loop.call_soon(tick)
    loop.call_soon(starts.start)
    async with asyncio.timeout(10):
        await all_started.wait()
    return started


async def test_few_start_in_each_turn():
    turns = await turns_of_start(3 * AT_ONCE)

    assert sorted(Counter(turns).values()) == [AT_ONCE] * 3


async def test_a_backlog_goes_away_faster_the_longer_it_is():
    turns = await turns_of_start(20 * MANY)

    assert len(set(turns)) < 4 * MANY
    assert turns.count(turns[0]) > AT_ONCE >= turns.count(turns[-1])
