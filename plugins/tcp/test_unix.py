"""Unix sockets are looked at like any other target, and what is wrong with them is said in an operator's words."""

import asyncio
import contextlib
import os
import socket
from datetime import timedelta

import pytest
from datashare_monitor_tcp import TcpProbe, UdpProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import configured, look, serve_stream, serve_tls


@contextlib.asynccontextmanager
async def streams(path, talk):
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(path))
    async with serve_stream(talk, bound=bound):
        yield f"unix:{path}"


@contextlib.asynccontextmanager
async def datagrams(path, *answers: bytes):
    loop = asyncio.get_running_loop()
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(path))
    server.setblocking(False)

    def answer() -> None:
        _, peer = server.recvfrom(100)
        for each in answers:
            server.sendto(each, peer)

    loop.add_reader(server, answer)
    try:
        yield f"unix:{path}"
    finally:
        loop.remove_reader(server)
        server.close()


async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"+OK ready\r\n")
    await writer.drain()
    writer.close()


async def over_tcp(target: str, *steps: dict[str, object], within: float = 5, **settings) -> Observation:
    probe = configured(TcpProbe, {"target": target, "query_response": [*steps], **settings})
    return await look(probe, within=timedelta(seconds=within))


async def over_udp(target: str, *, within: float = 5, **settings) -> Observation:
    probe = configured(UdpProbe, {"target": target, "send": "ping", **settings})
    return await look(probe, within=timedelta(seconds=within))


async def test_conversation_over_a_socket(tmp_path):
    async with streams(tmp_path / "s", greet) as target:
        good, bad = await over_tcp(target, {"expect": "^[+]OK"}), await over_tcp(target, {"expect": "^-"})

    assert good.status is Status.UP
    assert (bad.status, bad.reason) == (Status.DOWN, Reason.CONTENT)


async def test_tls_over_a_socket_verifies_the_name_that_is_written(tmp_path):
    async with serve_tls(names=("db.example",)) as server:
        host, _, port = server.target.partition(":")

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            try:
                await asyncio.gather(copied(reader, far_writer), copied(far_reader, writer))
            finally:
                far_writer.close()

        async with streams(tmp_path / "s", forward) as target:
            config = {"ca_file": server.ca_file, "server_name": "db.example"}
            right = await over_tcp(target, tls=True, tls_config=config)
            wrong = await over_tcp(target, tls=True, tls_config=config | {"server_name": "other.example"})

    assert right.status is Status.UP
    assert (wrong.status, wrong.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


async def test_datagram_and_its_answer(tmp_path):
    async with datagrams(tmp_path / "d", b"pong") as target:
        good, bad = await over_udp(target, expect="^pong"), await over_udp(target, expect="^x")

    assert (good.status, good.detail) == (Status.UP, "answered 4 bytes")
    assert (bad.status, bad.reason) == (Status.DOWN, Reason.CONTENT)


async def test_silence_on_a_datagram_socket_is_a_timeout(tmp_path):
    async with datagrams(tmp_path / "d") as target:
        seen = await over_udp(target, within=0.3)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_full_queue_of_datagrams_is_said_to_be_full(tmp_path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "d"))
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while filler.sendto(b"x", str(tmp_path / "d")):
            pass
    seen = await over_udp(f"unix:{tmp_path}/d")
    server.close()
    filler.close()

    assert (seen.reason, seen.detail) == (Reason.REFUSED, "the socket's queue of datagrams is full")


async def test_full_queue_of_connections_is_said_to_be_full(tmp_path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen(0)
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for one in crowd:
        one.setblocking(False)
        one.connect_ex(str(tmp_path / "s"))
    seen = await over_tcp(f"unix:{tmp_path}/s")
    for one in (server, *crowd):
        one.close()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)
    assert seen.detail == f"the queue of connections at unix:{tmp_path}/s is full"


@pytest.mark.parametrize("look_at", [over_tcp, over_udp])
async def test_missing_and_abandoned_sockets_are_told_apart(tmp_path, look_at):
    missing = await look_at(f"unix:{tmp_path}/none")
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if look_at is over_tcp else socket.SOCK_DGRAM)
    left.bind(str(tmp_path / "left"))
    left.close()
    abandoned = await look_at(f"unix:{tmp_path}/left")

    assert (missing.reason, missing.detail) == (Reason.REFUSED, f"there is no socket at unix:{tmp_path}/none")
    assert (abandoned.reason, abandoned.detail) == (Reason.REFUSED, f"nobody listens at unix:{tmp_path}/left")


async def test_socket_of_the_other_kind_is_named_so(tmp_path):
    async with datagrams(tmp_path / "d") as other, streams(tmp_path / "s", greet) as another:
        for seen in (await over_tcp(other), await over_udp(another)):
            assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
            assert "of the other kind" in seen.detail


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
async def test_lack_of_permission_is_a_fault_of_ours_that_is_explained(tmp_path):
    async with streams(tmp_path / "s", greet) as target:
        (tmp_path / "s").chmod(0o600)
        os.seteuid(65534)
        try:
            seen = await over_tcp(target)
        finally:
            os.seteuid(0)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)
    assert seen.detail == (
        f"no permission to use {target}: user id 65534 needs to write to it and to enter its folders"
    )
