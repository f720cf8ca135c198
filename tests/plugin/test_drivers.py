"""A driver connects only where the vantage lets it, reads no more than it may, and is cut off when the run is over."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from monitor.plugin import Observation, ProbeError, Reason, Status, Vantage, up
from monitor.plugin.drivers import Aside
from monitor.testing import look, run, serve_stream, stalled

WITHIN = timedelta(milliseconds=600)


@dataclass(frozen=True, kw_only=True)
class Driven:
    """Lets a driver work aside."""

    work: Callable[[Aside[Any]], Awaitable[Any]]
    most: int = 1000
    ends_at_fault: bool = False

    async def observe(self, vantage: Vantage) -> Observation:
        aside: Aside[Any] = Aside(vantage, self.work, most_bytes=self.most, ends_at_fault=self.ends_at_fault)
        return up(detail=str(await aside.run()))


def where(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"x" * 500)


async def all_of(address: str) -> str:
    reader, writer = await asyncio.open_connection(*where(address))
    data = await reader.read(-1)
    writer.close()
    return f"{len(data)} bytes in {threading.current_thread().name}"


async def test_driver_works_in_a_thread_of_its_own():
    async with serve_stream(talk) as address:
        outcome = await run(Driven(work=lambda _: all_of(address)))

    assert outcome.observation.detail == "500 bytes in driver"
    assert set(outcome.phases) == {"connect", "login"}


async def test_driver_reads_no_more_than_it_may():
    async with serve_stream(talk) as address:
        seen = await look(Driven(work=lambda _: all_of(address), most=499))

    assert (seen.reason, seen.detail) == (Reason.TOO_LARGE, "more than 499 bytes came")


async def test_bug_of_a_driver_is_found_where_it_is(capsys):
    async def stumble(aside: Aside[Any]) -> None:
        await asyncio.sleep(0)
        raise LookupError

    seen = await look(Driven(work=stumble))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert "in stumble" in capsys.readouterr().out


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
async def test_address_outside_egress_is_not_connected_to(host):
    seen = await look(Driven(work=lambda _: asyncio.open_connection(host, 80)))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_socket_that_a_driver_makes_itself_is_vetted_too():
    async def work(aside: Aside[Any]) -> None:
        import socket

        with socket.socket() as made:
            made.setblocking(False)
            await aside.loop.sock_connect(made, ("192.0.2.1", 80))

    seen = await look(Driven(work=work))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_unix_socket_is_refused():
    seen = await look(Driven(work=lambda _: asyncio.open_unix_connection("/run/x.sock")))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_driver_that_tries_again_is_ended_at_its_first_fault():
    async def work(_: Aside[Any]) -> None:
        while True:
            try:
                await asyncio.open_connection("192.0.2.1", 80)
            except OSError:
                await asyncio.sleep(0.05)

    outcome = await run(Driven(work=work, ends_at_fault=True))

    assert outcome.observation.reason is Reason.EGRESS
    assert outcome.duration_seconds < 2


async def test_driver_that_blocks_is_cut_off_in_time():
    async def work(aside: Aside[Any]) -> bytes:
        sock = await aside.connected(*where(address))
        sock.settimeout(None)
        return sock.recv(10)

    async with stalled() as address:
        outcome = await run(Driven(work=work), within=WITHIN)
        drivers = [one for one in threading.enumerate() if one.name == "driver"]
        for one in drivers:
            await asyncio.to_thread(one.join, 3)

    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25
    assert not [one for one in drivers if one.is_alive()]


async def test_what_a_driver_raises_is_the_runs():
    async def work(_: Aside[Any]) -> None:
        raise ProbeError(Reason.UNAUTHORIZED, "no")

    seen = await look(Driven(work=work))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
