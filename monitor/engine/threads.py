"""Threads for probes whose ``observe`` is an ordinary function."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

Job = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


class Threads:
    """Daemon threads that start when needed and stay for the next job, up to a limit.

    Daemon threads, because one that hangs must not keep the process from ending. A hung one is not waited for: another
    starts in its place, until so many hang that the limit is reached.
    """

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._started = 0
        self._busy = 0

    @property
    def busy(self) -> int:
        """Threads at work, hung ones included."""
        return self._busy

    def call(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a function in a thread; the future has its result or exception, SystemExit among them.

        Raises:
            ProbeError: Every thread allowed is at work.
        """
        if self._busy >= self._limit:
            raise ProbeError(Reason.RESOURCES, f"all {self._limit} threads for synchronous probes are at work")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._busy >= self._started:
            try:
                Thread(target=work_off, args=(self._jobs,), name=f"probe-{self._started}", daemon=True).start()
            except RuntimeError as error:
                raise ProbeError(Reason.RESOURCES, "no thread can be started") from error
            self._started += 1
        self._busy += 1
        future.add_done_callback(self._ended)
        self._jobs.put((work, future, loop))
        return future

    def close(self) -> None:
        """Let idle threads end; one at work ends after its job."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._busy -= 1


def work_off(jobs: SimpleQueue[Job | None]) -> None:
    """Do jobs until told to end."""
    while (job := jobs.get()) is not None:
        work, future, loop = job
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - foreign code; SystemExit must not end the thread
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, future, result, error)


def settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    """Hand a result over, in the loop's thread."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error if not isinstance(error, StopIteration) else RuntimeError("StopIteration"))
