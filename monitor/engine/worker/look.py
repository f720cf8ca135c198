"""One run inside the plugin's process: observed, ended at its deadline, and what it came to put into plain values."""

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from contextvars import copy_context
from threading import get_ident
from typing import Any, cast

from monitor.engine.explanation import explain
from monitor.engine.needs import RunVantage
from monitor.engine.run import ThreadVantage
from monitor.engine.threads import Threads
from monitor.engine.worker.scope import Scope
from monitor.engine.worker.stalls import this_thread, waits_for_network
from monitor.engine.worker.steps import RUN
from monitor.observation import Observation, Reason, down, unknown
from monitor.plugin.patience import noting
from monitor.plugin.probe import Probe

EARLY_SECONDS = 0.002
"""uvloop's timers count from the start of its turn, so after a long one they go off early."""
CANCEL_SECONDS = 0.1
"""How long a run may take to end once it is cancelled."""


class Look:
    """One run of a probe.

    Attributes:
        number: Of the run, as the daemon counts.
        stuck: Why it cannot be ended short of ending the process; empty when it can.
        worn: Why the process had better be replaced; empty when it need not.
        error: What the plugin raised; None when it did not.
        task: Its own; of a synchronous probe, what waits for the thread.
        tasks: Those that the run started and that have not ended.
        connects: Whether the run opened connections without its vantage, as drivers do.
    """

    def __init__(self, number: int, vantage: RunVantage, scope: Scope, words: memoryview) -> None:
        self.number = number
        self.vantage = vantage
        self.scope = scope
        self.words = words
        self.cpu_nanoseconds = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.connects = False
        self.stuck = ""
        self.worn = ""
        self.error: BaseException | None = None
        self.seen: object = None
        self._ended: Callable[[Look], None] = _nobody
        self._late: Observation | None = None
        self._awaited: Sequence[str] = ()
        self.task: asyncio.Future[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._thread = ""
        self._thread_clock = 0
        self._thread_began = 0.0
        self._is_synchronous = False

    def start(self, probe: Probe, deadline: float, threads: Threads | None, ended: Callable[["Look"], None]) -> None:
        """Begin; ``ended`` is told once, whatever happens. Given ``threads``, the probe is a synchronous one."""
        loop = asyncio.get_running_loop()
        self._ended = ended
        context = copy_context()
        context.run(RUN.set, self)
        self._awaited = context.run(noting)
        try:
            if threads is None:
                self.task = loop.create_task(context.run(probe.observe, self.scope), context=context)
            else:
                self._is_synchronous = True
                self.task = threads.call(lambda: context.run(self._in_thread, probe))
        except Exception as error:  # noqa: BLE001 - foreign code
            self.error = error
            self._end(explain(error))
            return
        self.task.add_done_callback(self._done)
        self._timer = loop.call_later(max(0.0, deadline - time.monotonic()), self._out_of_time, deadline)

    @property
    def remembered(self) -> bytes | None:
        """What the run wrote into its memory, if it ended by itself and well; None otherwise."""
        return self.scope.remembered if self._late is None and self.error is None else None

    def cancel(self) -> None:
        """End the run, because nobody waits for it any more."""
        self._give_up(unknown(Reason.WORKER, "the run was cancelled"))

    def cpu_seconds(self) -> float:
        """Return the processor time used so far, the step under way not counted."""
        used = self.cpu_nanoseconds / 1e9
        if self._thread and self._late is None:
            used += time.clock_gettime(time.pthread_getcpuclockid(self._thread_clock)) - self._thread_began
        return used

    def overspent(self, seconds: float) -> None:
        """End the run, because it used too much processor time."""
        self._give_up(unknown(Reason.PLUGIN, f"it used more than {seconds:g} s of processor time"))

    def _in_thread(self, probe: Probe) -> object:
        self._thread_clock = get_ident()
        self._thread_began = time.thread_time()
        self._thread = this_thread()
        # The Protocol is the asynchronous one; this probe's observe is an ordinary function.
        return cast("Callable[[Any], object]", probe.observe)(ThreadVantage(cast("RunVantage", self.scope)))

    def _out_of_time(self, deadline: float) -> None:
        """Tell a target that stalls, which is down, from a plugin that does, of which nothing is known."""
        if (left := deadline - time.monotonic()) > EARLY_SECONDS:
            self._timer = asyncio.get_running_loop().call_later(left, self._out_of_time, deadline)
            return
        if self._is_synchronous:
            stalls = self._thread != "" and waits_for_network(self._thread)
        else:
            stalls = self.scope.is_waiting or self.connects
        if stalls:
            failure = "".join(self._awaited[-1:])
            self._give_up(down(Reason.TIMEOUT, failure) if failure else explain(TimeoutError()), may_stay=True)
        else:
            self._give_up(unknown(Reason.PLUGIN, "it ran out of time, and not because it waited for the network"))

    def _give_up(self, observation: Observation, *, may_stay: bool = False) -> None:
        if self._late is not None or self.task is None or self.task.done():
            return
        self._late = observation
        if self._is_synchronous:
            self.stuck = "" if may_stay else "its thread does not return"
            self._end(observation)
            return
        self.task.cancel()
        asyncio.get_running_loop().call_later(CANCEL_SECONDS, self._still_there)

    def _still_there(self) -> None:
        if self._late is not None and self.task is not None and not self.task.done():
            self.stuck = "it does not end when cancelled"
            self._end(unknown(Reason.WORKER, "the plugin did not end when its time was up"))

    def _done(self, task: asyncio.Future[Any]) -> None:
        if task.cancelled():
            self._end(self._late or explain(asyncio.CancelledError()))
        elif (error := task.exception()) is not None:
            self.error = error if self._late is None else None
            self._end(self._late or explain(error))
        else:
            self.seen = task.result()
            self._end(self._late or self.seen)

    def _end(self, seen: object) -> None:
        ended, self._ended = self._ended, _nobody
        if self._timer is not None:
            self._timer.cancel()
        for task in [*self.tasks]:
            task.cancel()
        self.seen = seen
        ended(self)
        self.vantage.close()


def trace(error: BaseException) -> str:
    """Return the traceback of an exception, the frames of the plugin's own code only."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "/monitor/engine/worker/" not in frame.filename
    ]
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])


def _nobody(_: Look) -> None:
    """Stand in for who was told already."""
