"""Somebody who asks the daemon for a trifle all the time, and so feels when its loop is held."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

PAUSE_SECONDS = 0.003


@dataclass(frozen=True, slots=True)
class Listener:
    """How long each answer took, and when it was asked for; all in seconds."""

    heard: list[tuple[float, float]] = field(default_factory=list)

    def during(self, spans: Sequence[tuple[float, float]], *, outside: bool = False) -> list[float]:
        """Return the answers that took place within some spans of time, or outside them all."""
        return [
            took
            for asked, took in self.heard
            if any(asked < ended and asked + took > began for began, ended in spans) is not outside
        ]


@contextmanager
def listening(port: int) -> Iterator[Listener]:
    """Ask again and again as long as the context lasts."""
    listener, ended = Listener(), threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not ended.wait(PAUSE_SECONDS):
            asked = time.monotonic()
            connection.request("GET", "/-/healthy")
            connection.getresponse().read()
            listener.heard.append((asked, time.monotonic() - asked))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield listener
    finally:
        ended.set()
        thread.join()


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(values, n=100, method="inclusive")[98]
