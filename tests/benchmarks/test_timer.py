"""The timer calls in order, and never early."""

import asyncio
import time

from tests.benchmarks.timer import ExactTimer


async def test_calls_come_in_order_and_not_early():
    timer, calls = ExactTimer(), asyncio.Queue()
    began = time.monotonic()

    for milliseconds in (12, 4, 8):
        timer.later(milliseconds / 1000, lambda due=milliseconds: calls.put_nowait((due, time.monotonic() - began)))
    seen = [await asyncio.wait_for(calls.get(), 5) for _ in range(3)]
    timer.close()

    assert [due for due, _ in seen] == [4, 8, 12]
    assert all(took >= due / 1000 for due, took in seen)
