"""A run leaves nothing that only the garbage collector would find: with 100,000 checks the loop waits long for it."""

import asyncio
import gc
import struct
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import dns.message
import dns.rrset
import pytest
from aiohttp import web
from websockets.asyncio.server import serve as serve_websocket

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.network import Network
from monitor.observation import Status
from monitor.plugin.catalogue import discover
from monitor.testing import configured, serve, serve_stream, serve_tls
from monitor.testing.looks import SETTINGS, check_of
from monitor.vitals import Vitals

RUNS = 10


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
    if kind == "tcp":
        address = await stack.enter_async_context(serve_stream(greet))
        return {"target": address, "query_response": [{"expect": "^220"}]}
    server = await stack.enter_async_context(serve_tls(ok))
    trust = {"tls_config": {"ca_file": server.ca_file}}
    return {"target": server.url if kind == "https" else server.target, **trust}


def clients(found):
    """Count what is left of us and of the libraries; asyncio's own transports and aiohttp's server stay out."""
    names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in found)
    return Counter(name for name in names if not name.startswith(("builtins.", "asyncio.", "socket.", "aiohttp.")))


@pytest.mark.parametrize("kind", ["http", "https", "tcp", "tls", "icmp", "dns", "ntp", "websocket"])
async def test_a_run_leaves_no_cycle(kind):
    probe_kind = discover().kinds["http" if kind == "https" else kind]
    clock, vitals = SystemClock(), Vitals()
    network = Network(SETTINGS, clock, vitals)
    engine = Engine(SETTINGS, clock, vitals, network, Workers(SETTINGS, clock, vitals), lambda _: None)
    async with AsyncExitStack() as stack:
        probe = configured(probe_kind.probe, await settings_of(kind, stack))
        check = check_of(probe, timedelta(seconds=5))
        assert (await engine.run_once(check)).observation.status is Status.UP
        await asyncio.sleep(0.05)
        gc.collect()
        gc.disable()
        try:
            for _ in range(RUNS):
                await engine.run_once(check)
            await asyncio.sleep(0.05)  # the far ends close, too
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = clients(gc.garbage)
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
        await engine.stop(timedelta(0))
        await network.close()

    assert left == Counter()
