"""An ICMP socket sends to one vetted address and is gone when its run is."""

import asyncio
import socket
import time
from ipaddress import ip_address

import pytest

from monitor.network.echoes import FORBIDDEN, permitted
from monitor.network.icmp import V4
from monitor.observation import Reason
from monitor.plugin import EchoOptions, ProbeError


@pytest.fixture
def echoing():
    """Skip where the kernel lets us have no ICMP socket."""
    try:
        permitted(V4)[0].close()
    except ProbeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_requests_come_back_with_their_numbers(look, echoing, host):
    async with look().echoes(host) as echoes:
        for number in (0, 1, 65535):
            echoes.send(number, b"payload")
        found = [await asyncio.wait_for(echoes.receive(), 5) for _ in range(3)]

    assert sorted(echo.number for echo in found) == [0, 1, 65535]
    assert all(echo.reason is None and echo.hop_limit == 64 and 0 <= echo.seconds < 1 for echo in found)


async def test_two_sockets_do_not_hear_each_other(look, echoing):
    vantage = look()
    async with vantage.echoes("127.0.0.1") as one, vantage.echoes("127.0.0.1") as other:
        one.send(0, b"mine")
        await asyncio.wait_for(one.receive(), 5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(other.receive(), 0.05)


@pytest.mark.alone
async def test_time_that_the_loop_is_late_does_not_count(look, echoing):
    # The kernel begins to time packets some moments after the first socket wants that, on a busy machine rather later.
    async with look().echoes("127.0.0.1") as echoes:
        found = []
        while len(found) < 20 and sum(seconds < 0.05 for seconds in found) < 3:
            echoes.send(len(found), b"x")
            time.sleep(0.1)  # noqa: ASYNC251 - holds the loop up on purpose
            found.append((await asyncio.wait_for(echoes.receive(), 5)).seconds)

    assert max(found[-3:]) < 0.05


async def test_nothing_stays_open_after_a_cancellation(look, echoing, settled):
    async def wait():
        async with look().echoes("127.0.0.1") as echoes:
            await echoes.receive()

    running = asyncio.create_task(wait())
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert await settled() <= 0


async def test_waiting_ends_with_the_socket(look, echoing):
    async with look().echoes("127.0.0.1") as echoes:
        waiting = asyncio.create_task(echoes.receive())
        await asyncio.sleep(0)
        echoes.close()
        with pytest.raises(ConnectionResetError):
            await waiting


async def test_kernel_that_lets_us_have_no_socket_is_ours_to_mend(look, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr("socket.socket", refuse)
    with pytest.raises(ProbeError, match="ping_group_range") as caught:
        permitted(V4)

    assert (caught.value.reason, caught.value.detail) == (Reason.EGRESS, FORBIDDEN)


async def test_options_are_set(look, echoing):
    options = EchoOptions(source=ip_address("127.0.0.5"), ttl=7, dont_fragment=True)
    async with look().echoes("127.0.0.1", options=options) as echoes:
        assert echoes._socket.getsockname()[0] == "127.0.0.5"
        assert echoes._socket.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 7
        assert echoes._socket.getsockopt(socket.IPPROTO_IP, 10) == 3
