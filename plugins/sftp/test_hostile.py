"""Whatever an SFTP server does, a look at it ends in time, costs little, leaves nothing behind and repeats nothing."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncssh
import pytest
from asyncssh.packet import String, UInt32
from asyncssh.sftp import SFTPAttrs, SFTPName, SFTPServer, SFTPServerHandler
from datashare_monitor_sftp import SftpProbe, SftpRows
from datashare_monitor_sftp.session import Session
from ordeal import MARGIN_SECONDS, costing

from monitor.plugin import Reason, Status, up
from monitor.testing import configured, run

KEY = asyncssh.generate_private_key("ssh-ed25519")
TIMEOUT = timedelta(seconds=1)
CANARY = "canary-\u202e\x1b[31m001079012345678\n"


def named(name=b"a", **attributes):
    return SFTPName(name, name, SFTPAttrs(**{"permissions": 0o100644, "size": 1, "atime": 1, "mtime": 1, **attributes}))


@dataclass
class Server:
    """Where it listens, and when its connection was lost."""

    address: str
    lost: asyncio.Event


@asynccontextmanager
async def listening(sftp):
    lost = asyncio.Event()

    class Door(asyncssh.SSHServer):
        def begin_auth(self, username):
            return False

        def connection_lost(self, exc):
            lost.set()

    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Door, server_host_keys=[KEY], sftp_factory=sftp)
    try:
        yield Server(f"127.0.0.1:{server.get_port()}", lost)
    finally:
        server.close()
        await server.wait_closed()


def listing(entries, pause=0.0):
    class Listing(SFTPServer):
        async def scandir(self, path):
            for entry in entries():
                yield entry
                await asyncio.sleep(pause)

    return Listing


@pytest.fixture
def login(tmp_path):
    (tmp_path / "password").write_text("s3cret")
    host_keys = [KEY.export_public_key().decode().strip()]
    return {"username": "monitor", "password": {"file": str(tmp_path / "password")}, "host_keys": host_keys}


async def seen_by(server, login, within=TIMEOUT, **settings):
    probe = configured(SftpProbe, {"target": server.address, "login": login, "folder": ".", **settings})
    with costing(20):
        outcome = await run(probe, within=within)
    assert outcome.duration_seconds < within.total_seconds() + MARGIN_SECONDS
    assert outcome.observation.detail.isprintable()
    assert "canary" not in repr(outcome.observation)
    return outcome.observation


def endless(**attributes):
    number = 0
    while True:
        number += 1
        yield named(b"%d" % number, **attributes)


async def for_ever(*_):
    await asyncio.Event().wait()


STALLS = {"begin": "start", "folder": "_process_opendir", "names": "_process_readdir", "end": "_process_close"}


@pytest.mark.parametrize("stage", STALLS.values(), ids=STALLS)
async def test_server_that_stops_at_any_stage_is_left_at_the_deadline(login, monkeypatch, stage):
    handlers = dict(SFTPServerHandler._packet_handlers)
    for number, handler in handlers.items():
        if handler.__name__ == stage:
            monkeypatch.setitem(SFTPServerHandler._packet_handlers, number, for_ever)
    if stage == "start":
        monkeypatch.setattr(SFTPServerHandler, "run", for_ever)

    async with listening(listing(lambda: iter([named()]))) as server:
        seen = await seen_by(server, login)

        assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
        await asyncio.wait_for(server.lost.wait(), 2)  # nothing of the run goes on


async def test_names_that_drip_are_left_at_the_deadline(login):
    async with listening(listing(endless, 0.02)) as server:
        seen = await seen_by(server, login)

        assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
        await asyncio.wait_for(server.lost.wait(), 2)


class Dripping(SFTPServer):
    """Sends a file of any length a byte at a time."""

    def open(self, path, pflags, attrs):
        return object()

    async def read(self, handle, offset, size):
        await asyncio.sleep(0.02)
        return b"x"

    def close(self, handle):
        pass


class Endless(Dripping):
    """Sends a file without an end."""

    async def read(self, handle, offset, size):
        return b"x" * size


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads all rows."""

    source: SftpRows

    async def observe(self, vantage):
        return up(detail=str(len([row async for row in self.source.rows(vantage)])))


@pytest.mark.parametrize(("sftp", "reason"), [(Dripping, Reason.TIMEOUT), (Endless, Reason.TOO_LARGE)])
async def test_file_without_an_end_is_left(login, sftp, reason):
    async with listening(sftp) as server:
        source = configured(SftpRows, {"target": server.address, "login": login, "file": "a.csv"})
        with costing(20):
            outcome = await run(Reading(source=source), within=TIMEOUT)

        assert outcome.observation.reason is reason
        assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS
        await asyncio.wait_for(server.lost.wait(), 2)


async def test_a_million_names_are_read_no_further_than_they_may(login):
    async with listening(listing(endless)) as server:
        seen = await seen_by(server, login, timedelta(seconds=10), max_entries=2000)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert {reading.measure.name: reading.value for reading in seen.readings} == {"probe_sftp_entries": 2001}


async def test_ten_thousand_names_at_once_are_too_large(login, monkeypatch):
    monkeypatch.setattr("asyncssh.sftp._MAX_READDIR_NAMES", 10_000)
    monkeypatch.setattr(SFTPName, "encode", lambda *_: String(b"") + String(b"") + UInt32(0))
    async with listening(listing(endless)) as server:
        seen = await seen_by(server, login, timedelta(seconds=10), max_entries=100_000)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert seen.detail == "the server sends more than 73728 bytes for an answer"


async def test_names_that_break_a_terminal_are_counted_and_not_repeated(login):
    entries = [named(CANARY.encode() * (place + 1)) for place in range(3)]
    async with listening(listing(lambda: iter(entries))) as server:
        seen = await seen_by(server, login)
        old = await seen_by(server, login, limits={"max_age": "1h"})

    assert (seen.status, seen.detail.partition(",")[0]) == (Status.UP, "3 files")
    assert (old.status, old.reason) == (Status.DOWN, Reason.STALE)


@pytest.mark.parametrize(("mtime", "reason"), [(2**32 - 1, Reason.CONTENT), (0, Reason.STALE)])
async def test_time_far_off_is_no_fresh_file(login, mtime, reason):
    async with listening(listing(lambda: iter([named(mtime=mtime, size=2**64 - 1)]))) as server:
        seen = await seen_by(server, login, limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, reason)


async def test_run_that_is_over_does_not_wait_for_the_servers_last_word():
    is_broken = asyncio.Event()

    class Connection:
        def abort(self):
            is_broken.set()

    async def polite():
        try:
            await for_ever()
        finally:
            await is_broken.wait()

    running = asyncio.create_task(Session(None, None, Connection()).attended(polite()))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=1)

    assert running.cancelled()
    assert is_broken.is_set()
