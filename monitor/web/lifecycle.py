"""``/-/``: is it alive, is it ready, load the configuration anew."""

import asyncio

from aiohttp import web

from monitor.web.gate import check_post
from monitor.web.running import RUNNING

RELOADING = web.AppKey("reloading", asyncio.Lock)


async def healthy(request: web.Request) -> web.Response:  # noqa: ARG001
    """Answer: the loop turns."""
    return web.Response(text="healthy\n")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 once configuration and listeners are up, else 503 with the reason."""
    why_not = request.app[RUNNING].unready()
    return web.Response(status=503 if why_not else 200, text=f"{why_not or 'ready'}\n")


async def reload(request: web.Request) -> web.Response:
    """Load the configuration anew: 200 when it is in force, 400 with every problem when the old one stays."""
    running = request.app[RUNNING]
    check_post(request, running.settings.web)
    async with request.app[RELOADING]:
        problems = await running.reload()
    if problems:
        return web.Response(status=400, text="\n".join([*problems, "The configuration in force stays.", ""]))
    return web.Response(text="reloaded\n")
