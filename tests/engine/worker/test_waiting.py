"""Runs wait their turn for a process, and not beyond their deadline."""

import asyncio
from types import SimpleNamespace

import pytest
from engine.worker.place import check

from monitor.engine.worker.life import Run
from monitor.engine.worker.waiting import Waiting
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


def run(number, deadline=10.0, *, is_suspect=False):
    looked = check("up", name=f"check-{number}")
    result = asyncio.get_running_loop().create_future()
    return Run(number, looked, looked.probe, deadline, [], result, is_suspect=is_suspect)


def life(*runs):
    return SimpleNamespace(runs={one.number: one for one in runs})


async def test_first_come_first_served_up_to_the_limit():
    waiting = Waiting()
    first, second = run(1), run(2)
    waiting.add(first)
    waiting.add(second)

    assert waiting.next(life(), 1) is first
    assert waiting.next(life(first), 1) is None
    assert waiting.next(life(first), 2) is second


async def test_runs_that_lost_their_process_come_before_all_others():
    waiting = Waiting()
    lost, newer, new = run(1), run(2), run(3)
    waiting.add(new)

    waiting.put_back([lost, newer])

    assert [waiting.next(life(), 1) for _ in range(3)] == [lost, newer, new]


async def test_suspect_runs_alone():
    waiting = Waiting()
    suspect, other = run(1, is_suspect=True), run(2)
    waiting.add(suspect)
    waiting.add(other)

    assert waiting.next(life(run(3)), 10) is None
    assert waiting.next(life(), 10) is suspect
    assert waiting.next(life(suspect), 10) is None
    assert waiting.next(life(), 10) is other


async def test_run_that_waits_beyond_its_deadline_fails_and_says_why():
    waiting = Waiting()
    late, early = run(1, deadline=10.0), run(2, deadline=20.0)
    waiting.add(late)
    waiting.add(early)

    waiting.expire(10.0, "no slot")

    with pytest.raises(ProbeError, match="no slot") as caught:
        late.result.result()
    assert caught.value.reason is Reason.WORKER
    assert waiting.next(life(), 1) is early


async def test_run_that_nobody_waits_for_is_not_given_out():
    waiting = Waiting()
    cancelled = run(1)
    cancelled.result.cancel()
    waiting.add(cancelled)

    assert waiting.next(life(), 1) is None
