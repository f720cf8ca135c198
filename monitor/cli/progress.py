"""Something that moves while a person waits longer than a second; nothing when nobody looks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer

AFTER_SECONDS = 1.0


@contextmanager
def progress(doing: str, after_seconds: float = AFTER_SECONDS) -> Iterator[None]:
    """Show on a terminal's standard error what is being done, once it takes longer than ``after_seconds``."""
    if not sys.stderr.isatty():  # a daemon need not carry what draws
        yield
        return
    from rich.console import Console
    from rich.text import Text

    from monitor.sinks.printable import printable

    console = Console(stderr=True, emoji=False, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    status, lock, is_over = console.status(Text(printable(doing))), Lock(), False

    def begin() -> None:
        with lock:
            if not is_over:
                status.start()

    timer = Timer(after_seconds, begin)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            is_over = True
        status.stop()
