"""Servers that mean harm over HTTP, and what a look at them may cost."""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from monitor.outcome import Outcome
from monitor.plugin import Reason, Status
from monitor.plugin.probe import Probe
from monitor.testing import run, serve_stream

MIB = 1024 * 1024
TIMEOUT = timedelta(milliseconds=600)
MARGIN_SECONDS = 0.25
MOST_MEBIBYTES = 20
SENT = re.compile(rb"(?i)x-road-id: ([^\r\n]+)|:id[^>]*>([0-9a-f-]{36})<")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
ENDLESS = {
    "head": (HEAD, b"X: y\r\n" * 100),
    "header": (HEAD + b"X: ", b"y" * 1000),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10),
    "body": (HEAD + b"X-Road-Id: @ID@\r\n\r\n", b"x" * 1000),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 500 + b"\r\nx\r\n"),
}
"""What is said first, and again and again."""
STALLS = {
    "connection": b"",
    "status": b"HTTP/1.1 2",
    "head": HEAD + b"X: ",
    "early hint": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "body": HEAD + b"Content-Length: 9999\r\n\r\n<a>",
    "chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<a",
}
"""What is said before nothing, or too little to end, is said any more."""
BOMB = gzip.compress(bytes(200 * MIB))

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, *fields: str, status: str = "200 OK", kind: str = "text/xml") -> bytes:
    """Return a whole answer; ``@ID@`` in it becomes the id of the message that was asked with."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Type: {kind}", "X-Road-Id: @ID@", *fields))
    return head.encode() + b"\r\nConnection: close\r\n\r\n" + body


def saying(data: bytes, more: bytes = b"", every: float = 0.0, *, is_open: bool = False) -> Handler:
    """Return a handler that says ``data``, and then ``more`` again and again, or keeps the connection open."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", asked)
        asked += await reader.readexactly(int(length[1]) if length else 0)
        found = SENT.search(asked)
        writer.write(data.replace(b"@ID@", next(filter(None, found.groups()), b"") if found else b""))
        while more and not writer.is_closing():
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(every)
        if is_open:
            await asyncio.Event().wait()

    return talk


@contextmanager
def costing(mebibytes: float) -> Iterator[None]:
    """Fail when the process grows by more than that meanwhile, memory of C libraries included."""
    before = _kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # from now on the peak is counted anew
    yield
    grown = (_kilobytes("VmHWM") - before) / 1024
    assert grown < mebibytes, f"{grown:.1f} MiB"


def _kilobytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1])


async def endured(handler: Handler, probe: Callable[[str], Probe], within: timedelta = timedelta(seconds=5)) -> Outcome:
    """Look once at a server that does harm; the deadline is kept, memory is bounded, and it is down.

    Args:
        handler: What the server does.
        probe: Returns a probe of the server at an URL.
        within: The timeout.
    """
    async with serve_stream(handler) as address:
        made = probe(f"http://{address}")
        with costing(MOST_MEBIBYTES):
            outcome = await run(made, within=within)
    assert outcome.duration_seconds < within.total_seconds() + MARGIN_SECONDS
    assert outcome.observation.status is Status.DOWN, outcome.observation
    assert outcome.observation.detail.isprintable()
    return outcome


async def survives_what_does_not_end(probe: Callable[[str], Probe]) -> None:
    """Check that a probe survives answers that do not end, stop at any stage, drip or are bombs."""
    for name, (start, more) in ENDLESS.items():
        seen = (await endured(saying(start, more), probe, TIMEOUT)).observation
        assert seen.reason in (Reason.TOO_LARGE, Reason.PROTOCOL), (name, seen)
    silent = [saying(start, is_open=True) for start in STALLS.values()]
    dripping = [saying(start, b" ", 0.02) for start in STALLS.values()]
    for outcome in await asyncio.gather(*(endured(one, probe, TIMEOUT) for one in (*silent, *dripping))):
        assert outcome.observation.reason in (Reason.TIMEOUT, Reason.PROTOCOL), outcome
    seen = (await endured(saying(answer(BOMB, "Content-Encoding: gzip")), probe, TIMEOUT)).observation
    assert seen.reason is Reason.TOO_LARGE, seen
