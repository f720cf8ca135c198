"""While a run holds the loop its number stands in the marker, and the processor time of its steps is counted."""

import asyncio
from contextvars import copy_context

import pytest

from monitor.engine.worker.steps import RUN, PluginExitedError, tasks


class Stepping:
    def __init__(self, number, words):
        self.number = number
        self.words = words
        self.cpu_nanoseconds = 0
        self.tasks = set()


@pytest.fixture
def words():
    return memoryview(bytearray(16)).cast("Q")


async def run(work, stepping):
    asyncio.get_running_loop().set_task_factory(tasks)
    context = copy_context()
    context.run(RUN.set, stepping)
    return await asyncio.get_running_loop().create_task(work, context=context)


async def test_number_stands_in_the_marker_during_steps_and_not_between_them(words):
    seen = []

    async def work():
        seen.append(words[0])
        asyncio.get_running_loop().call_soon(lambda: seen.append(words[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        seen.append(words[0])

    await run(work(), Stepping(7, words))

    assert seen == [7, 0, 7]
    assert words[0] == 0
    assert words[1] > 0


async def test_tasks_that_a_run_starts_are_its_own(words):
    async def inner():
        await asyncio.sleep(0)
        return words[0]

    async def work():
        return await asyncio.gather(inner(), inner())

    assert await run(work(), Stepping(7, words)) == [7, 7]


async def test_tasks_of_nobody_are_left_alone(words):
    asyncio.get_running_loop().set_task_factory(tasks)

    async def work():
        return words[0]

    assert await asyncio.get_running_loop().create_task(work()) == 0


async def test_results_errors_and_cancellations_pass_through(words):
    stepping = Stepping(7, words)

    async def survive():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "survived"

    async def fail():
        await asyncio.sleep(0)
        raise LookupError("gone")

    async def cancelled_once():
        task = asyncio.create_task(survive())
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert await run(cancelled_once(), stepping) == "survived"
    with pytest.raises(LookupError, match="gone"):
        await run(fail(), stepping)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
async def test_exit_becomes_an_error_that_does_not_stop_the_loop(words, error):
    async def work():
        raise error

    with pytest.raises(PluginExitedError, match=type(error).__name__):
        await run(work(), Stepping(7, words))


async def test_processor_time_of_the_steps_is_counted_and_waiting_is_not(words):
    stepping = Stepping(7, words)

    async def work():
        for _ in range(3):
            sum(range(100_000))
            await asyncio.sleep(0.05)

    await run(work(), stepping)

    assert 500_000 < stepping.cpu_nanoseconds < 140_000_000
    assert stepping.tasks == set()
