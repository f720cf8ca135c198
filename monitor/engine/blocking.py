"""Naming the line that blocks the event loop, seen from a thread beside it."""

import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import structlog

from monitor.engine.run import Run

LOOKS_PER_LIMIT = 2


class Watch:
    """A daemon thread that looks at the loop's stack while the loop is late, and logs once for each stall.

    A call that holds the interpreter lock all the time keeps this thread from looking until it returns.
    """

    def __init__(self, limit_seconds: float, late: Callable[[], float]) -> None:
        self._limit = limit_seconds
        self._late = late
        self._stop = threading.Event()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Watch the thread that calls this."""
        self._stop.clear()
        arguments = (threading.get_ident(), self._stop)
        threading.Thread(target=self._look, args=arguments, name="loop-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _look(self, ident: int, stop: threading.Event) -> None:
        is_told = False
        while not stop.wait(self._limit / LOOKS_PER_LIMIT):
            if self._late() <= self._limit:
                is_told = False
            elif not is_told:
                is_told = True
                frame = sys._current_frames().get(ident)  # noqa: SLF001 - the documented way to another thread's stack
                self._log.warning("loop.blocked", **culprit(frame))


def culprit(frame: FrameType | None) -> dict[str, str]:
    """Return where a stack stands, and the check whose run is on it, if any."""
    facts: dict[str, str] = {}
    for inner in frames(frame):
        name = inner.f_code.co_filename
        facts.setdefault("at", f"{name.rpartition('/')[2]}:{inner.f_lineno} in {inner.f_code.co_name}")
        run = inner.f_locals.get("run") if inner.f_code.co_name == "_look" else None
        if isinstance(run, Run):
            facts |= {"check": run.check.id, "plugin": run.check.plugin}
    return facts


def frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a stack, the innermost frame first."""
    while frame is not None:
        yield frame
        frame = frame.f_back
