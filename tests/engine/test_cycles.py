"""A run leaves nothing that only the garbage collector would find: with 100,000 checks the loop waits long for it."""

import asyncio
import gc
import ssl
import struct
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.message
import dns.rrset
import pytest
from aiohttp import web
from authority import Authority
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import StreamEnded
from remains import nothing, remains
from websockets.asyncio.server import serve as serve_websocket

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.network import Network
from monitor.plugin import ProbeError, Reason
from monitor.plugin.catalogue import discover
from monitor.testing import configured, serve, serve_stream, serve_tls
from monitor.testing.looks import SETTINGS, check_of
from monitor.vitals import Vitals


async def greet(reader, writer):
    writer.write(b"220 ready\r\n")


async def ok(request):
    return web.Response(text="ok")


@asynccontextmanager
async def datagrams(answer):
    """Answer each datagram with what is made of it."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            self.transport.sendto(answer(data), address)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


def resolved(asked):
    """Return the answer to a question for an address: 192.0.2.1."""
    question = dns.message.from_wire(asked)
    response = dns.message.make_response(question)
    response.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "A", "192.0.2.1"))
    return response.to_wire()


def timed(asked):
    """Return what a time server of the second stratum says (RFC 5905)."""
    now = round((time.time() + 2_208_988_800) * 2**32).to_bytes(8)
    return struct.pack("!BBbbII4s", 4 << 3 | 4, 2, 6, -20, 655, 655, b"GPS\0") + now + asked[40:48] + now + now


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def answer_http2(reader, writer):
    """Answer 200 to each request."""
    connection = H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    while True:
        writer.write(connection.data_to_send())
        data = await reader.read(65536)
        if not data:
            return
        for event in connection.receive_data(data):
            if isinstance(event, StreamEnded):
                connection.send_headers(event.stream_id, [(":status", "200")], end_stream=True)


async def settings_of_http2(stack):
    folder = Path(stack.enter_context(TemporaryDirectory()))
    authority = Authority(folder)
    pair = authority.pair("server", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    context.set_alpn_protocols(["h2"])
    address = await stack.enter_async_context(serve_stream(answer_http2, tls=context))
    trust = {"tls_config": {"ca_file": str(authority.file)}}
    return {"target": f"https://{address}/", "valid_http_versions": ["HTTP/2.0"], **trust}


async def settings_of(kind, stack):
    if kind == "icmp":
        return {"target": "127.0.0.1"}
    if kind == "dns":
        return {"target": await stack.enter_async_context(datagrams(resolved)), "query_name": "dancu.example"}
    if kind == "ntp":
        return {"target": await stack.enter_async_context(datagrams(timed))}
    if kind == "websocket":
        server = await stack.enter_async_context(serve_websocket(echo, "127.0.0.1", 0))
        return {"target": f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}
    if kind == "http":
        return {"target": await stack.enter_async_context(serve(ok))}
    if kind == "http2":
        return await settings_of_http2(stack)
    if kind == "tcp":
        address = await stack.enter_async_context(serve_stream(greet))
        return {"target": address, "query_response": [{"expect": "^220"}]}
    server = await stack.enter_async_context(serve_tls(ok))
    trust = {"tls_config": {"ca_file": server.ca_file}}
    return {"target": server.url if kind == "https" else server.target, **trust}


KINDS = ("http", "https", "http2", "tcp", "tls", "icmp", "dns", "ntp", "websocket")


@pytest.mark.parametrize("case", KINDS)
async def test_a_run_leaves_no_cycle(case):
    probe_kind = discover().kinds["http" if case.startswith("http") else case]
    async with AsyncExitStack() as stack:
        left = await remains(configured(probe_kind.probe, await settings_of(case, stack)))

    assert left == nothing("up")


@dataclass(frozen=True, kw_only=True)
class Stumbling:
    """Keeps its error where its traceback leads to."""

    async def observe(self, vantage):
        try:
            await asyncio.sleep(0)
            raise ProbeError(Reason.PROTOCOL, "no")
        except ProbeError as error:
            kept = error
        raise ProbeError(Reason.CONTENT, "no either") from kept


async def test_an_error_that_its_frame_keeps_is_no_cycle():
    clock, vitals = SystemClock(), Vitals()
    network = Network(SETTINGS, clock, vitals)
    engine = Engine(SETTINGS, clock, vitals, network, Workers(SETTINGS, clock, vitals), lambda _: None)
    check = check_of(Stumbling(), timedelta(seconds=5))
    seen = (await engine.run_once(check)).observation
    gc.collect()
    gc.disable()
    try:
        await engine.run_once(check)
        left = gc.collect()
    finally:
        gc.enable()
    await engine.stop(timedelta(0))
    await network.close()

    assert (seen.reason, left) == (Reason.CONTENT, 0)
