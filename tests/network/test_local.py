"""A unix socket is vetted, opened and closed like every other connection, on both event loops."""

import asyncio
import socket

import pytest

from monitor.observation import Reason
from monitor.plugin import ProbeError, UnixPath


async def test_stream_goes_both_ways_and_is_closed(look, settled, tmp_path):
    async def talk(reader, writer):
        writer.write((await reader.readexactly(5)).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(talk, tmp_path / "s")
    async with look(sockets=[tmp_path]).connect_unix(UnixPath(f"{tmp_path}/s")) as stream:
        await stream.write(b"hello")
        assert await stream.read_exactly(5) == b"HELLO"
        with pytest.raises(ValueError, match="unix socket has no address"):
            _ = stream.address
    server.close()

    assert await settled() <= 0


async def test_datagrams_go_both_ways_and_are_closed(look, settled, tmp_path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "d"))
    server.settimeout(1)
    async with look(sockets=[tmp_path]).datagrams_unix(UnixPath(f"{tmp_path}/d")) as datagrams:
        datagrams.send(b"ping")
        data, peer = server.recvfrom(100)
        server.sendto(data.upper(), peer)
        assert await datagrams.receive() == b"PING"
        with pytest.raises(ValueError, match="unix socket has no address"):
            _ = datagrams.address
    server.close()

    assert await settled() <= 0


async def test_end_of_the_other_side_ends_the_wait_for_a_datagram(look, tmp_path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "d"))
    async with look(sockets=[tmp_path]).datagrams_unix(UnixPath(f"{tmp_path}/d")) as datagrams:
        server.close()
        datagrams.send(b"ping")
        with pytest.raises(ConnectionRefusedError):
            await datagrams.receive()


async def test_end_of_the_run_closes_what_was_left_open(look, settled, tmp_path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "d"))
    vantage = look(sockets=[tmp_path])
    left = vantage.datagrams_unix(UnixPath(f"{tmp_path}/d"))
    datagrams = await left.__aenter__()
    vantage.close()

    with pytest.raises(ConnectionResetError):
        await datagrams.receive()
    with pytest.raises(ProbeError, match="over"):
        await vantage.datagrams_unix(UnixPath(f"{tmp_path}/d")).__aenter__()
    server.close()
    assert await settled() <= 0


@pytest.mark.parametrize("kind", ["connect_unix", "datagrams_unix"])
async def test_socket_outside_the_allowed_folders_is_not_connected_to(look, tmp_path, kind):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    listening.listen()
    listening.setblocking(False)

    with pytest.raises(ProbeError) as caught:
        async with getattr(look(sockets=["/run/other"]), kind)(UnixPath(f"{tmp_path}/s")):
            pass
    with pytest.raises(BlockingIOError):
        listening.accept()
    listening.close()

    assert caught.value.reason is Reason.EGRESS
