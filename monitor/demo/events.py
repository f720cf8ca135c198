"""The event channel of the country: a WebSocket on which newly arrived documents are announced."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from aiohttp import WSCloseCode, web

EVENT = {"type": "event", "so_van_ban": 42}


@asynccontextmanager
async def events(bound: socket.socket, overloaded: Collection[str]) -> AsyncIterator[None]:
    """Serve the channels, each at ``/agency/system``, as long as the context lasts."""

    async def channel(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse(compress=False)
        await opened.prepare(request)
        if request.path.removeprefix("/") in overloaded:
            await opened.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"qua tai")
            return opened
        with suppress(ConnectionError, asyncio.CancelledError):
            await opened.send_str(json.dumps(EVENT))
            async for _ in opened:  # answers pings, and ends with the client's good-bye
                pass
        return opened

    application = web.Application()
    application.router.add_get("/{path:.*}", channel)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, bound, backlog=4096).start()
        yield
    finally:
        await runner.cleanup()
