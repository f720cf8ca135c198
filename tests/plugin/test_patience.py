"""What a run waits for is known while it waits, whichever of its tasks does, and the wait is left as it is."""

import asyncio
from contextvars import copy_context

import pytest

from monitor.plugin.patience import awaiting, noting


async def test_newest_of_what_is_waited_for_is_the_last():
    awaited = noting()

    with awaiting("no turn came"):
        with awaiting("no message came"):
            assert [*awaited] == ["no turn came", "no message came"]
        assert [*awaited] == ["no turn came"]
    assert [*awaited] == []


async def test_tasks_that_wait_side_by_side_take_back_their_own():
    awaited = noting()

    async def wait(failure: str, event: asyncio.Event) -> None:
        with awaiting(failure):
            await event.wait()

    first, second = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        one = group.create_task(wait("no answer to the first", first))
        group.create_task(wait("no answer to the second", second))
        await asyncio.sleep(0)
        assert [*awaited] == ["no answer to the first", "no answer to the second"]
        first.set()
        await one
        assert [*awaited] == ["no answer to the second"]
        second.set()


async def test_runs_know_of_their_own_waits_only():
    async def run() -> list[str]:
        awaited = noting()
        await asyncio.sleep(0)
        return [*awaited]

    noting()
    with awaiting("no greeting came"):
        assert await asyncio.create_task(run()) == []


@pytest.mark.parametrize("error", [TimeoutError(110, "Connection timed out"), asyncio.CancelledError()])
def test_whatever_ends_the_wait_is_left_as_it_is(error):
    def wait() -> None:
        awaited = noting()
        with pytest.raises(type(error)) as told, awaiting("no greeting came"):
            raise error
        assert told.value is error
        assert [*awaited] == []

    copy_context().run(wait)


def test_outside_a_run_nobody_is_told():
    with awaiting("no greeting came"):
        pass
    with awaiting("no greeting came"):
        assert copy_context().run(noting) == []
