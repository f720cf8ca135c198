"""A UDP socket takes datagrams from its target alone, and not without end."""

import asyncio
import socket

import pytest

from monitor.network.packets import KEPT


@pytest.fixture
def echo():
    """A UDP socket on loopback that the test answers from by hand."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(1)
    yield made
    made.close()


async def test_datagrams_go_both_ways(look, echo):
    async with look().datagrams("127.0.0.1", echo.getsockname()[1]) as datagrams:
        datagrams.send(b"ping")
        data, peer = await asyncio.to_thread(echo.recvfrom, 100)
        echo.sendto(data.upper(), peer)

        assert await datagrams.receive() == b"PING"
        assert str(datagrams.address) == "127.0.0.1"


async def test_a_datagram_from_anywhere_else_is_dropped(look, echo):
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    async with look().datagrams("127.0.0.1", echo.getsockname()[1]) as datagrams:
        datagrams.send(b"ping")
        _, peer = await asyncio.to_thread(echo.recvfrom, 100)
        stranger.sendto(b"forged", peer)
        await asyncio.sleep(0.01)
        echo.sendto(b"real", peer)

        assert await datagrams.receive() == b"real"
    stranger.close()


async def test_a_port_nobody_listens_on_is_a_refusal(look, echo):
    port = echo.getsockname()[1]
    echo.close()

    async with look().datagrams("127.0.0.1", port) as datagrams:
        datagrams.send(b"ping")
        with pytest.raises(ConnectionRefusedError):
            await datagrams.receive()


async def test_a_flood_is_dropped(look, echo):
    async with look().datagrams("127.0.0.1", echo.getsockname()[1]) as datagrams:
        datagrams.send(b"ping")
        _, peer = await asyncio.to_thread(echo.recvfrom, 100)
        for _ in range(10):
            for _ in range(50):
                echo.sendto(b"x" * 100, peer)
            await asyncio.sleep(0.005)

        assert len(datagrams._inbox.kept) == KEPT


async def test_nothing_stays_open_after_a_cancellation(look, echo, settled):
    async def wait():
        async with look().datagrams("127.0.0.1", echo.getsockname()[1]) as datagrams:
            await datagrams.receive()

    running = asyncio.create_task(wait())
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert await settled() <= 0
