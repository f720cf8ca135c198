"""The server everybody is measured against: prebuilt answers, at once or after exactly 10 ms, with and without TLS."""

import asyncio
import json
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from monitor.demo.answer import always, reply
from monitor.demo.certificates import AUTHORITY, context, issue
from monitor.demo.front import COUNT_PATH, Front, Paths
from tests.benchmarks.process import OTHER_CORE, fetch_json, running, said
from tests.benchmarks.timer import ExactTimer

ANSWER = {"status": "OK", "message": "Hệ thống hoạt động bình thường"}
EXACT_SECONDS = 0.010
BACKLOG = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is. Any path that ends in ``now`` or ``exact`` is answered.

    Attributes:
        authority: The certificate to trust.
    """

    http: int
    https: int
    authority: Path

    def base(self, *, secure: bool) -> str:
        """Return the address without a path."""
        return f"https://127.0.0.1:{self.https}" if secure else f"http://127.0.0.1:{self.http}"

    def answered(self) -> int:
        """Return how many requests have been answered so far."""
        return int(fetch_json(f"http://127.0.0.1:{self.http}{COUNT_PATH.decode()}"))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve in a process of its own, on the core that is not measured."""
    certificates = folder / "certificates"
    issue(certificates, datetime.now(UTC))
    with running([sys.executable, "-m", __name__, str(certificates)], OTHER_CORE, folder / "server.log") as child:
        ports = json.loads(said(child))
        yield Server(**ports, authority=certificates / AUTHORITY)


async def _serve(certificates: Path) -> None:
    timer = ExactTimer()
    exact = reply(200, ANSWER, after_seconds=EXACT_SECONDS)
    paths = Paths(routes={}, endings={b"now": always(reply(200, ANSWER)), b"exact": always(exact)})
    loop = asyncio.get_running_loop()
    tls: dict[str, ssl.SSLContext | None] = {"http": None, "https": context(certificates, "https")}
    ports = {}
    for name, secured in tls.items():
        server = await loop.create_server(
            lambda: Front(paths, timer.later), "127.0.0.1", 0, ssl=secured, backlog=BACKLOG
        )
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
