"""What was waited for in vain is named, once it is the deadline that ended the wait."""

import asyncio
import time
from dataclasses import dataclass

import pytest

from monitor.plugin import ProbeError, Reason
from monitor.plugin.patience import in_time


@dataclass
class Hurried:
    deadline: float


@pytest.mark.parametrize("left", [0.01, 0.0, -1.0])
async def test_wait_in_vain_says_what_for(left):
    with pytest.raises(ProbeError) as told:
        async with in_time(Hurried(time.monotonic() + left), "no greeting came in time"):
            await asyncio.Event().wait()

    assert (told.value.reason, told.value.detail) == (Reason.TIMEOUT, "no greeting came in time")


@pytest.mark.parametrize("error", [TimeoutError(110, "Connection timed out"), ValueError("other")])
async def test_any_other_end_is_left_as_it_is(error):
    with pytest.raises(type(error)) as told:
        async with in_time(Hurried(time.monotonic() + 60), "no greeting came in time"):
            raise error

    assert told.value is error


async def test_cancellation_from_outside_is_one():
    async def wait() -> None:
        async with in_time(Hurried(time.monotonic() + 60), "no greeting came in time"):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
