"""Takes connections in: bounded in number, TLS within its time, and room for a newcomer at the cost of who idles."""

import asyncio
import errno
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from monitor.web.access import Access
from monitor.web.access.buckets import Buckets, neighbourhood
from monitor.web.connection import Connection, Limits
from monitor.web.shield import HEADERS

log = structlog.get_logger("monitor.web")

REST_SECONDS = 0.5
"""After an accept that failed for a lack of descriptors or memory."""
SHUTDOWN_SECONDS = 2.0
"""For a client to say goodbye."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A connection that waits for its client, and how it is ended."""

    remote: str
    since: float
    give_way: Callable[[], object]


class Reception:
    """Takes in the connections of one listener."""

    def __init__(self, server: web.Server, limits: Limits, access: Access) -> None:
        self._server = server
        self._limits = limits
        self._access = access
        self._loop = asyncio.get_running_loop()
        self._arrivals = Buckets(limits.arrivals, limits.arrival_seconds)
        self._handshakes: dict[asyncio.Task[None], Waiting] = {}

    async def receive(self, listening: socket.socket) -> None:
        """Take in whoever comes; for ever."""
        while True:
            try:
                arrived, peer = await self._loop.sock_accept(listening)
            except OSError as error:
                if error.errno != errno.ECONNABORTED:
                    log.error("web.accept_failed", why=error.strerror)  # noqa: TRY400 - the trace says nothing more
                    await asyncio.sleep(REST_SECONDS)
                continue
            self._take_in(arrived, str(peer[0]) if isinstance(peer, tuple) else "")

    def close(self) -> None:
        """Let go of those who are not in yet."""
        for handshake in list(self._handshakes):
            handshake.cancel()

    def _take_in(self, arrived: socket.socket, remote: str) -> None:
        now = self._loop.time()
        is_rushing = self._access.config.tls is not None and self._arrivals.of(neighbourhood(remote), now).take(now) > 0
        if is_rushing or not self._has_room():
            self._access.vitals.web_refused["crowd"] += 1
            arrived.close()
            return
        entering = self._loop.create_task(self._enter(arrived, remote))
        self._handshakes[entering] = Waiting(remote, now, entering.cancel)
        entering.add_done_callback(self._handshakes.pop)

    async def _enter(self, arrived: socket.socket, remote: str) -> None:
        tls, headers = self._access.config.tls, {**HEADERS, **self._access.config.headers}
        times: dict[str, Any] = {}
        if tls is not None:
            times = {"ssl_handshake_timeout": self._limits.head_seconds, "ssl_shutdown_timeout": SHUTDOWN_SECONDS}
        make = partial(Connection, self._server, self._limits, self._loop, tls, headers)
        try:
            await self._loop.connect_accepted_socket(make, arrived, ssl=None if tls is None else tls.context, **times)
        except OSError as error:  # ssl.SSLError, timeouts and resets are of this kind, too
            self._access.vitals.web_refused["handshake"] += 1
            why = getattr(error, "reason", None) or error.strerror or type(error).__name__
            log.debug("web.handshake_failed", remote=remote, why=str(why)[:100])

    def _has_room(self) -> bool:
        """Return whether there is room for one more, after having made some if need be."""
        connections = [one for one in self._server.connections if isinstance(one, Connection)]
        is_full = len(connections) + len(self._handshakes) >= self._limits.connections
        if not is_full and len(self._handshakes) < self._limits.handshakes:
            return True
        waiting, now = [*self._handshakes.values()], self._loop.time()
        if is_full:
            waiting += [
                Waiting(one.remote, since, one.give_way)
                for one in connections
                if (since := one.idle_since(now)) is not None
            ]
        if not waiting:
            return False
        of_each = Counter(neighbourhood(one.remote) for one in waiting)
        self._access.vitals.web_refused["crowd"] += 1
        # The one of the client that has most of them, so that nobody alone pushes the others out; the oldest of these.
        max(waiting, key=lambda one: (of_each[neighbourhood(one.remote)], -one.since)).give_way()
        return True
