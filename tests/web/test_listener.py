"""Promise: listening begins or says why not, and ends in time whatever clients do."""

import asyncio
import time
from datetime import timedelta
from ipaddress import ip_address

import pytest
from web.pretend import dialled, scene

from monitor.web import application, listen

LOOPBACK = ip_address("127.0.0.1")


async def test_taken_port_is_an_error():
    first = await listen(application(scene().running()), LOOPBACK, 0)
    try:
        with pytest.raises(OSError, match="Address already in use"):
            await listen(application(scene().running()), LOOPBACK, first.port)
    finally:
        await first.close()


async def test_ipv6_loopback_is_listened_on():
    listener = await listen(application(scene().running()), ip_address("::1"), 0)
    async with dialled(listener.port, "::1") as (reader, writer):
        writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
    await listener.close()

    assert answer.endswith(b"healthy\n")


async def test_close_does_not_wait_for_those_who_hold_on():
    stage = scene()
    stage.reload = lambda: asyncio.sleep(60)
    listener = await listen(application(stage.running()), LOOPBACK, 0, stop_within=timedelta(seconds=0.2))
    async with dialled(listener.port), dialled(listener.port) as (_, busy):
        busy.write(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(0.05)

        began = time.monotonic()
        await listener.close()

        assert time.monotonic() - began < 2


async def test_closed_listener_takes_no_more_connections():
    listener = await listen(application(scene().running()), LOOPBACK, 0)
    port = listener.port
    await listener.close()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
