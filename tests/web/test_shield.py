"""Promise: every answer is shielded, every body is bounded, and every error is an answer."""

import asyncio

import pytest
from web.pretend import CANARY, dialled, scene, visiting

from monitor.web import Limits, shield

PATHS = [
    "/", "/?agency=ha-noi", "/checks/ha-noi/lgsp/cert", "/docs", "/static/style.css", "/static/icon.svg", "/metrics",
    "/sd", "/-/healthy", "/-/ready", "/api/v1/checks", "/api/v1/checks/ha-noi/lgsp/cert", "/api/v1/inventory",
    "/api/v1/openapi.json",
]  # fmt: skip


@pytest.mark.parametrize("path", [*PATHS, "/nope", "/-/reload", "/api/v1/checks/a/b/c", "/checks/a/b/c"])
async def test_every_answer_carries_the_security_headers(path):
    async with visiting() as client:
        headers = (await client.get(path)).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers.getall("Server") == ["datashare-monitor"]


@pytest.mark.parametrize("path", PATHS)
async def test_head_works_wherever_get_does(path):
    async with visiting() as client:
        got = await client.get(path)
        head = await client.request("HEAD", path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_shows_a_secret_or_a_contact_address(path):
    async with visiting() as client:
        assert CANARY not in (await client.get(path)).text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
async def test_other_methods_are_refused(method):
    async with visiting() as client:
        answer = await client.request(method, "/api/v1/checks")

    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


async def test_unknown_path_gives_a_hint_as_problem_details():
    async with visiting() as client:
        answer = await client.get("/metric")

    assert answer.status == 404
    assert answer.content_type == "application/problem+json"
    assert "/docs" in answer.json["detail"]


async def test_browser_gets_a_page_instead():
    async with visiting() as client:
        answer = await client.get("/<script>alert(1)</script>", headers={"Accept": "text/html"})

    assert (answer.status, answer.content_type) == (404, "text/html")
    assert "<script>" not in answer.text


async def test_large_body_is_refused():
    stage = scene()

    async with visiting(stage) as client:
        fits = await client.post("/-/reload", data=b"x" * 64 * 1024)
        too_large = await client.post("/-/reload", data=b"x" * (64 * 1024 + 1))

    assert (fits.status, too_large.status, stage.reloads) == (200, 413, 1)
    assert "64 KiB" in too_large.json["detail"]


async def test_body_that_says_it_is_too_large_is_refused_unread():
    async with visiting() as client, dialled(client.port) as (reader, writer):
        writer.write(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\nx")
        answer = await asyncio.wait_for(reader.read(500), 5)

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_endless_chunked_body_is_refused():
    async with visiting() as client, dialled(client.port) as (reader, writer):
        writer.write(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        answer = await asyncio.wait_for(reader.read(500), 5)

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_body_that_drips_is_closed(monkeypatch):
    monkeypatch.setattr(shield, "BODY_SECONDS", 0.2)
    stage = scene()

    async with visiting(stage, Limits(head_seconds=0.2)) as client, dialled(client.port) as (reader, writer):
        writer.write(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
        answer = await asyncio.wait_for(reader.read(), 5)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"Connection: close" in answer
    assert stage.reloads == 0


async def test_bomb_is_not_unpacked():
    async with visiting() as client:
        import gzip

        answer = await client.post(
            "/-/reload", data=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"}
        )

    assert answer.status in {400, 413}


async def test_failure_of_ours_is_told_without_its_text():
    stage = scene()
    stage.metrics.samples = "not a number"

    async with visiting(stage) as client:
        answer = await client.get("/sd")

    assert answer.status == 500
    assert "number" not in answer.text
    assert "log" in answer.json["detail"]
