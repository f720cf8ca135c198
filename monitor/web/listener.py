"""Listening: sockets, limits on connections, an orderly end."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address

from aiohttp import web

from monitor.web.connection import Connection, Limits

LOOK_SECONDS = 1.0
"""How often slow clients are looked for."""


class Listener:
    """An application that listens. Made by ``listen``."""

    def __init__(self, runner: web.AppRunner, sockets: asyncio.Server, watch: asyncio.Task[None]) -> None:
        self._runner = runner
        self._sockets = sockets
        self._watch = watch

    @property
    def port(self) -> int:
        """The port listened on; of use when any free one was asked for."""
        return int(self._sockets.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, let the answers under way end within their time, close the rest."""
        self._sockets.close()
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await self._runner.cleanup()


async def listen(
    application: web.Application,
    address: IPv4Address | IPv6Address,
    port: int,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    stop_within: timedelta = timedelta(seconds=2),
) -> Listener:
    """Start to listen; port 0 takes any free one.

    Raises:
        OSError: The address is not ours, or the port is taken.
    """
    runner = web.AppRunner(application, shutdown_timeout=stop_within.total_seconds())
    await runner.setup()
    server = runner.server
    assert server is not None  # noqa: S101 - setup made it
    loop = asyncio.get_running_loop()
    try:
        sockets = await loop.create_server(lambda: Connection(server, limits, loop), str(address), port, backlog=128)
    except OSError:
        await runner.cleanup()
        raise
    return Listener(runner, sockets, loop.create_task(_watch(server, limits), name="web-patience"))


async def _watch(server: web.Server, limits: Limits) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(LOOK_SECONDS, limits.head_seconds / 4, limits.write_seconds / 4))
        for connection in server.connections:
            if isinstance(connection, Connection):
                connection.close_if_slow(loop.time())
