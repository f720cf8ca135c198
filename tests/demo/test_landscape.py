"""Every door of the landscape behaves as its name says."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import aiohttp
import pytest

from monitor.demo.certificates import AUTHORITY, issue
from monitor.demo.country import Size, country
from monitor.demo.doors import Ports
from monitor.demo.landscape import served
from monitor.demo.styles import LOOKS
from monitor.demo.troubles import DOORS, Trouble


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    issue(folder, datetime.now(UTC))
    return folder


@asynccontextmanager
async def open_country(certificates, **size):
    made = country(Size(**size), date(2026, 11, 20))
    async with served(made, certificates, Ports()) as ports:
        yield made, ports


@asynccontextmanager
async def client(certificates):
    tls = ssl.create_default_context(cafile=certificates / AUTHORITY)
    timeout = aiohttp.ClientTimeout(total=5)
    connector = aiohttp.TCPConnector(ssl=tls, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield session


async def test_each_port_is_another_one(certificates):
    async with open_country(certificates) as (_, ports):
        numbers = {name: getattr(ports, name) for name in ports.__slots__}
        datagrams = {name: numbers.pop(name) for name in ("names", "clock", "drifting", "sensors")}

        assert 0 not in {*numbers.values(), *datagrams.values()}
        assert (len(set(numbers.values())), len(set(datagrams.values()))) == (12, 4)


STATUS = {Trouble.UNAVAILABLE: 503, Trouble.UNAUTHORIZED: 401, Trouble.THROTTLED: 429}


async def test_every_http_check_of_the_country_is_answered_as_dealt(certificates):
    async with open_country(certificates) as (made, ports), client(certificates) as session:
        wrong = []
        for piece in made.pieces:
            for check, style in piece.checks:
                trouble = made.troubles.get(check)
                if not LOOKS[style].path or trouble in {*DOORS, Trouble.FLAPPING, Trouble.SLOW}:
                    continue
                async with session.post(f"http://127.0.0.1:{ports.http}/{piece.target}{LOOKS[style].path}") as answer:
                    if answer.status != STATUS.get(trouble, 200):
                        wrong.append((check, trouble, answer.status))

        assert wrong == []


async def test_https_is_trusted(certificates):
    async with open_country(certificates) as (_, ports), client(certificates) as session:
        for port in (ports.https, ports.expiring):
            async with session.get(f"https://127.0.0.1:{port}/x/ping") as answer:
                assert answer.status == 200


async def test_the_expired_certificate_is_refused(certificates):
    async with open_country(certificates) as (_, ports), client(certificates) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match="expired"):
            await session.get(f"https://127.0.0.1:{ports.expired}/x/ping")


async def test_the_refused_port_refuses(certificates):
    async with open_country(certificates) as (_, ports):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports.refused)


async def test_the_stalled_port_accepts_and_says_nothing(certificates):
    async with open_country(certificates) as (_, ports):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.stalled)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        writer.close()


async def test_the_greeting_comes_by_itself(certificates):
    async with open_country(certificates) as (_, ports):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.greeting)

        assert (await reader.readline()).startswith(b"220 ")
        writer.write(b"QUIT\n")
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("name", ["directory", "coordination", "mail", "events"])
@pytest.mark.parametrize(
    "said", [b"\x30\x84\xff\xff\xff\xff", b"\x30\x05\x02\x01\x01\x68\x00", b"?" * 100_000, b"\r\n" * 40]
)
async def test_doors_of_a_data_centre_survive_whoever_speaks_something_else(certificates, name, said):
    async with open_country(certificates) as (_, ports):
        _, writer = await asyncio.open_connection("127.0.0.1", getattr(ports, name))
        writer.write(said)
        writer.close()
        reader, again = await asyncio.open_connection("127.0.0.1", getattr(ports, name))
        again.write(WELL_SAID[name])

        assert await reader.read(1) != b""
        again.close()


WELL_SAID = {
    "directory": bytes.fromhex("300c020101600702010304008000"),
    "coordination": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "mail": b"QUIT\r\n",
    "events": b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
}


async def test_a_taken_port_is_said(certificates):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        made = country(Size(checks=5), date(2026, 11, 20))

        with pytest.raises(OSError, match="in use"):
            async with served(made, certificates, Ports.from_base(taken.getsockname()[1])):
                pass


async def test_nothing_is_left_open(certificates):
    async with open_country(certificates) as (_, ports):
        pass

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", ports.http)
