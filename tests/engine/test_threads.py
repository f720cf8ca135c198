"""Synchronous probes run beside each other, and one that hangs takes nobody else's thread."""

import asyncio
import threading

import pytest

from monitor.engine.threads import Threads
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


async def test_a_function_runs_in_another_thread():
    threads = Threads()

    ident = await threads.call(threading.get_ident)

    assert ident != threading.get_ident()
    threads.close()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), ProbeError(Reason.TLS, "x")])
async def test_whatever_a_function_raises_arrives(error):
    threads = Threads()

    def work():
        raise error

    with pytest.raises(type(error)):
        await asyncio.wait_for(asyncio.shield(threads.call(work)), 5)
    assert threads.busy == 0
    threads.close()


async def test_a_function_that_raises_stop_iteration_is_heard_too():
    threads = Threads()

    with pytest.raises(RuntimeError):
        await threads.call(lambda: next(iter(())))
    threads.close()


async def test_hung_threads_do_not_starve_others():
    threads = Threads(limit=8)
    gate = threading.Event()
    hung = [threads.call(gate.wait) for _ in range(7)]

    answers = [await asyncio.wait_for(threads.call(lambda: 42), 5) for _ in range(20)]

    assert answers == [42] * 20
    gate.set()
    await asyncio.gather(*hung)
    threads.close()


async def test_when_all_threads_hang_the_reason_is_said():
    threads = Threads(limit=2)
    gate = threading.Event()
    hung = [threads.call(gate.wait) for _ in range(2)]

    with pytest.raises(ProbeError, match="all 2 threads") as refused:
        threads.call(lambda: 42)

    assert refused.value.reason is Reason.RESOURCES
    gate.set()
    await asyncio.gather(*hung)
    assert await threads.call(lambda: 42) == 42
    threads.close()


async def test_an_idle_thread_is_used_again():
    threads = Threads()

    names = {await threads.call(lambda: threading.current_thread().name) for _ in range(10)}

    assert len(names) == 1
    threads.close()
