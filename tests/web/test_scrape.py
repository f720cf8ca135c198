"""Promise: a scrape is a valid exposition or visibly broken, never holds the loop, and never waits without end."""

import asyncio
import gzip
import time

import pytest
from aiohttp import ClientPayloadError, ServerDisconnectedError
from web.pretend import PretendMetrics, dialled, scene, visiting

from monitor.web import Limits
from monitor.web.refusal import RefusedError
from monitor.web.scrape import slice_of

LINE = b'datashare_probe_success{agency="ha-noi",target="lgsp",check="api"} 1.0\n'


async def test_scrape_is_text_as_it_stands():
    async with visiting() as client:
        answer = await client.get("/metrics", headers={"Accept-Encoding": "identity"})
        body = answer.body

    assert body == b"# HELP a A.\n# TYPE a gauge\na 1.0\n"
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]


async def test_scrape_is_openmetrics_when_asked_for():
    stage = scene()

    async with visiting(stage) as client:
        answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        body = answer.body

    assert body.endswith(b"# EOF\n")
    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert stage.metrics.asked == [(0, 1, True)]


async def test_scrape_is_compressed_when_accepted():
    stage = scene()
    stage.metrics = PretendMetrics([LINE * 3000] * 20)

    async with visiting(stage, auto_decompress=False) as client:
        answer = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        body = answer.body

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == LINE * 60_000
    assert len(body) < 100_000


async def test_slice_is_handed_on():
    stage = scene()

    async with visiting(stage) as client:
        await client.get("/metrics?slice=2/5")

    assert stage.metrics.asked == [(2, 5, False)]


@pytest.mark.parametrize("text", ["5/5", "0/0", "1", "-1/2", "a/b", "0/1/2", " 0/1", "٠/١", "1/99999", "0x0/1", ""])
async def test_wrong_slice_is_refused_with_a_remedy(text):
    async with visiting() as client:
        answer = await client.get("/metrics", params={"slice": text})
        facts = answer.json

    assert answer.status == 400
    assert "/metrics?slice=0/4" in facts["detail"]


@pytest.mark.parametrize(
    ("name", "nearest"), [("slise", ["slice"]), ("Slice", ["slice"]), ("name[]", None), ("", None)]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_unknown_parameter_is_refused_before_anything_is_written(name, nearest, method):
    stage = scene()

    async with visiting(stage) as client:
        answer = await client.request(method, "/metrics", params={name: "0/4"})

    assert answer.status == 400
    assert stage.metrics.asked == []
    if method == "GET":
        assert answer.json["detail"] == f"there is no parameter {name!r}; there is slice"
        assert answer.json.get("nearest") == nearest


def test_two_slices_are_one_too_many():
    with pytest.raises(RefusedError):
        slice_of(["0/2", "1/2"])


async def test_head_has_the_headers_and_no_body():
    async with visiting() as client:
        answer = await client.request("HEAD", "/metrics", headers={"Accept-Encoding": "gzip"})

        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.body == b""


async def test_large_scrape_lets_others_have_the_loop():
    stage = scene()
    stage.metrics = PretendMetrics([LINE * 3000] * 200)
    turns: list[float] = []

    async def watch() -> None:
        while True:
            before = time.thread_time()  # of this thread's own work: other programs on the machine do not count
            await asyncio.sleep(0)
            turns.append(time.thread_time() - before)

    async with visiting(stage, auto_decompress=False) as client:
        watching = asyncio.create_task(watch())
        await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        watching.cancel()

    assert len(turns) > 200
    assert max(turns) < 0.01


async def test_failure_before_the_first_byte_is_a_proper_error():
    class Broken(PretendMetrics):
        def chunks(self, index=0, count=1, *, openmetrics=False):
            raise RuntimeError("secret inside")
            yield b""

    stage = scene()
    stage.metrics = Broken()

    async with visiting(stage) as client:
        answer = await client.get("/metrics")

        assert answer.status == 500
        assert "secret" not in answer.text


async def test_failure_midway_is_not_taken_for_a_whole_scrape():
    class Broken(PretendMetrics):
        def chunks(self, index=0, count=1, *, openmetrics=False):
            yield LINE * 10
            raise RuntimeError

    stage = scene()
    stage.metrics = Broken()

    async with visiting(stage) as client:
        with pytest.raises((ClientPayloadError, ServerDisconnectedError, ConnectionResetError)):
            await client.get("/metrics")


async def test_scrape_that_is_not_read_is_dropped():
    stage = scene()
    stage.metrics = PretendMetrics([LINE * 3000] * 2000)
    ended = asyncio.Event()
    real = stage.metrics.chunks

    def chunks(index=0, count=1, *, openmetrics=False):
        try:
            yield from real(index, count, openmetrics=openmetrics)
        finally:
            ended.set()

    stage.metrics.chunks = chunks

    async with visiting(stage, Limits(write_seconds=0.3)) as client, dialled(client.port) as (_, writer):
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")

        await asyncio.wait_for(ended.wait(), 10)


async def test_http_1_0_gets_a_body_that_ends_with_the_connection():
    async with visiting() as client, dialled(client.port) as (reader, writer):
        writer.write(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body == b"# HELP a A.\n# TYPE a gauge\na 1.0\n"
