"""The servers everybody is measured against.

Over HTTP one that knows answers after exactly 10 ms; over HTTPS nginx, whose handshakes cost less than any client's.
"""

import asyncio
import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from monitor.demo.answer import always, reply
from monitor.demo.certificates import AUTHORITY, issue
from monitor.demo.front import COUNT_PATH, Front, Paths
from tests.benchmarks.process import OTHER_CORE, fetch_json, free_port, running, said, wait_for
from tests.benchmarks.timer import ExactTimer

ANSWER = {"status": "OK", "message": "Hệ thống hoạt động bình thường"}
EXACT_SECONDS = 0.010
BACKLOG = 8192
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is. Any path that ends in ``now`` or ``exact`` is answered.

    Attributes:
        count: A port on which nginx tells how many requests it has answered.
        authority: The certificate to trust.
    """

    http: int
    https: int
    count: int
    authority: Path

    def base(self, *, secure: bool) -> str:
        """Return the address without a path."""
        return f"https://127.0.0.1:{self.https}" if secure else f"http://127.0.0.1:{self.http}"

    def answered(self) -> int:
        """Return how many requests have been answered so far, of both servers."""
        plain = int(fetch_json(f"http://127.0.0.1:{self.http}{COUNT_PATH.decode()}"))
        with urllib.request.urlopen(f"http://127.0.0.1:{self.count}/", timeout=5) as answer:
            secured = int(answer.read().split()[9])
        return plain + secured


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve in a process of its own, on the core that is not measured."""
    certificates = folder / "certificates"
    issue(certificates, datetime.now(UTC))
    https, count = free_port(), free_port()
    nginx = folder / "nginx.conf"
    nginx.write_text(_nginx(folder, certificates, https, count))
    command = [sys.executable, "-m", __name__]
    with (
        running(command, OTHER_CORE, folder / "server.log") as child,
        running(["/usr/sbin/nginx", "-c", str(nginx), "-p", str(folder)], OTHER_CORE, folder / "nginx.log") as secured,
    ):
        wait_for(f"http://127.0.0.1:{count}/", secured)
        yield Server(http=json.loads(said(child)), https=https, count=count, authority=certificates / AUTHORITY)


def _nginx(folder: Path, certificates: Path, https: int, count: int) -> str:
    places = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    return f"""
        daemon off; master_process off; worker_rlimit_nofile 20000; pid {folder}/nginx.pid; error_log stderr crit;
        events {{ worker_connections 8192; }}
        http {{
          access_log off; {places}
          server {{
            listen 127.0.0.1:{https} ssl backlog={BACKLOG};
            ssl_certificate {certificates}/https.pem; ssl_certificate_key {certificates}/https.pem;
            ssl_protocols TLSv1.3; ssl_session_tickets off;
            default_type application/json;
            location / {{ return 200 '{json.dumps(ANSWER, ensure_ascii=False)}'; }}
          }}
          server {{ listen 127.0.0.1:{count}; location / {{ stub_status; }} }}
        }}
    """


async def _serve() -> None:
    timer = ExactTimer()
    exact = reply(200, ANSWER, after_seconds=EXACT_SECONDS)
    paths = Paths(routes={}, endings={b"now": always(reply(200, ANSWER)), b"exact": always(exact)})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Front(paths, timer.later), "127.0.0.1", 0, backlog=BACKLOG)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(_serve())
