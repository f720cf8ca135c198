"""A folder is judged by its files' number and age; nobody but the pinned server gets the login; names never leave."""

import asyncio
import logging
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncssh
import datashare_monitor_sftp
import pytest
from asyncssh.sftp import SFTPAttrs, SFTPName, SFTPServer
from datashare_monitor_sftp import SftpProbe, SftpRows
from ports import free_port
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, up
from monitor.testing import assert_conforms, configured, dripping, look, refused, run, serve_stream, stalled

WITHIN = timedelta(milliseconds=400)
CANARY = "012345678901-nguyen-van-a"
"""Stands for what the name of a file tells of a person."""
SETTINGS = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""
HOST, CLIENT, OTHER = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(3))


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


@dataclass(frozen=True, kw_only=True)
class Sshd:
    address: str
    user: str
    folder: Path
    key: Path

    def login(self, **changed) -> dict:
        found = {"username": self.user, "private_key": {"file": str(self.key)}, "host_keys": [public(HOST)]}
        return {name: value for name, value in {**found, **changed}.items() if value is not None}


@contextmanager
def sshd(folder: Path, binary: str):
    """Run OpenSSH's server, without rights, on a free port."""
    port = free_port()
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    (folder / "sshd_config").write_text(SETTINGS.format(port=port, folder=folder))
    HOST.write_private_key(folder / "host")
    CLIENT.write_private_key(folder / "client")
    CLIENT.write_public_key(folder / "authorized")
    (folder / "drop").mkdir()
    rights = ["setpriv", "--pdeathsig=KILL"]
    if os.geteuid() == 0:
        rights += ["--reuid=65534", "--regid=65534", "--clear-groups"]
        os.chown(folder / "host", 65534, 65534)
        folder.chmod(0o755)
    (folder / "host").chmod(0o600)
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*rights, binary, "-D", "-e", "-f", str(folder / "sshd_config")], stdout=log, stderr=log
        ) as running,
    ):
        try:
            wait_for(port, running, folder / "log")
            yield Sshd(address=f"127.0.0.1:{port}", user=user, folder=folder / "drop", key=folder / "client")
        finally:
            running.terminate()


def wait_for(port: int, running: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"sshd did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def running(need):
    with tempfile.TemporaryDirectory(prefix="sftp") as name, sshd(Path(name), need("sshd", "openssh-server")) as server:
        yield server


@pytest.fixture
def server(running):
    yield running
    shutil.rmtree(running.folder)
    running.folder.mkdir()


def drop(server: Sshd, name: str, *, age: float = 0, content: str = "x" * 10) -> None:
    file = server.folder / name
    file.write_text(content)
    os.utime(file, (time.time() - age, time.time() - age))


async def seen_at(server: Sshd, *, within: timedelta = timedelta(seconds=10), **settings) -> Observation:
    found = {"target": server.address, "login": server.login(), "folder": str(server.folder), **settings}
    return await look(configured(SftpProbe, found), within=within)


async def test_plugin_conforms(tmp_path):
    CLIENT.write_private_key(tmp_path / "key")
    login = {"username": "a", "private_key": {"file": str(tmp_path / "key")}, "host_keys": [public(HOST)]}

    await assert_conforms(
        datashare_monitor_sftp,
        lambda address: configured(SftpProbe, {"target": address, "login": login, "folder": "."}),
    )


@pytest.mark.services
async def test_folder_is_counted_and_measured(server):
    drop(server, "a.csv", age=50)
    drop(server, "b.csv", age=5)
    drop(server, "c.csv.part")
    drop(server, "note.txt")
    (server.folder / "folder.csv").mkdir()
    (server.folder / "link.csv").symlink_to(server.folder / "a.csv")

    probe = {"target": server.address, "login": server.login(), "folder": str(server.folder)}
    outcome = await run(configured(SftpProbe, {**probe, "pattern": r"\.csv", "ignore": r"\.part$"}))

    seen = outcome.observation
    assert seen.status is Status.UP, seen.detail
    assert set(outcome.phases) >= {"resolve", "connect", "login", "sftp", "list"}
    found = readings(seen)
    assert (found["exchange_backlog_records"], found["exchange_backlog_bytes"]) == (2, 20)
    assert found["exchange_last_record_timestamp_seconds"] == pytest.approx(time.time() - 5, abs=2)
    assert found["exchange_oldest_waiting_timestamp_seconds"] == pytest.approx(time.time() - 50, abs=2)
    assert found["probe_sftp_entries"] == 8


@pytest.mark.services
@pytest.mark.parametrize(
    ("limits", "status", "reason", "detail"),
    [
        ({"max_backlog": 2}, Status.UP, None, "2 files, the newest "),
        ({"max_backlog": 1}, Status.DOWN, Reason.BACKLOG, "2 files wait, limit 1"),
        ({"degraded_backlog": 1, "max_backlog": 5}, Status.DEGRADED, Reason.BACKLOG, "2 files wait, limit 1"),
        ({"max_age": "30m"}, Status.DOWN, Reason.STALE, "the newest of the files is 1h"),
        ({"degraded_age": "30m", "max_age": "2h"}, Status.DEGRADED, Reason.STALE, "the newest of the files is 1h"),
        ({"max_wait": "2h"}, Status.DOWN, Reason.BACKLOG, "the oldest of the files has waited 3h"),
        ({"degraded_wait": "2h", "max_age": "2h"}, Status.DEGRADED, Reason.BACKLOG, "the oldest of the files has"),
        ({"degraded_wait": "2h", "max_age": "1m"}, Status.DOWN, Reason.STALE, "the newest of the files is 1h"),
    ],
)
async def test_limits_decide(server, limits, status, reason, detail):
    drop(server, "new", age=3600)
    drop(server, "old", age=3 * 3600)

    seen = await seen_at(server, limits=limits)

    assert (seen.status, seen.reason) == (status, reason), seen.detail
    assert seen.detail.startswith(detail)


@pytest.mark.services
async def test_runs_leave_nothing(server):
    drop(server, "a.csv")
    door = {"target": server.address, "folder": str(server.folder)}
    changes = ({}, {"username": "nguyen-van-a"}, {"host_keys": [public(OTHER)]})

    left = await remains(*(configured(SftpProbe, {**door, "login": server.login(**each)}) for each in changes))

    assert left == nothing("up", "down unauthorized", "down mismatch")


@pytest.mark.services
async def test_empty_folder_is_stale_only_if_something_should_be_there(server):
    assert (await seen_at(server)).status is Status.UP
    assert (await seen_at(server, limits={"max_wait": "1h", "max_backlog": 0})).status is Status.UP
    seen = await seen_at(server, limits={"max_age": "1h"})
    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STALE)
    assert seen.detail == "there are no files, and the newest may be 1h old"


@pytest.mark.services
async def test_file_of_tomorrow_is_no_fresh_file(server):
    drop(server, "a", age=-86400)

    seen = await seen_at(server, limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail.startswith("the newest of the files lies 23h59m") or "lies 1d in the future" in seen.detail


@pytest.mark.services
async def test_crowded_folder_is_not_read_to_its_end(server):
    for number in range(600):
        (server.folder / f"{number}").touch()

    seen = await seen_at(server, max_entries=150)
    known = await seen_at(server, max_entries=150, limits={"max_backlog": 100})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert seen.detail.startswith("more than 1")
    assert seen.detail.endswith("files, where counting stops")
    assert set(readings(seen)) == {"probe_sftp_entries"}
    assert (known.status, known.reason) == (Status.DOWN, Reason.BACKLOG)


@pytest.mark.services
@pytest.mark.parametrize(
    ("changed", "reason", "detail"),
    [
        ({"folder": "/nowhere/012345678901-nguyen-van-a"}, Reason.CONTENT, "there is no such folder or file"),
        ({"login": {"host_keys": [public(OTHER)]}}, Reason.MISMATCH, "the host key ssh-ed25519 SHA256:"),
        ({"login": {"username": "nguyen-van-a"}}, Reason.UNAUTHORIZED, "the login was refused"),
    ],
)
async def test_refusals_have_their_reasons(server, changed, reason, detail):
    login = server.login(**changed.pop("login", {}))

    seen = await seen_at(server, login=login, **changed)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert seen.detail.startswith(detail)
    assert "nguyen" not in seen.detail


@pytest.mark.services
async def test_folder_that_may_not_be_read_is_forbidden(server):
    (server.folder / "closed").mkdir(mode=0)

    seen = await seen_at(server, folder=str(server.folder / "closed"))

    if os.geteuid() == 0:
        assert (seen.status, seen.reason) == (Status.DOWN, Reason.FORBIDDEN), seen.detail


@pytest.mark.services
async def test_known_hosts_are_believed(server, tmp_path):
    host = f"[127.0.0.1]:{server.address.partition(':')[2]}"
    (tmp_path / "right").write_text(f"{host} {public(HOST)}\n")
    (tmp_path / "wrong").write_text(f"{host} {public(OTHER)}\n")
    (tmp_path / "empty").write_text("")

    found = {
        name: await seen_at(server, login=server.login(host_keys=None, known_hosts=str(tmp_path / name)))
        for name in ("right", "wrong", "empty", "missing")
    }

    assert {name: (seen.status, seen.reason) for name, seen in found.items()} == {
        "right": (Status.UP, None),
        "wrong": (Status.DOWN, Reason.MISMATCH),
        "empty": (Status.DOWN, Reason.MISMATCH),
        "missing": (Status.UNKNOWN, Reason.SECRET),
    }


@pytest.mark.services
async def test_key_that_is_none_is_a_fault_of_ours(server, tmp_path):
    (tmp_path / "noise").write_text("noise")
    CLIENT.write_private_key(tmp_path / "locked", "pkcs8-pem", "a passphrase")

    for name in ("noise", "locked"):
        seen = await seen_at(server, login=server.login(private_key={"file": str(tmp_path / name)}))
        assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)


async def rows_at(server: Sshd, **settings) -> tuple[list, Observation]:
    source = configured(SftpRows, {"target": server.address, "login": server.login(), **settings})
    found = []

    @dataclass(frozen=True, kw_only=True)
    class Reading:
        """Reads."""

        source: SftpRows

        async def observe(self, vantage):
            found.extend([row async for row in self.source.rows(vantage)])
            return up()

    return found, await look(Reading(source=source))


@pytest.mark.services
async def test_rows_of_a_file_are_read(server):
    drop(server, "old.csv", age=100, content="id,name\n1,old\n")
    drop(server, "new.csv", age=10, content='\ufeffid,name\r\n1,"A, B"\r\n2,"line\nbreak"\r\n')
    drop(server, "rows.jsonl", content='{"id": 1, "deep": {}}\n\n{"id": null, "at": true}\n')

    newest, seen = await rows_at(server, folder=str(server.folder), pattern=r"\.csv$")
    lines, _ = await rows_at(server, file=str(server.folder / "rows.jsonl"), format="jsonl")

    assert seen.status is Status.UP, seen.detail
    assert newest == [{"id": "1", "name": "A, B"}, {"id": "2", "name": "line\nbreak"}]
    assert lines == [{"id": 1}, {"id": None, "at": True}]


@pytest.mark.services
@pytest.mark.parametrize(
    ("content", "settings", "reason"),
    [
        ("id\n" * 1000, {"max_rows": 10}, Reason.TOO_LARGE),
        ("id\n" + "x" * 200_000, {"max_size": "100KiB"}, Reason.TOO_LARGE),
        ("id,name\n1\n", {}, Reason.CONTENT),
        ("id,id\n1,2\n", {}, Reason.CONTENT),
        ('id\n"open', {}, Reason.CONTENT),
        ("[1]\n", {"format": "jsonl"}, Reason.CONTENT),
        (f"{{{CANARY}", {"format": "jsonl"}, Reason.CONTENT),
        ("[" * 100_000, {"format": "jsonl"}, Reason.CONTENT),
    ],
)
async def test_file_that_is_no_table_is_told(server, content, settings, reason):
    drop(server, "file", content=content)

    _, seen = await rows_at(server, file=str(server.folder / "file"), **settings)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert CANARY not in seen.detail


@pytest.mark.services
async def test_missing_file_is_told(server):
    _, one = await rows_at(server, file=str(server.folder / CANARY))
    _, none = await rows_at(server, folder=str(server.folder))

    assert (one.reason, one.detail) == (Reason.CONTENT, "there is no such folder or file")
    assert (none.reason, none.detail) == (Reason.CONTENT, "no file in the folder, or none with a time")


@pytest.mark.services
async def test_names_of_files_stay_where_they_are(server, caplog):
    caplog.set_level(logging.INFO)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    for age in (10, 7200):
        drop(server, f"{CANARY}-{age}", age=age)
    (server.folder / CANARY).mkdir()

    seen = [
        await seen_at(server, limits=limits, **more)
        for limits, more in (
            ({}, {}),
            ({"max_backlog": 1}, {}),
            ({"max_age": "1s"}, {}),
            ({}, {"folder": f"{server.folder}/{CANARY}-10"}),
            ({}, {"max_entries": 1}),
        )
    ]

    assert CANARY not in repr(seen)
    assert CANARY not in caplog.text


def test_driver_says_nothing_of_what_it_does():
    from monitor.settings import LogFormat
    from monitor.sinks.logs import configure

    class Nowhere:
        def write(self, text): ...

        def flush(self): ...

        def isatty(self):
            return False

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure("debug", LogFormat.JSON, Nowhere())
        assert not logging.getLogger("asyncssh").isEnabledFor(logging.INFO)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


# Servers that mean harm, or that no Debian package is.


class Door(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("monitor", "s3cret")


class Hostile(SFTPServer):
    """Lists whatever ``entries`` yields."""

    entries = staticmethod(lambda: iter(()))

    async def scandir(self, path):
        for name in self.entries():
            yield name
            await asyncio.sleep(0)


def named(name: bytes, **attributes) -> SFTPName:
    return SFTPName(name, b"", SFTPAttrs(**attributes))


@asynccontextmanager
async def listening(entries=lambda: iter(()), **options):
    kind = type("Listing", (Hostile,), {"entries": staticmethod(entries)})
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Door, server_host_keys=[HOST],
        **{"sftp_factory": kind, **options},
    )  # fmt: skip
    try:
        yield f"127.0.0.1:{server.get_port()}"
    finally:
        server.close()
        await server.wait_closed()


def by_password(folder: Path, text: str = "s3cret") -> dict:
    (folder / "password").write_text(text)
    return {
        "username": "monitor",
        "password": {"file": str(folder / "password")},
        "host_keys": [public(HOST)],
    }


async def seen_by(address: str, folder: Path, *, text: str = "s3cret", **settings) -> Observation:
    within = settings.pop("within", timedelta(seconds=10))
    found = {"target": address, "login": by_password(folder, text), "folder": ".", **settings}
    return await look(configured(SftpProbe, found), within=within)


async def test_password_opens_the_door(tmp_path):
    async with listening() as address:
        right = await seen_by(address, tmp_path)
        wrong = await seen_by(address, tmp_path, text="wr0ng")

    assert (right.status, right.detail) == (Status.UP, "0 files")
    assert (wrong.status, wrong.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert "wr0ng" not in repr(wrong)


async def test_password_is_not_given_to_a_stranger(tmp_path):
    asked = []

    class Thief(Door):
        def validate_password(self, username, password):
            asked.append(password)
            return True

    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Thief, server_host_keys=[OTHER])
    async with server:
        seen = await seen_by(f"127.0.0.1:{server.get_port()}", tmp_path)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.MISMATCH)
    assert asked == []


async def test_door_without_a_lock_is_walked_through(tmp_path):
    class Open(Door):
        def begin_auth(self, username):
            return False

    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Open, server_host_keys=[HOST], sftp_factory=True)
    async with server:
        seen = await seen_by(f"127.0.0.1:{server.get_port()}", tmp_path)

    assert seen.status is Status.UP, seen.detail


async def test_server_without_sftp_is_told(tmp_path):
    async with listening(sftp_factory=None) as address:
        seen = await seen_by(address, tmp_path)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.FORBIDDEN), seen.detail


async def test_million_files_are_not_kept(tmp_path):
    def endless():
        number = 0
        while True:
            number += 1
            yield named(b"%d" % number, permissions=0o100644, size=1, mtime=1)

    async with listening(endless) as address:
        seen = await seen_by(address, tmp_path, max_entries=3000)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert seen.detail == "more than 3000 files, where counting stops"


async def test_names_without_an_end_are_bounded(tmp_path):
    def long():
        while True:
            yield named(b"x" * 10_000, permissions=0o100644)

    async with listening(long) as address:
        seen = await seen_by(address, tmp_path)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE), seen.detail


async def test_files_without_a_time_have_no_age(tmp_path):
    async with listening(lambda: iter([named(b"a"), named(b"b", size=5)])) as address:
        plain = await seen_by(address, tmp_path)
        aged = await seen_by(address, tmp_path, limits={"max_age": "1h"})
        waited = await seen_by(address, tmp_path, limits={"max_wait": "1h"})

    assert readings(plain)["exchange_backlog_records"] == 2
    assert "exchange_last_record_timestamp_seconds" not in readings(plain)
    assert (aged.status, aged.reason) == (Status.DOWN, Reason.CONTENT)
    assert (waited.status, waited.reason) == (Status.DOWN, Reason.CONTENT)


async def test_names_that_are_no_text_are_counted(tmp_path):
    entries = [named(b"\xff\xfe\n", permissions=0o100644), named(b"", permissions=0o100644)]
    async with listening(lambda: iter(entries)) as address:
        seen = await seen_by(address, tmp_path)

    assert readings(seen)["exchange_backlog_records"] == 2


VERSION = b"SSH-2.0-x\r\n"
BROKEN = {
    "http": (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", {Reason.DISCONNECTED, Reason.PROTOCOL}),
    "version 1": (b"SSH-1.5-old\r\n", b"", {Reason.PROTOCOL}),
    "endless banner": (b"", b"x" * 60 + b"\n", {Reason.PROTOCOL, Reason.TOO_LARGE}),
    "banner without a line": (b"", b"x" * 1000, {Reason.TOO_LARGE}),
    "huge packet": (VERSION + b"\xff\xff\xff\xff" + b"x" * 100, b"x" * 1000, {Reason.PROTOCOL, Reason.TOO_LARGE}),
    "noise": (VERSION + bytes(range(256)) * 4, b"", {Reason.PROTOCOL, Reason.DISCONNECTED}),
    "packets to ignore": (VERSION, b"\0\0\0\x0c\x06\x02\0\0\0\0" + b"\0" * 6, {Reason.PROTOCOL, Reason.TOO_LARGE}),
    "end": (b"", b"", {Reason.DISCONNECTED}),
}


@pytest.mark.parametrize(("head", "forever", "reasons"), BROKEN.values(), ids=BROKEN)
async def test_broken_server_is_down(tmp_path, head, forever, reasons):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while forever:
            writer.write(forever)
            await writer.drain()

    async with serve_stream(talk) as address:
        seen = await seen_by(address, tmp_path)

    assert seen.status is Status.DOWN
    assert seen.reason in reasons, seen.detail


@pytest.mark.parametrize("head", [b"", VERSION, VERSION[:5], b"welcome\r\n"])
async def test_silence_ends_at_the_deadline(tmp_path, head):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.Event().wait()

    async with serve_stream(talk) as address:
        found = {"target": address, "login": by_password(tmp_path), "folder": "."}
        outcome = await run(configured(SftpProbe, found), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


class Asleep(Door):
    """Says nothing any more once it is asked for this."""

    at = ""

    async def validate_password(self, username, password):
        if self.at == "login":
            await asyncio.Event().wait()
        return True


@pytest.mark.parametrize("at", ["login", "list"])
async def test_stall_after_the_handshake_ends_at_the_deadline(tmp_path, at):
    class Sleepy(Hostile):
        async def scandir(self, path):
            await asyncio.Event().wait()
            yield named(b"")

    within = timedelta(seconds=1)
    factory = type("Some", (Asleep,), {"at": at})
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=factory, server_host_keys=[HOST], sftp_factory=Sleepy
    )  # fmt: skip
    async with server:
        found = {"target": f"127.0.0.1:{server.get_port()}", "login": by_password(tmp_path), "folder": "."}
        outcome = await run(configured(SftpProbe, found), within=within)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < within.total_seconds() + 0.25


@pytest.mark.parametrize(
    ("broken", "reason"), [(refused, Reason.REFUSED), (stalled, Reason.TIMEOUT), (dripping, Reason.TIMEOUT)]
)
async def test_broken_network_has_its_reason(tmp_path, broken, reason):
    async with broken() as address:
        seen = await seen_by(address, tmp_path, within=WITHIN)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)


async def test_address_outside_is_not_connected_to(tmp_path):
    seen = await seen_by("192.0.2.1:22", tmp_path)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


LOGIN = {"username": "a", "password": {"env": "X"}, "host_keys": [public(HOST)]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "sftp.example"}, "host:port"),
        ({"folder": ""}, "folder is empty"),
        ({"max_entries": 0}, "write 1 to 100000"),
        ({"max_entries": 1_000_000}, "write 1 to 100000"),
        ({"login": {**LOGIN, "username": ""}}, "username is empty"),
        ({"login": {**LOGIN, "private_key": {"env": "Y"}}}, "password or private_key"),
        ({"login": {"username": "a", "host_keys": [public(HOST)]}}, "password or private_key"),
        ({"login": {**LOGIN, "host_keys": []}}, "gives the password away"),
        ({"login": {**LOGIN, "known_hosts": "/x"}}, "gives the password away"),
        ({"login": {**LOGIN, "host_keys": ["SHA256:abc"]}}, "ssh-keyscan"),
        ({"login": {**LOGIN, "password": "s3cret"}}, "login.password"),
        ({"limits": {"max_backlog": -1}}, "max_backlog is -1"),
        ({"limits": {"max_backlog": 1, "degraded_backlog": 2}}, "degraded_backlog is above max_backlog"),
        ({"limits": {"max_age": "1h", "degraded_age": "2h"}}, "degraded_age is above max_age"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(SftpProbe, {"target": "sftp.example:22", "login": LOGIN, "folder": "/drop", **settings})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "file or folder"),
        ({"file": "a", "folder": "b"}, "file or folder"),
        ({"file": "a", "pattern": "x"}, "write folder instead"),
        ({"file": "a", "format": "xml"}, "csv"),
    ],
)
def test_sources_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(SftpRows, {"target": "sftp.example:22", "login": LOGIN, **settings})
