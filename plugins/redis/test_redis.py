"""A Redis server is judged by role, lag and backlog; it cannot lead elsewhere, exhaust the probe, or have keys told."""

import asyncio
import logging
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import datashare_monitor_redis
import pytest
from datashare_monitor_redis import RedisProbe, RedisRows
from datashare_monitor_redis.replication import replication
from ports import free_port
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, up
from monitor.testing import assert_conforms, configured, look, refused, run, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
CANARY = "012345678901-nguyen-van-a"
"""Stands for what a key or a record tells of a person."""


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: timedelta = timedelta(seconds=5), **settings) -> Observation:
    return await look(configured(RedisProbe, {"target": address, **settings}), within=within)


def speak(address: str, *commands: str, password: str = "") -> list[bytes]:
    """Send commands by hand, so that nothing of what is tested prepares the test."""
    host, _, port = address.partition(":")
    answers = []
    with socket.create_connection((host, int(port)), timeout=5) as connection, connection.makefile("rb") as lines:
        for command in (*((f"AUTH {password}",) if password else ()), *commands):
            connection.sendall(command.encode() + b"\r\n")
            answers.append(lines.readline())
            assert not answers[-1].startswith(b"-"), (command, answers[-1])
    return answers


@contextmanager
def redis_server(binary: str, folder: Path, *more: str, port: int | None = None, waits: bool = True):
    port = port or free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *more]
    with (
        (folder / f"log{port}").open("wb") as log,
        subprocess.Popen(["setpriv", "--pdeathsig=KILL", *command], stdout=log, stderr=log) as running,
    ):
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until and running.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.02)
            assert running.poll() is None, (folder / f"log{port}").read_text()
            yield f"127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def binary(need):
    return need("redis-server", "redis-server")


@pytest.fixture(scope="module")
def plain(binary):
    with tempfile.TemporaryDirectory(prefix="redis") as name, redis_server(binary, Path(name)) as address:
        yield address


@pytest.fixture
def server(plain):
    speak(plain, "FLUSHALL")
    return plain


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_redis, lambda address: configured(RedisProbe, {"target": address}))


@pytest.mark.services
async def test_server_that_answers_is_up(server):
    outcome = await run(configured(RedisProbe, {"target": server, "role": "master"}))

    seen = outcome.observation
    assert (seen.status, seen.detail) == (Status.UP, "answers")
    assert set(outcome.phases) == {"resolve", "connect", "login", "ping", "ask"}
    assert readings(seen) == {"probe_redis_role.master": 1, "probe_redis_connected_replicas": 0}


@pytest.mark.services
@pytest.mark.parametrize(
    ("commands", "count"),
    [
        (["RPUSH q a b c"], 3),
        (["SADD q a b"], 2),
        (["ZADD q 1 a 2 b 3 c 4 d"], 4),
        (["HSET q a 1"], 1),
        (["SET q 42"], 42),
        ([], 0),
    ],
)
async def test_backlog_is_counted_whatever_holds_it(server, commands, count):
    speak(server, *commands)

    seen = await seen_at(server, key="q", limits={"max_backlog": 100})
    much = await seen_at(server, key="q", limits={"max_backlog": 1})

    assert (seen.status, readings(seen)) == (Status.UP, {"exchange_backlog_records": count})
    assert (much.status is Status.DOWN) == (count > 1)
    assert much.status is Status.UP or (much.reason, much.detail) == (
        Reason.BACKLOG,
        f"{count} records wait, limit 1",
    )


@pytest.mark.services
async def test_stream_has_an_age(server):
    now = round(time.time() * 1000)
    speak(server, f"XADD s {now - 7_200_000}-0 a 1", f"XADD s {now - 3_600_000}-0 a 2")

    seen = await seen_at(server, key="s")
    stale = await seen_at(server, key="s", limits={"max_age": "30m"})
    waiting = await seen_at(server, key="s", limits={"degraded_wait": "90m"})

    found = readings(seen)
    assert found["exchange_backlog_records"] == 2
    assert found["exchange_last_record_timestamp_seconds"] == pytest.approx((now - 3_600_000) / 1000)
    assert found["exchange_oldest_waiting_timestamp_seconds"] == pytest.approx((now - 7_200_000) / 1000)
    assert (stale.status, stale.reason) == (Status.DOWN, Reason.STALE)
    assert (waiting.status, waiting.reason) == (Status.DEGRADED, Reason.BACKLOG)


@pytest.mark.services
async def test_what_a_group_has_not_confirmed_waits(server):
    now = round(time.time() * 1000)
    names = [f"{now - age}-0" for age in (9_000_000, 7_200_000, 3_600_000, 1_000)]
    speak(server, "XGROUP CREATE s g 0 MKSTREAM", *(f"XADD s {name} a 1" for name in names))
    speak(server, "XREADGROUP GROUP g c COUNT 2 STREAMS s >")
    speak(server, f"XACK s g {names[0]}")

    seen = await seen_at(server, key="s", group="g")
    late = await seen_at(server, key="s", group="g", limits={"max_wait": "1h"})
    missing = await seen_at(server, key="s", group="other")

    found = readings(seen)
    assert (found["exchange_backlog_records"], found["probe_redis_stream_pending"]) == (3, 1)
    assert found["exchange_oldest_waiting_timestamp_seconds"] == pytest.approx((now - 7_200_000) / 1000)
    assert found["exchange_last_record_timestamp_seconds"] == pytest.approx((now - 1_000) / 1000)
    assert (late.status, late.reason) == (Status.DOWN, Reason.BACKLOG)
    assert (missing.reason, missing.detail) == (Reason.CONTENT, "the stream has no such group")


@pytest.mark.services
async def test_numbers_that_are_no_times_have_no_age(server):
    speak(server, "XADD s 1-1 a 1", "XADD s 2-1 a 1")

    seen = await seen_at(server, key="s", limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert readings(seen) == {"exchange_backlog_records": 2}


@pytest.mark.services
@pytest.mark.parametrize(
    ("value", "status", "reason"),
    [
        pytest.param(str(time.time() - 60), Status.UP, None, id="a minute ago"),
        pytest.param(str(int(time.time()) - 7200), Status.DOWN, Reason.STALE, id="two hours ago"),
        ("2020-01-01T00:00:00+07:00", Status.DOWN, Reason.STALE),
        ("2020-01-01T00:00:00", Status.DOWN, Reason.CONTENT),
        (CANARY, Status.DOWN, Reason.CONTENT),
        ("9" * 50, Status.DOWN, Reason.CONTENT),
        ("9999999999", Status.DOWN, Reason.CONTENT),
    ],
)
async def test_text_may_say_when_the_newest_was_made(server, value, status, reason):
    speak(server, f"SET t {value}")

    seen = await seen_at(server, key="t", value="newest", limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (status, reason), seen.detail
    assert CANARY not in repr(seen)


@pytest.mark.services
@pytest.mark.parametrize("value", ["-1", "12.5", "many", "9" * 40, '""'])
async def test_text_that_is_no_number_is_no_backlog(server, value):
    speak(server, f"SET t {value}")

    seen = await seen_at(server, key="t")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.readings == ()


@pytest.mark.services
async def test_missing_key_is_stale_only_if_something_should_be_there(server):
    assert (await seen_at(server, key="q", limits={"max_backlog": 0})).status is Status.UP
    seen = await seen_at(server, key="q", value="newest", limits={"max_age": "1h"})
    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STALE)


@pytest.mark.services
async def test_replica_and_master_see_each_other(binary, tmp_path):
    fast = ("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")
    with redis_server(binary, tmp_path, *fast) as master:
        host, _, port = master.partition(":")
        with redis_server(binary, tmp_path, *fast, "--replicaof", f"{host} {port}") as replica:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                seen = await seen_at(replica, role="replica", max_lag="30s")
                above = await seen_at(master, role="master", min_replicas=1, max_lag="30s")
                if Status.DOWN not in (seen.status, above.status):
                    break
                await asyncio.sleep(0.1)
            assert (seen.status, above.status) == (Status.UP, Status.UP), (seen.detail, above.detail)
            assert readings(seen)["probe_redis_role.replica"] == 1
            assert readings(seen)["probe_redis_replication_lag_seconds"] <= 30
            assert readings(above)["probe_redis_connected_replicas"] == 1
            wrong = await seen_at(replica, role="master")
            few = await seen_at(master, role="master", min_replicas=2)
            assert (wrong.reason, wrong.detail) == (Reason.MISMATCH, "is a replica, expected master")
            assert (few.reason, few.detail) == (Reason.MISMATCH, "1 replicas online, expected 2")
            speak(replica, f"REPLICAOF 127.0.0.1 {free_port()}")
            lonely = await seen_at(replica, role="replica")
            assert (lonely.status, lonely.reason) == (Status.DOWN, Reason.SELF_REPORTED)


@pytest.mark.services
async def test_users_and_their_rights(binary, tmp_path):
    (tmp_path / "acl").write_text(
        "user default off\nuser admin on >s3cret ~* &* +@all\nuser monitor on >s3cret ~q +ping +type +llen\n"
    )
    (tmp_path / "right").write_text("s3cret\n")
    (tmp_path / "wrong").write_text("wr0ng\n")

    def login(file: str, name: str = "monitor") -> dict:
        return {"username": name, "password": {"file": str(tmp_path / file)}, "allow_cleartext_password": True}

    with redis_server(binary, tmp_path, "--aclfile", str(tmp_path / "acl")) as address:
        left = await remains(configured(RedisProbe, {"target": address, "key": "q", **login("wrong")}))
        right = await seen_at(address, key="q", **login("right"))
        wrong = await seen_at(address, key="q", **login("wrong"))
        nobody = await seen_at(address)
        other = await seen_at(address, key="other", **login("right"))
        command = await seen_at(address, role="master", **login("right"))
        database = await seen_at(address, db=99, **login("right", "admin"))

    assert (right.status, readings(right)) == (Status.UP, {"exchange_backlog_records": 0})
    assert [(seen.status, seen.reason) for seen in (wrong, nobody, other, command)] == [
        (Status.DOWN, Reason.UNAUTHORIZED),
        (Status.DOWN, Reason.UNAUTHORIZED),
        (Status.DOWN, Reason.FORBIDDEN),
        (Status.DOWN, Reason.FORBIDDEN),
    ]
    assert (database.status, database.reason) == (Status.DOWN, Reason.STATUS)
    assert "wr0ng" not in repr(wrong)
    assert left == nothing("down unauthorized")


@pytest.mark.services
async def test_runs_leave_nothing(server):
    speak(server, "RPUSH q a b c")
    settings = {"role": "master", "key": "q", "limits": {"max_backlog": 5}}

    left = await remains(configured(RedisProbe, {"target": server, **settings}))

    assert left == nothing("up")


@pytest.mark.services
async def test_tls_with_a_client_certificate(binary, tmp_path):
    async with serve_tls() as files:
        for each in Path(files.ca_file).parent.iterdir():
            shutil.copy(each, tmp_path)
    ca, chain, key = (str(tmp_path / name) for name in ("ca.pem", "chain.pem", "key.pem"))
    port = free_port()
    more = ("--tls-port", str(port), "--tls-cert-file", chain, "--tls-key-file", key, "--tls-ca-cert-file", ca)
    with redis_server(binary, tmp_path, *more):
        ours = {"tls": True, "tls_config": {"ca_file": ca, "cert_file": chain, "key_file": key}}
        seen = await seen_at(f"127.0.0.1:{port}", **ours)
        bare = await seen_at(f"127.0.0.1:{port}", tls=True, tls_config={"ca_file": ca})
        stranger = await seen_at(f"127.0.0.1:{port}", tls=True)
        named = await seen_at(f"127.0.0.1:{port}", tls=True, tls_config={"ca_file": ca, "server_name": "x.example"})

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] > time.time()
    assert (bare.status, bare.reason in {Reason.TLS, Reason.DISCONNECTED}) == (Status.DOWN, True), bare.detail
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
    assert named.reason is Reason.CERTIFICATE_NAME


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads a source."""

    source: RedisRows
    found: list

    async def observe(self, vantage):
        self.found.extend([row async for row in self.source.rows(vantage)])
        return up()


async def rows_at(address: str, **settings) -> tuple[list, Observation]:
    probe = Reading(source=configured(RedisRows, {"target": address, **settings}), found=[])
    seen = await look(probe)
    return probe.found, seen


@pytest.mark.services
async def test_newest_entries_of_a_stream_are_rows(server):
    now = round(time.time() * 1000)
    speak(server, *(f"XADD s {now + number}-0 id {number} name Hà" for number in range(5)))

    found, seen = await rows_at(server, key="s", max_rows=2)
    small, refused_ = await rows_at(server, key="s", max_size="50B")
    speak(server, "SET t 1")
    _, wrong = await rows_at(server, key="t")

    assert seen.status is Status.UP, seen.detail
    assert [(row["id"], row["name"], row["time"].timestamp()) for row in found] == [
        ("4", "Hà", (now + 4) / 1000),
        ("3", "Hà", (now + 3) / 1000),
    ]
    assert (small, refused_.reason) == ([], Reason.TOO_LARGE)
    assert (wrong.status, wrong.reason, wrong.detail) == (
        Status.DOWN,
        Reason.STATUS,
        "answered a command with the error WRONGTYPE",
    )


@pytest.mark.services
async def test_keys_and_records_stay_where_they_are(server, caplog):
    caplog.set_level(logging.DEBUG)
    speak(server, f"XADD {CANARY} * {CANARY} {CANARY}", f"SET text-{CANARY} {CANARY}", f"XGROUP CREATE {CANARY} g 0")

    seen = [
        await seen_at(server, key=CANARY, limits={"max_backlog": 0}),
        await seen_at(server, key=CANARY, group="nobody"),
        await seen_at(server, key=CANARY, group="g"),
        await seen_at(server, key=f"text-{CANARY}"),
        await seen_at(server, key=f"text-{CANARY}", group="g"),
    ]

    assert CANARY not in repr(seen)
    assert not [record for record in caplog.records if CANARY in record.getMessage() and "redis" in record.name]


# Servers that mean harm.


def saying(*answers: bytes, forever: bytes = b"", stall: bool = False):
    """Answer each command that comes with the next text."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.read(4096)
            writer.write(answer)
            await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
        if stall:
            await asyncio.Event().wait()
        await reader.read(4096)

    return talk


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (b"MOVED 3999 192.0.2.1:6381", Reason.REDIRECT),
        (b"ASK 3999 192.0.2.1:6381", Reason.REDIRECT),
        (b"MOVED nonsense", Reason.PROTOCOL),
        (b"CLUSTERDOWN Hash slot not served", Reason.SERVICE_FAULT),
        (b"LOADING Redis is loading the dataset in memory", Reason.SERVICE_FAULT),
        (b"MASTERDOWN Link with MASTER is down", Reason.SERVICE_FAULT),
        (b"NOAUTH Authentication required.", Reason.UNAUTHORIZED),
        (b"NOPERM no permissions for 'nguyen'", Reason.FORBIDDEN),
        (b"ERR max number of clients reached", Reason.THROTTLED),
        (b"ERR unknown command of nguyen", Reason.STATUS),
        (b"nguyen-van-a is to blame", Reason.STATUS),
        (b"", Reason.STATUS),
    ],
)
async def test_every_error_has_its_reason_and_no_words(error, reason):
    async with serve_stream(saying(b"+PONG\r\n", b"-" + error + b"\r\n")) as address:
        seen = await seen_at(address, key="q")

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert "nguyen" not in seen.detail
    assert "192.0.2.1" not in seen.detail


async def test_another_node_is_told_and_never_connected_to():
    called = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(1)

    async with serve_stream(other) as elsewhere:
        moved = f"-MOVED 1 {elsewhere}\r\n".encode()
        async with serve_stream(saying(b"+PONG\r\n", moved)) as address:
            seen = await seen_at(address, key="q")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REDIRECT)
    assert called == []


BROKEN = {
    "http": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.PROTOCOL),
    "noise": (bytes(range(256)) + b"\r\n", Reason.PROTOCOL),
    "another word": (b"+HELLO\r\n", Reason.PROTOCOL),
    "null": (b"$-1\r\n", Reason.PROTOCOL),
    "length of 2 GiB": (b"$2147483648\r\n", Reason.TOO_LARGE),
    "negative length": (b"$-7\r\n", Reason.PROTOCOL),
    "no length": (b"$x\r\n", Reason.PROTOCOL),
    "long length": (b"$" + b"9" * 5000 + b"\r\n", Reason.PROTOCOL),
    "nested": (b"*1\r\n" * 5000, Reason.PROTOCOL),
    "huge array": (b"*1000000000\r\n", Reason.DISCONNECTED),
    "endless line": (b"+" + b"x" * 100_000, Reason.TOO_LARGE),
    "end": (b"", Reason.DISCONNECTED),
    "end in a line": (b"+PO", Reason.DISCONNECTED),
    "end in a text": (b"$10\r\nPO", Reason.DISCONNECTED),
}


@pytest.mark.parametrize(("said", "reason"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_down(said, reason):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(said)

    async with serve_stream(talk) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


@pytest.mark.parametrize("flood", [b"$5\r\nhello\r\n", b"*0\r\n", b":1\r\n"])
async def test_flood_is_bounded(flood):
    async with serve_stream(saying(b"+PONG\r\n", b"*1000000000\r\n", forever=flood * 1000)) as address:
        seen = await seen_at(address, key="q", within=timedelta(seconds=20))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE), seen.detail


@pytest.mark.parametrize(
    "said",
    [
        [b"+stream\r\n", b":-1\r\n"],
        [b"+stream\r\n", b"$1\r\n1\r\n"],
        [b"+stream\r\n", b":1\r\n", b"+x\r\n"],
        [b"+stream\r\n", b":1\r\n", b"*1\r\n:1\r\n"],
        [b"+stream\r\n", b":1\r\n", b"*1\r\n*1\r\n$1\r\nx\r\n"],
        [b"+stream\r\n", b":1\r\n", b"*1\r\n*1\r\n$30\r\n" + b"9" * 30 + b"\r\n"],
        [b"+list\r\n", b":99999999999999999999999\r\n"],
        [b"+string\r\n", b":1\r\n"],
        [b":1\r\n"],
        [b"*-1\r\n"],
    ],
)
async def test_answers_of_another_shape_are_down(said):
    async with serve_stream(saying(b"+PONG\r\n", *said)) as address:
        seen = await seen_at(address, key="q")

    assert seen.status is Status.DOWN
    assert seen.reason in {Reason.PROTOCOL, Reason.CONTENT}, seen.detail
    assert seen.readings == ()


STALLS = {
    "before a byte": (),
    "in a line": (b"+PO",),
    "after the ping": (b"+PONG\r\n",),
    "in a length": (b"+PONG\r\n", b"$10"),
    "in a text": (b"+PONG\r\n", b"$10\r\nabc"),
    "after the type": (b"+PONG\r\n", b"+list\r\n"),
}


@pytest.mark.parametrize("said", STALLS.values(), ids=STALLS)
async def test_stall_at_every_stage_ends_at_the_deadline(said):
    async with serve_stream(saying(*said, stall=True)) as address:
        outcome = await run(configured(RedisProbe, {"target": address, "key": "q"}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_stall_of_the_login_ends_at_the_deadline(tmp_path):
    (tmp_path / "password").write_text("s3cret")
    login = {"password": {"file": str(tmp_path / "password")}, "allow_cleartext_password": True}
    async with stalled() as address:
        plain = await run(configured(RedisProbe, {"target": address, **login}), within=WITHIN)
        secure = await run(configured(RedisProbe, {"target": address, "tls": True}), within=WITHIN)

    for outcome in (plain, secure):
        assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
        assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_address_outside_is_not_connected_to():
    seen = await seen_at("192.0.2.1:6379")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


def test_replication_of_a_master_is_that_of_its_slowest_replica():
    found = replication(
        b"# Replication\r\nrole:master\r\nconnected_slaves:3\r\n"
        b"slave0:ip=192.0.2.1,port=6379,state=online,offset=90,lag=1\r\n"
        b"slave1:ip=192.0.2.2,port=6379,state=online,offset=40,lag=7\r\n"
        b"slave2:ip=192.0.2.3,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
        b"master_repl_offset:100\r\n"
    )

    assert (found.replicas, found.lag, found.lag_bytes) == (2, timedelta(seconds=7), 60)


@pytest.mark.parametrize("text", [b"", b"role:king\r\n", b"role:master\r\nconnected_slaves:many\r\n", b"\xff"])
def test_replication_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match=r"role|number"):
        replication(text)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "redis.example"}, "host:port"),
        ({"tls_config": {"ca_file": "/x"}}, "without tls: true"),
        ({"username": "a"}, "username does nothing"),
        ({"password": {"env": "X"}}, "in the clear"),
        ({"db": -1}, "db is -1"),
        ({"role": "slave"}, "'master', 'replica' or 'sentinel'"),
        ({"min_replicas": 1}, "needs role: master"),
        ({"max_lag": "1s", "degraded_lag": "2s"}, "degraded_lag is above max_lag"),
        ({"group": "g"}, "without key"),
        ({"limits": {"max_backlog": 1}}, "without key"),
        ({"key": "q", "value": "newest", "limits": {"max_backlog": 1}}, "tells no number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(RedisProbe, {"target": "redis.example:6379", **settings})


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"key": ""}, "key is empty"), ({"max_rows": 0}, "1 to 10000"), ({"password": {"env": "X"}}, "in the clear")],
)
def test_sources_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(RedisRows, {"target": "redis.example:6379", "key": "s", **settings})
