"""redis-py's connection over one of the vantage, with a budget for what the server may send."""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis._parsers import _AsyncRESP2Parser
from redis.asyncio.connection import AbstractConnection

from monitor.plugin import ProbeError, Reason, Stream

LONGEST_LINE = 16 * 1024
LINES_AT_ONCE = 500
"""Read in one turn of the loop; they take it 3 ms."""


class Account:
    """What has been read of a stream, as redis-py wants to read it: nothing beyond the budget."""

    def __init__(self, stream: Stream, most: int) -> None:
        self._stream = stream
        self._most = most
        self._left = most
        self._lines = 0

    async def readline(self) -> bytes:
        """Return one line with its end."""
        self._lines += 1
        if self._lines % LINES_AT_ONCE == 0:  # a line that is there already is returned without a wait
            await asyncio.sleep(0)
        line = await self._stream.read_line(min(LONGEST_LINE, self._most))
        self._spend(len(line) + 2)
        return line + b"\r\n"

    async def readexactly(self, count: int) -> bytes:
        """Return so many bytes."""
        if count < 0:
            raise ProbeError(Reason.PROTOCOL, "the server does not speak RESP: a negative length")
        self._spend(count)
        return await self._stream.read_exactly(count)

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ProbeError(Reason.TOO_LARGE, f"answers of more than {self._most} bytes")


class Desk:
    """Where redis-py writes."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unsent = b""

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Take what is to be sent."""
        self._unsent += b"".join(parts)

    async def drain(self) -> None:
        """Send it."""
        data, self._unsent = self._unsent, b""
        await self._stream.write(data)

    def close(self) -> None:
        """Leave the stream to the vantage."""

    async def wait_closed(self) -> None:
        """Wait for nothing."""


class Conversation(AbstractConnection):
    """A connection of redis-py that opens nothing by itself, and never tries again."""

    def __init__(self, stream: Stream, most: int, **settings: Any) -> None:
        super().__init__(
            protocol=2, parser_class=_AsyncRESP2Parser, driver_info=None, socket_timeout=None,
            socket_connect_timeout=None, **settings,
        )  # fmt: skip
        self._ours = stream, most
        self._is_used = False

    def repr_pieces(self) -> list[tuple[str, str]]:
        """Return what may be shown of it: nothing."""
        return []

    async def _connect(self) -> None:
        if self._is_used:
            raise ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did")
        self._is_used = True
        self._reader = Account(*self._ours)  # type: ignore[assignment]
        self._writer = Desk(self._ours[0])  # type: ignore[assignment]

    def _host_error(self) -> str:
        return "the server"
