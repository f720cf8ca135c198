"""``/metrics``, whole or in slices, written in chunks so that the loop is never held for long."""

import asyncio
import re
from collections.abc import Iterator

from aiohttp import web

from monitor.web.compression import gzip
from monitor.web.listing import only_parameters
from monitor.web.negotiation import OPENMETRICS, TEXT, accepts_gzip, wants_openmetrics
from monitor.web.refusal import RefusedError
from monitor.web.running import RUNNING

PIECE_BYTES = 128 * 1024
"""Compressed at once: about a millisecond."""
SCRAPE_SECONDS = 120.0
"""A scrape that takes longer is of no use to any Prometheus; its connection is dropped."""
MOST_SLICES = 9999
SLICE = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)


async def metrics(request: web.Request) -> web.StreamResponse:
    """Answer a scrape; a misspelt slice must not become everything, as often as there are slices."""
    only_parameters(request.query, {"slice"})
    index, count = slice_of(request.query.getall("slice", []))
    openmetrics = wants_openmetrics(",".join(request.headers.getall("Accept", ())))
    zipped = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", ())))
    headers = {"Content-Type": OPENMETRICS if openmetrics else TEXT, "Vary": "Accept, Accept-Encoding"}
    if zipped:
        headers["Content-Encoding"] = "gzip"
    if request.method == "HEAD":
        return web.Response(headers=headers)
    chunks = request.app[RUNNING].metrics.chunks(index, count, openmetrics=openmetrics)
    return await _write(request, web.StreamResponse(headers=headers), chunks, zipped=zipped)


def slice_of(asked: list[str]) -> tuple[int, int]:
    """Return the index and count of ``i/n``; everything when nothing is asked for.

    Raises:
        RefusedError: 400 when it is not a slice.
    """
    if not asked:
        return 0, 1
    match = SLICE.fullmatch(asked[0]) if len(asked) == 1 else None
    index, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not index < count:
        raise RefusedError(
            400,
            f"slice={'&slice='.join(asked)[:50]} is not a slice; write i/n with 0 ≤ i < n ≤ {MOST_SLICES}, "
            "such as /metrics?slice=0/4, or let Prometheus read /sd",
        )
    return index, count


async def _write(
    request: web.Request, response: web.StreamResponse, chunks: Iterator[bytes], *, zipped: bool
) -> web.StreamResponse:
    first = next(chunks, b"")  # before the head goes out, so that what fails here is still a proper error
    await response.prepare(request)
    try:
        async with asyncio.timeout(SCRAPE_SECONDS):
            await _copy(response, first, chunks, zipped=zipped)
            await response.write_eof()
    except BaseException:
        # An aborted connection is the one way left to say that the text is not complete.
        if request.transport is not None:
            request.transport.abort()
        raise
    return response


async def _copy(response: web.StreamResponse, first: bytes, chunks: Iterator[bytes], *, zipped: bool) -> None:
    stream = gzip() if zipped else None
    chunk: bytes | None = first
    while chunk is not None:
        for start in range(0, max(1, len(chunk)), PIECE_BYTES):  # an empty one is a turn for others, too
            piece = chunk[start : start + PIECE_BYTES]
            ready = stream.compress(piece) if stream else piece
            if ready:
                await response.write(ready)
            await asyncio.sleep(0)
        chunk = next(chunks, None)
    if stream:
        await response.write(stream.flush())
