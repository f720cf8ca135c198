"""Servers on loopback that answer as a test wants."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext

from aiohttp import web
from aiohttp.test_utils import TestServer

LOOPBACK = "127.0.0.1"

HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
StreamHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(handler: HttpHandler, *, tls: SSLContext | None = None) -> AsyncIterator[str]:
    """Serve HTTP: every method and path goes to ``handler``. Yields the URL, without a slash at its end."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(application, scheme="https" if tls else "http", host=LOOPBACK)
    await server.start_server(ssl=tls, shutdown_timeout=0.1)
    try:
        yield f"{server.scheme}://{LOOPBACK}:{server.port}"
    finally:
        await server.close()


@asynccontextmanager
async def serve_stream(
    handler: StreamHandler, *, tls: SSLContext | None = None, bound: socket.socket | None = None
) -> AsyncIterator[str]:
    """Serve bytes over TCP; a connection is closed when ``handler`` returns. Yields ``host:port``.

    ``bound`` is a socket that holds the port to listen on; without it any free port is taken.
    """
    running: set[asyncio.Task[None]] = set()

    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(_converse(handler, reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    where = bound or socket.create_server((LOOPBACK, 0))
    server = await asyncio.start_server(answer, sock=where, ssl=tls)
    try:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _converse(handler: StreamHandler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError, EOFError):
            await handler(reader, writer)
            await writer.drain()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
    finally:
        writer.close()
        with suppress(OSError):
            await asyncio.wait_for(writer.wait_closed(), 1)
