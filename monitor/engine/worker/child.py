"""The plugin's own process: takes runs from the daemon, observes, and writes back what was seen."""

import asyncio
import os
import socket
import sys
from contextlib import suppress
from functools import partial
from io import RawIOBase, TextIOWrapper
from typing import Any, cast

import uvloop

from monitor.clock import SystemClock
from monitor.engine.threads import Threads
from monitor.engine.worker import confinement
from monitor.engine.worker.marker import Marker
from monitor.engine.worker.shift import Shift
from monitor.engine.worker.steps import RUN, tasks
from monitor.engine.worker.stock import Stock, UnloadableError
from monitor.engine.worker.terms import Terms
from monitor.engine.worker.wire import Frames, frame
from monitor.network import Network
from monitor.vitals import Vitals

THREADS_LEFT = 32
"""Synchronous runs that may still wait for a silent target after their deadline, beside those in flight."""


class Loop(uvloop.Loop):
    """A loop that notes which runs open connections by themselves, as drivers do."""

    async def create_connection(self, *arguments: Any, **options: Any) -> Any:
        """Connect."""
        note_connection()
        return await super().create_connection(*arguments, **options)

    async def create_datagram_endpoint(self, *arguments: Any, **options: Any) -> Any:
        """Open a UDP socket."""
        note_connection()
        return await super().create_datagram_endpoint(*arguments, **options)

    async def sock_connect(self, *arguments: Any, **options: Any) -> Any:
        """Connect a socket."""
        note_connection()
        return await super().sock_connect(*arguments, **options)

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """Look a name up."""
        note_connection()
        return await super().getaddrinfo(*arguments, **options)


class Printed(RawIOBase):
    """Standard output that never blocks: what the daemon does not take in time is lost."""

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Write what the pipe takes."""
        with suppress(OSError):
            os.write(1, data)
        return len(data)


def serve(channel_number: int, marker: Marker, *, keeper: int, isolated: bool) -> None:
    """Confine this process, load the plugin, and observe until the daemon closes the channel."""
    os.setsid()
    libc = confinement.Libc()
    confinement.die_with(keeper, libc)
    sys.stdout = sys.stderr = TextIOWrapper(
        cast("Any", Printed()), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    channel = socket.socket(fileno=channel_number)
    terms = terms_from(channel)
    confinement.limit(terms.limits, libc, isolated=isolated)
    sys.path.extend(path for path in terms.paths if path not in sys.path)
    try:
        stock = Stock.load(terms)
    except UnloadableError as error:
        channel.sendall(frame({"failed": str(error)[:2000]}))
        return
    loop = Loop()
    asyncio.set_event_loop(loop)
    loop.set_task_factory(tasks)
    loop.run_until_complete(begin(channel, marker, terms, stock, isolated=isolated))
    while True:
        # A plugin can stop the loop, or exit from a callback; neither is its business.
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            print(f"the plugin raised {type(error).__name__} in a callback", file=sys.stderr)  # noqa: T201 - captured


async def begin(channel: socket.socket, marker: Marker, terms: Terms, stock: Stock, *, isolated: bool) -> None:
    """Take runs from now on."""
    network = Network(terms.settings(), SystemClock(), Vitals())
    threads = Threads(terms.limits.in_flight + THREADS_LEFT)
    shift = partial(Shift, network, stock, terms.limits, marker.words, threads, THREADS_LEFT)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_unix_connection(shift, sock=channel)
    cast("asyncio.WriteTransport", transport).write(frame({"ready": isolated}))


def terms_from(channel: socket.socket) -> Terms:
    """Return the terms, the one message that comes before all others; end this process when the daemon is gone."""
    frames = Frames()
    while data := channel.recv(65_536):
        if messages := frames.feed(data):
            return Terms.read(messages[0])
    os._exit(0)


def note_connection() -> None:
    """Note that the run on whose behalf this is called waits for the network outside its vantage."""
    run: Any = RUN.get(None)
    if run is not None and not run.scope.is_waiting:
        run.connects = True
