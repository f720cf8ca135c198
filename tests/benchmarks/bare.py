"""Bare aiohttp on uvloop, flat out: what asking costs with no monitor around it."""

import asyncio
import json
import resource
import ssl
import sys
import tempfile
from pathlib import Path

import aiohttp
import uvloop

from tests.benchmarks.process import MEASURED_CORE, running, said
from tests.benchmarks.server import Server

AT_ONCE = 50


def cpu_per_request_seconds(server: Server, requests: int, *, secure: bool) -> float:
    """Return the processor time of one request."""
    url = f"{server.base(secure=secure)}/bare/now"
    command = [sys.executable, "-m", __name__, url, str(requests), str(server.authority)]
    with (
        tempfile.TemporaryDirectory() as folder,
        running(command, MEASURED_CORE, Path(folder) / "bare.log") as child,
    ):
        return float(json.loads(said(child)))


async def _ask(url: str, requests: int, authority: str) -> float:
    tls = ssl.create_default_context(cafile=authority)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0, ssl=tls)) as session:

        async def some(number: int) -> None:
            for _ in range(number):
                async with session.get(url) as answer:
                    body = await answer.read()
                    if answer.status != 200 or not body:
                        raise RuntimeError(f"answered {answer.status}")

        await asyncio.gather(*(some(10) for _ in range(AT_ONCE)))  # warm
        before = _cpu_seconds()
        await asyncio.gather(*(some(requests // AT_ONCE) for _ in range(AT_ONCE)))
        return (_cpu_seconds() - before) / (requests // AT_ONCE * AT_ONCE)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_ask(sys.argv[1], int(sys.argv[2]), sys.argv[3]))))
