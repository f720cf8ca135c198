"""``python -m tests.benchmarks.answering``: answers gRPC health checks, WebSockets and datagrams.

Prints its ports and ends with its input.
"""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from websockets.asyncio.server import ServerConnection, serve

LOOPBACK = "127.0.0.1"


class Echo(asyncio.DatagramProtocol):
    """Sends every datagram back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(data, addr)


async def main() -> None:
    """Serve until standard input ends."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    healthy = grpc.server(ThreadPoolExecutor(4))
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, healthy)
    ports = {"grpc": healthy.add_insecure_port(f"{LOOPBACK}:0")}
    healthy.start()
    echo, _ = await loop.create_datagram_endpoint(Echo, local_addr=(LOOPBACK, 0))
    ports["udp"] = echo.get_extra_info("sockname")[1]
    async with serve(_greet, LOOPBACK, 0, compression=None) as websockets:
        ports["websocket"] = websockets.sockets[0].getsockname()[1]
        print(json.dumps(ports), flush=True)
        loop.add_reader(sys.stdin, ended.set)
        await ended.wait()
    echo.close()
    healthy.stop(None).wait(5)


async def _greet(connection: ServerConnection) -> None:
    """Say hello, and read until the other side closes."""
    await connection.send('{"type":"hello"}')
    async for _ in connection:
        pass


if __name__ == "__main__":
    asyncio.run(main())
