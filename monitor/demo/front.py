"""The HTTP server of the landscape: prebuilt answers by path, at a small part of what asking costs."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from monitor.demo.answer import BROKEN, NOT_FOUND, Behaviour, Reply, always, reply

LARGEST_REQUEST_BYTES = 64 * 1024
COUNT_PATH = b"/-/answered"

Later = Callable[[float, Callable[[], None]], object]
"""Call a function after so many seconds."""


@dataclass(slots=True, kw_only=True)
class Paths:
    """What is served where.

    Attributes:
        routes: By whole path.
        endings: By the last part of the path, where no route is.
        answered: Requests answered so far; also at ``/-/answered``.
    """

    routes: Mapping[bytes, Behaviour]
    endings: Mapping[bytes, Behaviour]
    answered: int = 0

    def find(self, path: bytes) -> Behaviour:
        """Return what is served at a path."""
        found = self.routes.get(path)
        if found is not None:
            return found
        if path == COUNT_PATH:
            so_far = reply(200, self.answered)
            self.answered -= 1  # asking for the count does not count
            return always(so_far)
        return self.endings.get(path.rpartition(b"/")[2], nothing)


nothing = always(NOT_FOUND)


class Front(asyncio.Protocol):
    """One connection; requests are answered one after the other."""

    __slots__ = ("_later", "_paths", "_pending", "_transport", "_waits")

    def __init__(self, paths: Paths, later: Later) -> None:
        self._paths = paths
        self._later = later
        self._pending = b""
        self._waits = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back. Not checked by class: uvloop's transport is of its own."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Answer nobody who has gone."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._pending = self._pending + data if self._pending else data
        if not self._waits:
            self._next()

    def _next(self) -> None:
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            if len(self._pending) > LARGEST_REQUEST_BYTES:
                self._send(BROKEN, close=True)
            return
        head = self._pending[:end]
        whole = end + 4 + (0 if head.startswith(b"GET ") else _body_length(head))
        if len(self._pending) < whole:
            return
        self._pending = self._pending[whole:]
        close = b"onnection: close" in head
        parts = head.split(b" ", 2)
        answer = self._paths.find(parts[1])(time.time()) if len(parts) == 3 else BROKEN
        if not answer.wire:
            self._waits = True
        elif answer.after_seconds:
            self._waits = True
            self._later(answer.after_seconds, lambda: self._send(answer, close=close))
        else:
            self._send(answer, close=close)

    def _send(self, answer: Reply, *, close: bool) -> None:
        self._waits = False
        if self._transport is None:
            return
        self._paths.answered += 1
        self._transport.write(answer.wire)
        if close:
            self._transport.close()
        elif self._pending:
            self._next()


def _body_length(head: bytes) -> int:
    after = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0].strip()
    return min(int(after), LARGEST_REQUEST_BYTES) if after.isdigit() else 0
