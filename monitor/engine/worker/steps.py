"""The steps of a run in the loop: each is marked while it lasts, and its processor time counted."""

import asyncio
import time
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from types import coroutine
from typing import Any, Protocol


class Stepping(Protocol):
    """What a run keeps of its steps."""

    number: int
    cpu_nanoseconds: int
    tasks: set[asyncio.Task[Any]]
    words: memoryview


RUN: ContextVar[Stepping] = ContextVar("RUN")
"""The run on whose behalf code is executing; tasks and threads that the run starts inherit it."""


class PluginExitedError(Exception):
    """The plugin asked the whole process to exit."""


def tasks(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    """Make tasks; those that belong to a run are marked and end with it."""
    context = options.get("context")
    run = (context.get(RUN) if context is not None else None) or RUN.get(None)
    if run is None:
        return asyncio.Task(work, loop=loop, **options)
    task: asyncio.Task[Any] = asyncio.Task(_marked(work, run), loop=loop, **options)
    run.tasks.add(task)
    task.add_done_callback(run.tasks.discard)
    return task


async def _marked(work: Coroutine[Any, Any, Any], run: Stepping) -> Any:
    return await _steps(work, run)


@coroutine
def _steps(work: Coroutine[Any, Any, Any], run: Stepping) -> Generator[Any, Any, Any]:
    step: Any = work.send
    argument: Any = None
    words, number = run.words, run.number
    while True:
        before = words[0]
        words[1] = time.monotonic_ns()
        words[0] = number
        began = time.thread_time_ns()
        try:
            awaited = step(argument)
        except StopIteration as end:
            return end.value
        except (SystemExit, KeyboardInterrupt) as error:
            raise PluginExitedError(f"the plugin raised {type(error).__name__}") from error
        finally:
            run.cpu_nanoseconds += time.thread_time_ns() - began
            words[0] = before
        try:
            argument = yield awaited
            step = work.send
        except BaseException as error:  # noqa: BLE001 - what is thrown in, a cancellation for one, belongs to the work
            argument = error
            step = work.throw
