"""The thread that writes to the history store: in order, again and again until it succeeds."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from monitor.sinks.history.batch import Batch, Written
from monitor.sinks.history.schema import UnusableError
from monitor.sinks.history.store import Kept, Store

RETRY_SECONDS = 1.0
CLOSE_SECONDS = 1.5
"""How long the end of the program waits for the last batch."""

Told = Callable[[Kept | Written | Exception], None]
"""Hears, in the writer's thread, what was opened or written, and what went wrong."""


class Writer:
    """Takes batches, and writes one after the other.

    Attributes:
        waiting: Batches that the thread has not taken yet; who adds to the last one holds ``turn``.
    """

    def __init__(self, path: Path, told: Told, keep_days: int) -> None:
        self.turn = threading.Condition()
        self.waiting: deque[Batch] = deque()
        self._path = path
        self._told = told
        self._keep_days = keep_days
        self._identity = ""
        self._may_write = False
        self._is_awake = False
        self._is_closed = False
        self._store: Store | None = None
        # A disk that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    def start(self) -> None:
        """Open the store, and tell what it holds."""
        self._thread.start()

    def begin(self) -> None:
        """Write from now on: whoever hears what the store holds has put on top of it what waits."""
        with self.turn:
            self._may_write = self._is_awake = True
            self.turn.notify()

    def wake(self) -> None:
        """Have what waits written now."""
        with self.turn:
            self._is_awake = True
            self.turn.notify()

    def close(self) -> None:
        """Write what waits, if that can be done at once, and close the store; blocks for a moment."""
        with self.turn:
            self._is_closed = True
            self.turn.notify()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        in_hand: Batch | None = None
        number = 0
        is_known = False
        while True:
            try:
                if self._store is None:
                    self._store = Store(self._path, self._identity, self._keep_days)
                    self._identity = self._store.identity
                    if not is_known:
                        self._told(self._store.kept())
                        is_known = True
                        number = self._store.batch
                if in_hand is None:
                    in_hand = self._next()
                    number += in_hand is not None
                if in_hand is not None:
                    self._told(self._with_waiters(self._store.write(in_hand, number), in_hand))
                    in_hand = None
                elif self._is_closed:
                    break
            except (UnusableError, OSError, sqlite3.Error) as error:
                self._drop_store()
                self._told(error)
                with self.turn:
                    if self._is_closed:
                        return
                    self.turn.wait(RETRY_SECONDS)
        self._drop_store()

    def _with_waiters(self, written: Written, batch: Batch) -> Written:
        with self.turn:
            return replace(written, waiters=tuple(batch.waiters))

    def _next(self) -> Batch | None:
        """Return the oldest batch that waits, once somebody wants it written; None at the end."""
        with self.turn:
            while not (self._is_closed or (self._may_write and self._is_awake and self.waiting)):
                self.turn.wait()
            batch = self.waiting.popleft() if self.waiting else None
            self._is_awake = bool(self.waiting)
            return batch

    def _drop_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
