"""Something that moves while a person waits longer than a second; nothing when nobody looks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

AFTER_SECONDS = 1.0


@contextmanager
def progress(doing: str, after_seconds: float = AFTER_SECONDS) -> Iterator[None]:
    """Show on a terminal's standard error what is being done, once it takes longer than ``after_seconds``."""
    if not sys.stderr.isatty():  # a daemon need not carry what draws
        yield
        return
    waiting = _Waiting(doing)
    timer = Timer(after_seconds, waiting.begin)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        waiting.end()


class _Waiting:
    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._lock = Lock()
        self._is_over = False
        self._status: Status | None = None

    def begin(self) -> None:
        from rich.console import Console
        from rich.text import Text

        from monitor.sinks.printable import printable

        console = Console(stderr=True, emoji=False, highlight=False)
        if not console.is_terminal or console.is_dumb_terminal:
            return
        with self._lock:
            if not self._is_over:
                self._status = console.status(Text(printable(self._doing)))
                self._status.start()

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            if self._status is not None:
                self._status.stop()
