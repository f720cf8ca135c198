"""Guards: what looks at an answer before a driver does that could be broken by it."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from monitor.plugin.errors import ProbeError


class Guard(Protocol):
    """Looks at what comes, before the driver does, and raises ProbeError when the driver must not see it.

    Attributes:
        is_first: Whether what comes before TLS is in frames as well.
    """

    is_first: bool

    def __call__(self, data: bytes) -> None:
        """Look at the next bytes."""
        ...


class GuardedProtocol(asyncio.Protocol):
    """Hands to a driver's protocol only what its guard lets through."""

    def __init__(self, inner: Any, guard: Guard, run: Any) -> None:
        self._inner = inner
        self._guard = guard
        self._run = run

    def data_received(self, data: bytes) -> None:
        """Look at what came, and hand it on."""
        try:
            self._guard(data)
        except ProbeError as error:
            raise self._run.failed(error) from None
        if not isinstance(self._inner, asyncio.BufferedProtocol):
            self._inner.data_received(data)
            return
        while data:
            room = memoryview(self._inner.get_buffer(len(data)))
            count = min(len(room), len(data))
            room[:count] = data[:count]
            self._inner.buffer_updated(count)
            data = data[count:]

    def connection_made(self, transport: Any) -> None:
        """Hand it on."""
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand it on."""
        self._inner.connection_lost(exc)

    def eof_received(self) -> Any:
        """Hand it on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand it on."""
        self._inner.resume_writing()


class GuardedTransport:
    """A transport over TLS; the protocol that a driver sets on it is guarded."""

    def __init__(self, inner: Any, guarded: Callable[[Any], Any]) -> None:
        self._inner = inner
        self._guarded = guarded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def set_protocol(self, protocol: Any) -> None:
        """Guard it."""
        self._inner.set_protocol(self._guarded(protocol))
