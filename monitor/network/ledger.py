"""What one run has open, and how long its phases took: readable at any moment, also after a cancellation."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from monitor.network.sight import Sight
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import TlsConfig, TlsFacts

AWAITED = "processing"
"""The phase of an HTTP request up to the first byte of its answer."""
ARRIVING = "transfer"
"""The phase after it."""


@dataclass(slots=True)
class Handshake:
    """The newest TLS handshake of a run: with whom, and what it showed; None while it did not succeed."""

    host: str
    port: int
    tls_config: TlsConfig
    facts: TlsFacts | None = None


class Lap:
    """Phases that follow each other, the last of them still running."""

    __slots__ = ("_seconds", "name", "since")

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self.name = ""
        self.since = 0.0

    def turn(self, name: str, at: float = 0.0) -> None:
        """End the phase that runs and begin another; an empty name begins none.

        It happens ``at`` a moment of ``time.perf_counter()``; 0 is now.
        """
        at = at or perf_counter()
        if self.name:
            self._seconds[self.name] = self._seconds.get(self.name, 0.0) + at - self.since
        self.name = name
        self.since = at


class Ledger:
    """The books of one run.

    Attributes:
        handshake: The newest one over TLS.
        exchange: The newest one over HTTP, under way or over; an ``Exchange``.
        requests: HTTP requests made so far.
    """

    __slots__ = ("_laps", "deadline", "exchange", "handshake", "is_over", "opened", "requests", "seconds", "sight")

    def __init__(self, deadline: float, sight: Sight | None = None) -> None:
        self.deadline = deadline
        self.sight = sight
        self.is_over = False
        self.handshake: Handshake | None = None
        self.exchange: Any = None
        self.requests = 0
        self.seconds: dict[str, float] = {}
        self.opened: set[asyncio.BaseTransport] = set()
        self._laps: set[Lap] = set()

    def lap(self) -> Lap:
        """Return a new line of phases; hand it to ``finish`` at the end."""
        lap = Lap(self.seconds)
        self._laps.add(lap)
        return lap

    def finish(self, lap: Lap) -> None:
        """End a line of phases."""
        lap.turn("")
        self._laps.discard(lap)

    def phases(self) -> dict[str, float]:
        """Return the seconds by phase name, those of running phases up to now."""
        if self.exchange is not None and self.exchange.first:
            for lap in self._laps:
                if lap.name == AWAITED:
                    lap.turn(ARRIVING, self.exchange.first)
        seconds = dict(self.seconds)
        now = perf_counter()
        for lap in self._laps:
            if lap.name:
                seconds[lap.name] = seconds.get(lap.name, 0.0) + now - lap.since
        return seconds

    def check(self) -> None:
        """Return if the run may still open something.

        Raises:
            ProbeError: The run is over, and its probe did not notice.
        """
        if self.is_over:
            raise ProbeError(Reason.TIMEOUT, "the run is over")

    def release(self, transport: asyncio.Transport, *, is_polite: bool) -> None:
        """Close a connection: politely, unless there is still something that the peer does not take."""
        self.opened.discard(transport)
        if is_polite and not transport.get_write_buffer_size():
            transport.close()
        else:
            transport.abort()

    def close(self) -> None:
        """End the run: whatever is still open is cut off."""
        self.is_over = True
        for lap in tuple(self._laps):
            self.finish(lap)
        while self.opened:
            cut(self.opened.pop())


def cut(transport: asyncio.BaseTransport) -> None:
    """Close a connection at once, without a farewell that a stalled peer could draw out."""
    # Asked by what it can do: uvloop's transports are of no asyncio class.
    getattr(transport, "abort", transport.close)()
