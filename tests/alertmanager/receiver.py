"""Takes the webhooks of Alertmanager, and keeps who was told of what, and when."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One notification.

    Attributes:
        at: When it arrived, in Unix time.
    """

    whom: str
    status: str
    alert: str
    count: int
    at: float
    annotations: dict[str, str] = field(compare=False, repr=False)

    @property
    def what(self) -> tuple[str, str, str, int]:
        return self.whom, self.status, self.alert, self.count


@dataclass
class Receiver:
    """A server that takes webhooks."""

    told: list[Told] = field(default_factory=list)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve until the context ends; yields the address."""
        told = self.told

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told.append(
                    Told(
                        whom=self.path.strip("/"),
                        status=posted["status"],
                        alert=posted["commonLabels"]["alertname"],
                        count=len(posted["alerts"]),
                        at=time.time(),
                        annotations=posted["commonAnnotations"],
                    )
                )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Take) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()
