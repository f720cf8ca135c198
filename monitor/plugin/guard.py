"""Guards: what looks at an answer before a driver does that could be broken by it."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Protocol

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

MOST_ITERATIONS = 1_000_000
"""Of hashing a password, as a server asks for: half a second. A billion would keep a processor busy for minutes, in a
thread that nobody can end."""
_ITERATIONS = re.compile(rb"i=([\t-\r\x1c-\x20+_0-9]*)")
"""With all that Python's ``int`` takes beside digits."""
_OTHERS = bytes(range(0x30)) + bytes(range(0x3A, 0x100))


def refuse_iterations(said: bytes) -> None:
    """Let pass what a server says in SCRAM (RFC 5802), unless it wants a password hashed too often.

    Raises:
        ProbeError: It does.
    """
    for written in _ITERATIONS.findall(said):
        digits = written.translate(None, _OTHERS)
        if len(digits) > len(str(MOST_ITERATIONS)) or int(digits or b"0") > MOST_ITERATIONS:
            raise ProbeError(Reason.PROTOCOL, "the server wants the password hashed too many times")


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
