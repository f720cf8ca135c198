"""Wherever a target, a proxy or a token's server stalls, the look is over 250 ms after its timeout at the latest."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, crowded, dripping, run, serve, serve_stream, serve_tls, stalled

TIMEOUT = timedelta(milliseconds=300)
LATEST_SECONDS = 0.55
MIB = 1024 * 1024

Stage = Callable[[AsyncExitStack], Awaitable[dict[str, Any]]]
"""Opens a target that stalls, and returns the settings of a probe that stalls there."""

HELLO = b"\x16\x03\x03\x00\x7a\x02"
"""The beginning of what a server answers to a TLS handshake."""
LARGE_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xff"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
NO_WINDOW = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x04" + bytes(4)
"""SETTINGS of HTTP/2 by which the client may send nothing of its body."""
STATUS_200 = b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88"
"""HEADERS of HTTP/2: the stream goes on."""
DATA = b"\x00\x00\x04\x00\x00\x00\x00\x00\x01half"
PING = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + bytes(8)
ZIPPED = OK + b"Content-Encoding: gzip\r\nContent-Length: 999\r\n\r\n" + gzip.compress(b"x" * 999)[:20]
FOUND = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


def saying(*pieces: bytes, drip: bytes = b""):
    """Return a handler that says one piece after each request it hears, and then nothing, or drips."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(piece)
        while drip:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0.02)
        await asyncio.sleep(60)

    return talk


async def deaf(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    reader._transport.pause_reading()
    await asyncio.sleep(60)


def at(target: Callable[[], Any], **settings: Any) -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        return {"target": f"http://{await stack.enter_async_context(target())}/", **settings}

    return opened


def answered(*pieces: bytes, drip: bytes = b"", **settings: Any) -> Stage:
    return at(lambda: serve_stream(saying(*pieces, drip=drip)), **settings)


@asynccontextmanager
async def over_tls(handler: Any, *protocols: str) -> AsyncIterator[tuple[str, str]]:
    """Serve bytes over TLS; yields ``host:port`` and the file of the authority."""
    async with serve_tls() as files:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        folder = Path(files.ca_file).parent
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        if protocols:
            context.set_alpn_protocols(list(protocols))
        async with serve_stream(handler, tls=context) as address:
            yield address, files.ca_file


def secured(*pieces: bytes, drip: bytes = b"", http2: bool = False, **settings: Any) -> Stage:
    """Return a stage behind a good TLS handshake; over HTTP/2 the pieces come after the client's preface."""

    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        handler = saying(*pieces, drip=drip)
        address, ca_file = await stack.enter_async_context(over_tls(handler, "h2" if http2 else "http/1.1"))
        trusted = {"tls_config": {"ca_file": ca_file}, "enable_http2": http2}
        return {"target": f"https://{address}/", **trusted, **settings}

    return opened


def proxied(target: str, proxy: Callable[[], Any], scheme: str = "http") -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        return {"target": target, "proxy_url": f"{scheme}://{await stack.enter_async_context(proxy())}"}

    return opened


def proxied_over_tls(target: str, *pieces: bytes) -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        address, ca_file = await stack.enter_async_context(over_tls(saying(*pieces)))
        return {"target": target, "proxy_url": f"https://{address}", "tls_config": {"ca_file": ca_file}}

    return opened


def redirecting(onward: Callable[[], Any], scheme: str = "http") -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        place = await stack.enter_async_context(onward())
        return {"target": await stack.enter_async_context(serve(leading_to(f"{scheme}://{place}/")))}

    return opened


def leading_to(location: str):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    return answer


async def slow_circle(stack: AsyncExitStack) -> dict[str, Any]:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.07)
        return web.Response(status=302, headers={"Location": f"/{len(request.path)}"})

    return {"target": await stack.enter_async_context(serve(answer))}


def tokens_from(server: Callable[[], Any], scheme: str = "http") -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        place = await stack.enter_async_context(server())
        return {"target": "http://127.0.0.1:9/", "oauth2": oauth2(stack, f"{scheme}://{place}/token")}

    return opened


async def target_behind_a_token(stack: AsyncExitStack) -> dict[str, Any]:
    async def give(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "t"})

    target = await stack.enter_async_context(stalled())
    url = await stack.enter_async_context(serve(give))
    return {"target": f"http://{target}/", "oauth2": oauth2(stack, url)}


def oauth2(stack: AsyncExitStack, url: str) -> dict[str, Any]:
    secret = Path(stack.enter_context(TemporaryDirectory()), "secret")
    secret.write_text("anything")
    return {"client_id": "me", "client_secret_file": str(secret), "token_url": url}


async def while_resolving(stack: AsyncExitStack) -> dict[str, Any]:
    return {"target": "http://nobody.example/", "nameserver": await stack.enter_async_context(stalled())}


async def while_resolving_the_proxy(stack: AsyncExitStack) -> dict[str, Any]:
    nameserver = await stack.enter_async_context(stalled())
    return {"target": "http://127.0.0.1:9/", "proxy_url": "http://nobody.example:3128", "nameserver": nameserver}


def https(target: Callable[[], Any]) -> Stage:
    async def opened(stack: AsyncExitStack) -> dict[str, Any]:
        return {"target": f"https://{await stack.enter_async_context(target())}/"}

    return opened


def saying_at_once(piece: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(piece)
        await reader.read()
        await asyncio.sleep(60)

    return talk


async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a way to nowhere, as a SOCKS5 proxy does."""
    await reader.read(3)
    writer.write(b"\x05\x00")
    await reader.read(300)
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
    await asyncio.sleep(60)


STAGES: dict[str, dict[str, Stage]] = {
    "resolve": {
        "name": while_resolving,
        "name of the proxy": while_resolving_the_proxy,
    },
    "connect": {
        "connecting": at(crowded),
        "connecting for TLS": https(crowded),
        "redirect": redirecting(crowded),
        "proxy": proxied("http://target.example/", crowded),
        "proxy for CONNECT": proxied("https://target.example/", crowded),
        "CONNECT": proxied("https://target.example/", stalled),
        "amid the answer to CONNECT": proxied(
            "https://target.example/", lambda: serve_stream(saying(b"HTTP/1.1 200 Conn"))
        ),
        "proxy over TLS": proxied("http://target.example/", crowded, "https"),
        "handshake with the proxy": proxied("http://target.example/", stalled, "https"),
        "amid the handshake with the proxy": proxied(
            "https://target.example/", lambda: serve_stream(saying_at_once(HELLO)), "https"
        ),
        "CONNECT over TLS": proxied_over_tls("https://target.example/"),
        "amid the answer to CONNECT over TLS": proxied_over_tls("https://target.example/", b"HTTP/1.1 200 Conn"),
        "dripping answer to CONNECT": proxied(
            "https://target.example/", lambda: serve_stream(saying(OK, drip=b"X: y\r\n"))
        ),
        "SOCKS5 proxy": proxied("http://target.example/", crowded, "socks5"),
        "greeting of SOCKS5": proxied("https://target.example/", stalled, "socks5"),
        "amid the greeting of SOCKS5": proxied(
            "http://target.example/", lambda: serve_stream(saying_at_once(b"\x05")), "socks5"
        ),
        "answer of SOCKS5": proxied(
            "https://target.example/", lambda: serve_stream(saying_at_once(b"\x05\x00")), "socks5"
        ),
        "amid the answer of SOCKS5": proxied(
            "http://target.example/", lambda: serve_stream(saying_at_once(b"\x05\x00\x05\x00\x00\x03\xffa")), "socks5"
        ),
        "dripping answer of SOCKS5": proxied(
            "http://target.example/", lambda: dripping(b"\0", b"\x05\x00\x05\x00\x00\x03\xff"), "socks5"
        ),
    },
    "tls": {
        "handshake": https(stalled),
        "amid the handshake": https(lambda: serve_stream(saying_at_once(HELLO))),
        "dripping handshake": https(lambda: dripping(b"\0", LARGE_RECORD)),
        "redirect": redirecting(stalled, "https"),
        "in the tunnel over TLS": proxied_over_tls("https://target.example/", TUNNEL),
        "in the tunnel": proxied("https://target.example/", lambda: serve_stream(saying(TUNNEL))),
        "behind SOCKS5": proxied("https://target.example/", lambda: serve_stream(socks), "socks5"),
    },
    "processing": {
        "sending the body": at(lambda: serve_stream(deaf), method="POST", body="x" * 16 * MIB),
        "sending the body over TLS": secured(method="POST", body="x" * 16 * MIB),
        "status line": at(stalled),
        "status line over TLS": secured(),
        "redirect": redirecting(stalled),
        "redirects, each a little slow": slow_circle,
        "proxy": proxied("http://target.example/", stalled),
        "proxy over TLS": proxied_over_tls("http://target.example/"),
        "target behind a token": target_behind_a_token,
        "behind SOCKS5": proxied("http://target.example/", lambda: serve_stream(socks), "socks5"),
        "HTTP/2, settings": secured(http2=True),
        "HTTP/2, amid the settings": secured(SETTINGS[:5], http2=True),
        "HTTP/2, headers": secured(SETTINGS, http2=True),
        "HTTP/2, amid the headers": secured(SETTINGS + STATUS_200[:9], http2=True),
        "HTTP/2, no window for our body": secured(NO_WINDOW, http2=True, method="POST", body="x" * MIB),
        "HTTP/2, pings for ever": secured(SETTINGS, drip=PING, http2=True),
    },
    "transfer": {
        "amid the status line": answered(b"HTTP/1.1 20"),
        "interim answers": answered(b"HTTP/1.1 100 Continue\r\n\r\n"),
        "dripping interim answers": answered(b"", drip=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        "amid the headers": answered(OK + b"Content-Type: te"),
        "dripping headers": answered(OK, drip=b"X: y\r\n"),
        "end of the headers": answered(OK + b"Content-Length: 9\r\n"),
        "first byte of the body": answered(OK + b"Content-Length: 9\r\n\r\n"),
        "amid the body": answered(OK + b"Content-Length: 9\r\n\r\nhalf"),
        "amid the body over TLS": secured(OK + b"Content-Length: 9\r\n\r\nhalf"),
        "dripping body": answered(OK + b"Content-Length: 9999\r\n\r\n", drip=b"x"),
        "body without an end": answered(OK + b"\r\nhalf"),
        "size of a chunk": answered(CHUNKED + b"5"),
        "amid a chunk": answered(CHUNKED + b"5\r\nha"),
        "next chunk": answered(CHUNKED + b"4\r\nhalf\r\n"),
        "trailer": answered(CHUNKED + b"4\r\nhalf\r\n0\r\n"),
        "amid the trailer": answered(CHUNKED + b"4\r\nhalf\r\n0\r\nExpires: to"),
        "compressed body": answered(ZIPPED, compression="gzip"),
        "redirect": redirecting(lambda: serve_stream(saying(OK + b"Content-Length: 9\r\n\r\nhalf"))),
        "redirect that is not followed": answered(FOUND, follow_redirects=False),
        "HTTP/2, body": secured(SETTINGS + STATUS_200, http2=True),
        "HTTP/2, amid the body": secured(SETTINGS + STATUS_200 + DATA, http2=True),
        "HTTP/2, amid a frame of the body": secured(SETTINGS + STATUS_200 + DATA[:11], http2=True),
    },
    "token": {
        "connecting": tokens_from(crowded),
        "handshake": tokens_from(stalled, "https"),
        "answer": tokens_from(stalled),
        "amid the answer": tokens_from(lambda: serve_stream(saying(OK + b"Content-Length: 99\r\n\r\n{"))),
        "dripping answer": tokens_from(lambda: serve_stream(saying(OK + b"\r\n", drip=b" "))),
    },
}
"""By the phase that takes up the time."""


ALL = [
    pytest.param(phase, stage, id=f"{phase}-{name}") for phase, some in STAGES.items() for name, stage in some.items()
]


@pytest.mark.parametrize(("phase", "stage"), ALL)
async def test_stall_ends_in_time(phase, stage):
    async with AsyncExitStack() as stack:
        settings = await stage(stack)
        nameservers = [settings.pop("nameserver")] if "nameserver" in settings else []
        outcome = await run(configured(HttpProbe, settings), within=TIMEOUT, nameservers=nameservers)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < LATEST_SECONDS
    assert max(outcome.phases, key=outcome.phases.get) == phase
