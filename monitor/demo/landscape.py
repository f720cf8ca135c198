"""Serves the country: one loop, all ports on loopback."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from monitor.demo.certificates import context
from monitor.demo.clock import DRIFT_SECONDS, TimeServer
from monitor.demo.coordination import Coordination
from monitor.demo.country import ENDINGS, Country, mailer, people
from monitor.demo.directory import Directory
from monitor.demo.doors import Greeter, Ports, Sockets, Stalled, bind
from monitor.demo.events import events
from monitor.demo.front import Front, Paths
from monitor.demo.mail import MailServer
from monitor.demo.nameserver import NameServer
from monitor.demo.scenario import ACTS, Scenario
from monitor.demo.sensors import Sensors
from monitor.demo.styles import Style

BACKLOG = 4096
SECURE = ("https", "expiring", "expired")


@asynccontextmanager
async def served(
    country: Country, certificates: Path, wanted: Ports, scenario: Scenario | None = None
) -> AsyncIterator[Ports]:
    """Serve the country as long as the context lasts; yields its ports. ``issue`` has filled the folder before.

    Raises:
        OSError: A port is taken.
    """
    loop = asyncio.get_running_loop()
    routes = country.routes()
    paths = Paths(routes=scenario.played(country.pieces, routes) if scenario else routes, endings=ENDINGS)

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
        for stream, bound in _stream_doors(country, sockets):
            servers.append(await loop.create_server(stream, sock=bound, backlog=BACKLOG))
        for name in SECURE:
            tls = context(certificates, name)
            servers.append(await loop.create_server(front, sock=getattr(sockets, name), ssl=tls, backlog=BACKLOG))
        ending = context(certificates, "https")
        servers.append(await loop.create_server(front, sock=sockets.ending, ssl=ending, backlog=BACKLOG))
        if scenario is not None:
            renewing = asyncio.create_task(_end_and_renew(ending, certificates, scenario))
            stack.callback(renewing.cancel)
        for server in servers:
            stack.callback(server.close)
        for protocol, bound in _datagram_doors(country, sockets):
            opened, _ = await loop.create_datagram_endpoint(protocol, sock=bound)
            stack.callback(opened.close)
        await stack.enter_async_context(events(sockets.events, country.struck(Style.EVENTS)))
        yield sockets.ports


async def _end_and_renew(door: ssl.SSLContext, certificates: Path, scenario: Scenario) -> None:
    """Show at a door the certificate that has ended while its act is on; new connections see it at once."""
    for at, act, begins in scenario.edges():
        if ACTS[act].is_of_certificate:
            await asyncio.sleep(at - time.time())
            door.load_cert_chain(certificates / f"{'expired' if begins else 'https'}.pem")


def _stream_doors(country: Country, sockets: Sockets) -> Iterator[tuple[Callable[[], asyncio.Protocol], socket.socket]]:
    """Yield what waits behind the ports of a data centre, and where."""
    empty = frozenset(map(people, country.struck(Style.PEOPLE)))
    refused = frozenset(map(mailer, country.struck(Style.MAIL)))
    ailing = country.struck(Style.COORDINATION)
    yield lambda: Directory(empty), sockets.directory
    yield lambda: MailServer(refused), sockets.mail
    yield lambda: Coordination(ailing), sockets.coordination


def _datagram_doors(
    country: Country, sockets: Sockets
) -> Iterator[tuple[Callable[[], asyncio.DatagramProtocol], socket.socket]]:
    names, mute = country.names(), country.struck(Style.SENSORS)
    yield lambda: NameServer(names), sockets.names
    yield lambda: Sensors(mute), sockets.sensors
    yield TimeServer, sockets.clock
    yield lambda: TimeServer(DRIFT_SECONDS), sockets.drifting
