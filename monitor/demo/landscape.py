"""Serves the country: one loop, eight ports, all on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from monitor.demo.certificates import context
from monitor.demo.country import ENDINGS, Country
from monitor.demo.doors import Greeter, Ports, Stalled, bind
from monitor.demo.front import Front, Paths
from monitor.demo.nameserver import NameServer

BACKLOG = 4096
SECURE = ("https", "expiring", "expired")


@asynccontextmanager
async def served(country: Country, certificates: Path, wanted: Ports) -> AsyncIterator[Ports]:
    """Serve the country as long as the context lasts; yields its ports. ``issue`` has filled the folder before.

    Raises:
        OSError: A port is taken.
    """
    loop = asyncio.get_running_loop()
    paths = Paths(routes=country.routes(), endings=ENDINGS)

    def front() -> Front:
        return Front(paths, loop.call_later)

    async with AsyncExitStack() as stack:
        sockets = bind(wanted)
        stack.callback(sockets.close)
        servers = [
            await loop.create_server(front, sock=sockets.http, backlog=BACKLOG),
            await loop.create_server(Greeter, sock=sockets.greeting, backlog=BACKLOG),
            await loop.create_server(Stalled, sock=sockets.stalled, backlog=BACKLOG),
        ]
        for name in SECURE:
            tls = context(certificates, name)
            servers.append(await loop.create_server(front, sock=getattr(sockets, name), ssl=tls, backlog=BACKLOG))
        for server in servers:
            stack.callback(server.close)
        names, _ = await loop.create_datagram_endpoint(lambda: NameServer(country.names()), sock=sockets.names)
        stack.callback(names.close)
        yield sockets.ports
