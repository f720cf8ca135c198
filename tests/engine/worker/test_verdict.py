"""The run that is to blame fails, and the others are made anew while there is time."""

import asyncio

import pytest
from engine.worker.place import check

from monitor.engine.worker.life import Run
from monitor.engine.worker.verdict import GRACE_SECONDS, HOLD_SECONDS, Verdict, overdue, settle


def run(number, deadline=10.0, lives=1):
    looked = check("up", name=f"check-{number}")
    result = asyncio.get_running_loop().create_future()
    return Run(number, looked, looked.probe, deadline, [], result, lives)


async def test_worker_that_answers_in_time_may_go_on():
    runs = [run(1), run(2)]

    assert overdue(runs, runs[0], HOLD_SECONDS / 2, now=10.0 + GRACE_SECONDS / 2) is None


async def test_run_that_holds_the_loop_is_to_blame_for_another_that_is_late():
    holder, late = run(1, deadline=60.0), run(2, deadline=10.0)

    verdict = overdue([holder, late], holder, held_seconds=0.5, now=10.0 + GRACE_SECONDS + 0.1)

    assert verdict.culprits == (holder,)


async def test_run_may_hold_the_loop_while_nobody_else_waits():
    alone = run(1, deadline=60.0)

    assert overdue([alone], alone, held_seconds=20.0, now=30.0) is None


async def test_run_that_holds_the_loop_while_others_wait_is_to_blame_soon():
    holder, other = run(1, deadline=60.0), run(2, deadline=60.0)

    verdict = overdue([holder, other], holder, held_seconds=HOLD_SECONDS + 0.1, now=5.0)

    assert verdict.culprits == (holder,)


async def test_late_runs_are_to_blame_when_nobody_holds_the_loop():
    late, other = run(1, deadline=10.0), run(2, deadline=20.0)

    verdict = overdue([late, other], None, 0.0, now=10.0 + GRACE_SECONDS + 0.1)

    assert verdict.culprits == (late,)


async def test_culprit_fails_and_siblings_run_again():
    culprit, sibling = run(1), run(2)

    settlement = settle([culprit, sibling], Verdict("why", (culprit,), is_clear=True), now=5.0)

    assert [failed for failed, _ in settlement.failed] == [culprit]
    assert settlement.again == (sibling,)
    assert not sibling.is_suspect


async def test_sibling_without_time_left_fails_and_says_why():
    culprit, sibling = run(1), run(2, deadline=5.01)

    settlement = settle([culprit, sibling], Verdict("it hung", (culprit,), is_clear=True), now=5.0)

    assert dict(settlement.failed)[sibling] == "its worker was lost, and no time is left for another: it hung"


async def test_only_run_of_a_process_that_ended_is_the_culprit():
    alone = run(1)

    settlement = settle([alone], Verdict("it crashed"), now=5.0)

    assert settlement.failed == ((alone, "its worker was ended: it crashed"),)


async def test_when_nobody_is_known_to_be_to_blame_every_run_is_a_suspect():
    runs = (run(1), run(2))

    settlement = settle(runs, Verdict("it crashed"), now=5.0)

    assert settlement.again == runs
    assert all(one.is_suspect for one in runs)


@pytest.mark.parametrize(("lives", "runs_again"), [(1, True), (2, True), (3, False)])
async def test_run_is_not_made_anew_for_ever(lives, runs_again):
    culprit, sibling = run(1), run(2, lives=lives)

    settlement = settle([culprit, sibling], Verdict("why", (culprit,), is_clear=True), now=5.0)

    assert (sibling in settlement.again) is runs_again


async def test_run_that_nobody_waits_for_is_left_alone():
    cancelled = run(1)
    cancelled.result.cancel()

    settlement = settle([cancelled], Verdict("why"), now=5.0)

    assert (settlement.failed, settlement.again) == ((), ())
