"""Whatever a database does or leaves undone, the check is decided in time, and nothing is connected to unvetted.

Oracle and SQL Server are looked at here through their real drivers, against peers that refuse, stall and talk nonsense:
there is no server of theirs to try.
"""

import asyncio
import struct
import threading
import time
from datetime import timedelta
from functools import partial

import datashare_monitor_sql
import pytest
from datashare_monitor_sql import SqlProbe
from oracledb import thin_impl
from remains import remains_of_broken

from monitor.plugin import Observation, ProbeError, Reason, Status
from monitor.testing import (
    assert_conforms,
    configured,
    crowded,
    dripping,
    look,
    refused,
    run,
    serve_stream,
    stalled,
)

PRODUCTS = ("postgresql", "mysql", "mariadb", "oracle", "sqlserver")
WITHIN = timedelta(seconds=1)
LATEST_SECONDS = WITHIN.total_seconds() + 0.25
PYTDS_LEAVES = 70
"""Objects of a run: its session, reader and writer hold each other."""
MYSQL_GREETING = (
    b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<H", 0xFFFF) + b"\x2d\x02\0"
    + struct.pack("<H", 0xFFFF) + b"\x15" + bytes(10) + b"saltsaltsalt\0" + b"mysql_native_password\0"
)  # fmt: skip
NO_TLS_GREETING = MYSQL_GREETING.replace(struct.pack("<H", 0xFFFF), struct.pack("<H", 0xF7FF), 1)


def packet(data: bytes, number: int = 0) -> bytes:
    return struct.pack("<I", len(data))[:3] + bytes([number]) + data


def settings(product: str, target: str, **more) -> dict:
    clear = {"tls": False, "allow_cleartext": True} if "tls" not in more else {}
    return {
        "target": target, "product": product, "database": "sharing", "user": "reader", "query": "SELECT 1 AS a",
        **clear, **more,
    }  # fmt: skip


async def seen_at(product: str, target: str, **more) -> Observation:
    return await look(configured(SqlProbe, settings(product, target, **more)), within=WITHIN)


@pytest.mark.parametrize("product", PRODUCTS)
async def test_plugin_conforms(product):
    await assert_conforms(datashare_monitor_sql, lambda address: configured(SqlProbe, settings(product, address)))


@pytest.mark.parametrize("product", PRODUCTS)
async def test_refused_connection_is_refused(product):
    async with refused() as address:
        seen = await seen_at(product, address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(64), b"\xff" * 64, b"SSH-2.0-x\r\n", b""])
async def test_nonsense_is_the_targets_fault(product, noise):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if product not in ("mysql", "mariadb"):
            await reader.read(1)
        writer.write(noise)

    async with serve_stream(talk) as address:
        seen = await seen_at(product, address)

    assert seen.status is Status.DOWN, seen
    assert seen.reason in {Reason.PROTOCOL, Reason.DISCONNECTED, Reason.TOO_LARGE, Reason.TIMEOUT}, seen


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(packet(MYSQL_GREETING))
    await reader.read(8192)
    await asyncio.sleep(60)


async def agree_to_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8)
    writer.write(b"S")
    await asyncio.sleep(60)


async def ask_for_password(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    writer.write(b"R" + struct.pack("!ii", 8, 3))
    await reader.read(8192)
    await asyncio.sleep(60)


async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    version = b"server_version\x0015.1\0"
    writer.write(b"R" + struct.pack("!ii", 8, 0) + b"S" + struct.pack("!i", 4 + len(version)) + version)
    writer.write(b"K" + struct.pack("!iii", 12, 1, 1) + b"Z" + struct.pack("!i", 5) + b"I")
    await reader.read(8192)
    await asyncio.sleep(60)


async def begin_tls(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    await asyncio.sleep(60)


async def mysql_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(packet(MYSQL_GREETING))
    await reader.read(8192)
    await asyncio.sleep(60)


async def tds_prelogin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    options = b"\x00" + struct.pack(">HH", 11, 6) + b"\x01" + struct.pack(">HH", 17, 1) + b"\xff"
    body = options + b"\x10\0\0\0\0\0" + b"\x02"
    writer.write(struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 0, 0) + body)
    await reader.read(8192)
    await asyncio.sleep(60)


SERVED = {
    "postgresql, after TLS was agreed on": ("postgresql", agree_to_tls, {"tls": True}),
    "postgresql, at the password": ("postgresql", ask_for_password, {}),
    "postgresql, at the statement": ("postgresql", let_in, {}),
    "mysql, at the password": ("mysql", greet, {}),
    "mysql, in TLS": ("mysql", mysql_tls, {"tls": True}),
    "oracle, in TLS": ("oracle", begin_tls, {"tls": True}),
    "sqlserver, at the login": ("sqlserver", tds_prelogin, {}),
}


@pytest.mark.parametrize("stage", SERVED)
async def test_stalled_conversation_ends_in_time(stage):
    product, talk, more = SERVED[stage]
    async with serve_stream(talk) as address:
        outcome = await run(configured(SqlProbe, settings(product, address, **more)), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT), outcome
    assert outcome.duration_seconds < LATEST_SECONDS


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("broken", [crowded, stalled, dripping])
async def test_silent_server_ends_in_time_and_leaves_no_thread(product, broken):
    async with broken() as address:
        outcome = await run(configured(SqlProbe, settings(product, address)), within=WITHIN)
        left = await asyncio.to_thread(threads_left)

    assert outcome.observation.status is Status.DOWN, outcome
    assert outcome.duration_seconds < LATEST_SECONDS
    assert left == []


def threads_left() -> list[str]:
    """Return the drivers' threads that are still there after a moment."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        left = [one.name for one in threading.enumerate() if one.name == "driver"]
        if not left:
            break
        time.sleep(0.02)
    return left


async def test_sqlserver_leaves_what_its_driver_does_not_let_go():
    left = await remains_of_broken(lambda address: configured(SqlProbe, settings("sqlserver", address)))

    assert (left.descriptors, left.threads) == (0, 0)
    assert sum(left.cyclic.values()) <= 2 * PYTDS_LEAVES  # of a server that stalls, and of one that talks nonsense


async def ask_for_a_billion_rounds(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, written: str) -> None:
    await reader.read(8192)
    writer.write(b"R" + struct.pack("!ii", 8 + 15, 10) + b"SCRAM-SHA-256\0\0")
    said = await reader.read(8192)
    nonce = said[said.index(b"r=") :].rstrip(b"\0")
    first = nonce + b"x,s=QUFBQQ==," + written.encode()
    writer.write(b"R" + struct.pack("!ii", 8 + len(first), 11) + first)
    await asyncio.sleep(60)


@pytest.mark.parametrize("written", ["i=2000000000", "i=00002000000000", "i=٢٠٠٠٠٠٠٠٠٠", "i=1000001"])
async def test_server_cannot_keep_a_processor_busy(written, tmp_path):
    (tmp_path / "password").write_text("secret")
    more = {"password": {"file": str(tmp_path / "password")}}
    async with serve_stream(partial(ask_for_a_billion_rounds, written=written)) as address:
        seen = await seen_at("postgresql", address, **more)
        left = await asyncio.to_thread(threads_left)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL), seen
    assert left == []


async def test_oracle_derives_no_key_that_takes_too_long():
    async with refused() as address:
        await seen_at("oracle", address)

    assert thin_impl.get_derived_key(b"secret", b"salt" * 4, 64, 4096)
    with pytest.raises(ProbeError, match="too many times"):
        thin_impl.get_derived_key(b"secret", b"salt" * 4, 64, 2_000_000_000)


@pytest.mark.parametrize("product", PRODUCTS)
async def test_address_outside_the_allowed_networks_is_not_connected_to(product):
    seen = await seen_at(product, "192.0.2.1:5432")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_server_without_tls_is_told_and_gets_no_login():
    heard = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(packet(NO_TLS_GREETING))
        heard.extend(await reader.read(8192))

    async with serve_stream(talk) as address:
        seen = await seen_at("mysql", address, tls=True)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TLS)
    assert heard == b""


async def test_postgresql_without_tls_is_told_and_gets_no_login():
    heard = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(8192))
        writer.write(b"N")
        heard.extend(await reader.read(8192))

    async with serve_stream(talk) as address:
        seen = await seen_at("postgresql", address, tls=True)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TLS), seen
    assert heard == struct.pack("!ii", 8, 80877103)


async def redirecting_listener(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    address = (
        b"(ADDRESS=(PROTOCOL=tcp)(HOST=192.0.2.1)(PORT=1521))\0(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=sharing)))"
    )
    writer.write(struct.pack(">HHBBHH", 10, 0, 5, 0, 0, len(address)))
    writer.write(struct.pack(">HHBBHH", 10 + len(address), 0, 6, 0, 0, 0) + address)
    await reader.read(8192)


async def test_oracle_is_not_followed_where_egress_does_not_allow():
    async with serve_stream(redirecting_listener) as address:
        seen = await seen_at("oracle", address)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS), seen


async def routing_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8192)
    options = b"\x00" + struct.pack(">HH", 11, 6) + b"\x01" + struct.pack(">HH", 17, 1) + b"\xff"
    body = options + b"\x10\0\0\0\0\0" + b"\x02"
    writer.write(struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 0, 0) + body)
    await reader.read(8192)
    host = "192.0.2.1".encode("utf-16-le")
    route = struct.pack("<BHH", 0, 1433, len(host) // 2) + host
    change = b"\x14" + struct.pack("<H", len(route)) + route + struct.pack("<H", 0)
    name = "double".encode("utf-16-le")
    accepted = b"\x01" + b"\x74\x00\x00\x04" + bytes([6]) + name + b"\x10\x00\x00\x00"
    tokens = b"\xad" + struct.pack("<H", len(accepted)) + accepted + b"\xe3" + struct.pack("<H", len(change)) + change
    tokens += b"\xfd" + struct.pack("<HHQ", 0, 0, 0)
    writer.write(struct.pack(">BBHHBB", 4, 1, 8 + len(tokens), 0, 0, 0) + tokens)
    await reader.read(8192)


async def test_sqlserver_is_not_followed_to_another_server():
    async with serve_stream(routing_server) as address:
        seen = await seen_at("sqlserver", address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REDIRECT), seen
