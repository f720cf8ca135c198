"""One run of a check: observed in the place its probe asks for, whatever it does.

A synchronous ``observe`` runs in a thread, where nothing can be awaited. Its vantage therefore offers ``name``,
``now``, ``deadline``, ``inbox``, ``memory``, ``exchanges``, ``reveal``, ``note``, ``judged``, ``phase`` and ``tls``
only; anything else raises and the check is unknown. A thread cannot be cancelled either: the run counts as abandoned
until its function returns.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from monitor.engine.needs import Network, RunVantage, Workers
from monitor.engine.threads import Threads
from monitor.inventory import Check
from monitor.measure import Reading
from monitor.observation import Observation, Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.probe import Where

IN_THREADS = frozenset(
    {"name", "now", "deadline", "inbox", "memory", "exchanges", "reveal", "note", "judged", "phase", "tls"}
)
"""What a synchronous probe may use of its vantage."""


@dataclass(eq=False, slots=True)
class Run:
    """One run, under way or over.

    Attributes:
        due: The beat it keeps, None beside the beats; all moments are on the monotonic clock.
        landed: Is told the observation, once, and whether the failure may be our own network's.
        awaited: What its probe waits for right now, as a person reads it if it never comes; the newest last.
        lost_seconds: How long the loop stood still meanwhile; while the run is under way, of all time before it.
        deadline: Its place among the deadlines.
        like: The readings of the run before, which are known to be in order.
        is_over: Its result is decided; the task may live on for a while.
        is_dismissed: It was cancelled before it ended by itself.
        memory: What its probe wrote for the next run; None unless it ended by itself.
    """

    check: Check
    due: float | None
    landed: "Landed"
    began: float = 0.0
    ended: float = 0.0
    lost_seconds: float = 0.0
    deadline: int = 0
    like: Sequence[Reading] = ()
    is_over: bool = False
    is_dismissed: bool = False
    vantage: RunVantage | None = None
    task: asyncio.Task[None] | None = None
    phases: Mapping[str, float] | None = None
    noted: Sequence[Reading] = ()
    memory: bytes | None = None
    awaited: Sequence[str] = ()

    @property
    def duration_seconds(self) -> float:
        """From its first step to its result."""
        return self.ended - self.began


Landed = Callable[[Run, Observation, bool], None]


class ThreadVantage:
    """The part of a vantage that works in a thread."""

    def __init__(self, vantage: RunVantage) -> None:
        self._vantage = vantage

    def __getattr__(self, name: str) -> Any:
        if name in IN_THREADS:
            return getattr(self._vantage, name)
        raise ProbeError(Reason.PLUGIN, f"a synchronous observe cannot use vantage.{name}; make it async")


@dataclass(frozen=True, slots=True)
class Places:
    """Where runs take place."""

    network: Network
    workers: Workers
    threads: Threads

    async def observe(self, run: Run, deadline: float) -> object:
        """Return whatever the probe of a run returns, from where it wants to run."""
        check = run.check
        if check.where is Where.WORKER:
            result = await self.workers.observe(check, deadline)
            run.phases, run.noted, run.memory = result.phases, result.noted, result.memory
            return result.observation
        run.vantage = vantage = self.network.vantage(check, deadline)
        if check.where is Where.THREAD:
            # The Protocol is the asynchronous one; that this probe is synchronous is what ``where`` says.
            look: Callable[[Any], Any] = check.probe.observe
            context = copy_context()
            return await outlast(self.threads.call(lambda: context.run(look, ThreadVantage(vantage))))
        return await check.probe.observe(vantage)


async def outlast(future: asyncio.Future[Any]) -> Any:
    """Wait for a thread, after a first cancellation too: the run is not over while its thread lives."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        raise
