"""A stream that never makes its writer wait: a thread of its own copies what was written to a descriptor.

The journal of the system, a pipe or a terminal that somebody has stopped can refuse to take a line for as long as it
likes. The event loop must not wait for it.
"""

import os
import threading
from collections import Counter, deque
from types import TracebackType
from typing import Self, TextIO

MOST_BYTES = 4 * 1024 * 1024
"""Kept while the other side does not read; what comes on top of it is lost and counted."""
CLOSE_SECONDS = 0.5
"""How long the end of the program waits for the last lines."""


class Spool:
    """Takes whole lines, as ``logging`` writes them. A context manager, at whose end the last lines go out.

    Attributes:
        losses: Counts under ``log`` the lines that could not be kept.
    """

    def __init__(self, stream: TextIO, losses: Counter[str], most_bytes: int = MOST_BYTES) -> None:
        self.losses = losses
        self._stream = stream
        self._most_bytes = most_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._is_closed = False
        self._turn = threading.Condition()
        # A thread that a full pipe holds must not keep the process; the descriptor itself has no lock to be left held.
        self._thread = threading.Thread(target=self._copy, args=(stream.fileno(),), name="log", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._is_closed = True
            self._turn.notify()
        self._thread.join(CLOSE_SECONDS)

    def isatty(self) -> bool:
        """Return whether a person reads it."""
        return self._stream.isatty()

    def write(self, text: str) -> int:
        """Keep a line until it can go out; returns at once."""
        line = text.encode(errors="backslashreplace")
        with self._turn:
            if self._is_closed or self._bytes + len(line) > self._most_bytes:
                self.losses["log"] += 1
            else:
                self._lines.append(line)
                self._bytes += len(line)
                self._turn.notify()
        return len(text)

    def flush(self) -> None:
        """Do nothing: lines go out as soon as they can."""

    def _copy(self, descriptor: int) -> None:
        while line := self._next():
            try:
                while line:
                    line = line[os.write(descriptor, line) :]
            except OSError:  # nobody is there to read it, nor to be told
                self.losses["log"] += 1

    def _next(self) -> bytes:
        """Return what is to go out next, several lines at once; empty at the end."""
        with self._turn:
            while not self._bytes and not self._is_closed:  # an empty text is no line, and not the end
                self._turn.wait()
            lines = b"".join(self._lines)
            self._lines.clear()
            self._bytes = 0
            return lines
