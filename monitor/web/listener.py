"""Listening: sockets, limits on connections, an orderly end."""

import asyncio
import socket
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address

from aiohttp import web

from monitor.web.access import ACCESS, Access
from monitor.web.connection import Connection, Limits
from monitor.web.reception import Reception

LOOK_SECONDS = 1.0
"""How often slow clients are looked for."""
BACKLOG = 128


class Listener:
    """An application that listens. Made by ``listen``."""

    def __init__(
        self, runner: web.AppRunner, listening: socket.socket, reception: Reception, tasks: list[asyncio.Task[None]]
    ) -> None:
        self._runner = runner
        self._listening = listening
        self._reception = reception
        self._tasks = tasks
        self.port: int = listening.getsockname()[1]
        """The port listened on; of use when any free one was asked for."""

    async def close(self) -> None:
        """Stop listening, let the answers under way end within their time, close the rest."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._listening.close()
        self._reception.close()
        await self._runner.cleanup()


async def listen(
    application: web.Application,
    address: IPv4Address | IPv6Address,
    port: int,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    stop_within: timedelta = timedelta(seconds=2),
) -> Listener:
    """Start to listen, as the access of the application says; port 0 takes any free one.

    Raises:
        OSError: The address is not ours, or the port is taken.
    """
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listening = socket.create_server((str(address), port), family=family, backlog=BACKLOG)
    listening.setblocking(False)  # noqa: FBT003 - as the standard library has it
    runner = web.AppRunner(application, shutdown_timeout=stop_within.total_seconds())
    await runner.setup()
    server = runner.server
    assert server is not None  # noqa: S101 - setup made it
    access = application[ACCESS]
    reception = Reception(server, limits, access)
    loop = asyncio.get_running_loop()
    tasks = [
        loop.create_task(reception.receive(listening), name="web-reception"),
        loop.create_task(_watch(server, limits, access), name="web-patience"),
    ]
    return Listener(runner, listening, reception, tasks)


async def _watch(server: web.Server, limits: Limits, access: Access) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(LOOK_SECONDS, limits.head_seconds / 4, limits.write_seconds / 4))
        for connection in server.connections:
            if not isinstance(connection, Connection):
                continue
            connection.close_if_slow(loop.time())
            if connection.tls is not access.config.tls and connection.waits_since is not None:
                connection.give_way()
