"""A group is judged by its lag, a topic by its newest record; a cluster cannot lead outside or exhaust the probe.

The broker is the one that librdkafka brings for its own tests: real sockets and the real protocol, kept by Confluent,
without TLS, logins and transactions. Those are played by a double that is strict about what it takes.
"""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import logging
import struct
import time
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

import datashare_monitor_kafka
import pytest
from aiokafka.protocol import admin, commit, coordination, fetch, metadata, offset
from aiokafka.protocol.api import RequestHeader_v1
from datashare_monitor_kafka import KafkaProbe, KafkaRows
from datashare_monitor_kafka.batches import HEAD, Batch, batches, varint
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, up
from monitor.testing import assert_conforms, configured, look, refused, run, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
CANARY = "012345678901-nguyen-van-a"
"""Stands for what a topic or a record tells of a person."""
NOW_MS = round(time.time() * 1000)


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(target: str, *, within: timedelta = timedelta(seconds=10), **settings) -> Observation:
    return await look(configured(KafkaProbe, {"target": target, "topic": "documents", **settings}), within=within)


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_kafka, lambda address: configured(KafkaProbe, {"target": address, "topic": "documents"})
    )


# The broker of librdkafka.


class Broker:
    """Two brokers, and a client of theirs to prepare the tests with."""

    def __init__(self) -> None:
        import confluent_kafka as kafka

        self._kafka = kafka
        settings = {"bootstrap.servers": "unused", "test.mock.num.brokers": 2, "log_level": 0}
        self._producers = {"none": kafka.Producer(settings)}
        found = self._producers["none"].list_topics(timeout=10).brokers.values()
        self.servers = ",".join(f"{each.host}:{each.port}" for each in found)
        self.target = self.servers.partition(",")[0]

    def write(self, topic: str, values: list, *, age: float = 0, partitions: int = 1, codec: str = "none") -> None:
        if codec not in self._producers:
            settings = {"bootstrap.servers": self.servers, "compression.codec": codec, "log_level": 0}
            self._producers[codec] = self._kafka.Producer(settings)
        made = round((time.time() - age) * 1000)
        for number, value in enumerate(values):
            self._producers[codec].produce(topic, value, partition=number % partitions, timestamp=made)
        assert self._producers[codec].flush(10) == 0

    def confirm(self, topic: str, group: str, **offsets: int) -> None:
        settings = {"bootstrap.servers": self.servers, "group.id": group, "log_level": 0}
        consumer = self._kafka.Consumer(settings)
        places = [self._kafka.TopicPartition(topic, int(name[1:]), value) for name, value in offsets.items()]
        consumer.commit(offsets=places, asynchronous=False)
        consumer.close()


@pytest.fixture(scope="module")
def broker():
    pytest.importorskip("confluent_kafka", reason="confluent-kafka is missing: pip install confluent-kafka")
    return Broker()


async def test_topic_is_measured_without_a_group(broker):
    broker.write("plain", [b"x"] * 6, age=600, partitions=2)

    outcome = await run(configured(KafkaProbe, {"target": broker.target, "topic": "plain"}))

    seen = outcome.observation
    assert seen.status is Status.UP, seen.detail
    assert set(outcome.phases) >= {"resolve", "connect", "login", "ask", "fetch"}
    found = readings(seen)
    assert found["exchange_last_record_timestamp_seconds"] == pytest.approx(time.time() - 600, abs=30)
    assert (found["probe_kafka_records_total"], found["probe_kafka_partitions"]) == (6, 4)
    assert [found[f"probe_kafka_partition_end_offset.{number}"] for number in range(4)] == [3, 3, 0, 0]
    assert "exchange_backlog_records" not in found


async def test_lag_of_a_group_is_its_backlog(broker):
    broker.write("lagging", [b"x"] * 20, age=7200, partitions=2)
    broker.write("lagging", [b"x"] * 2, age=60, partitions=2)
    broker.confirm("lagging", "sender", p0=11, p1=4)
    settings = {"topic": "lagging", "group": "sender"}

    seen = await seen_at(broker.target, **settings)
    behind = await seen_at(broker.target, limits={"max_backlog": 6}, **settings)
    some = await seen_at(broker.target, limits={"degraded_backlog": 6, "max_backlog": 10}, **settings)
    late = await seen_at(broker.target, limits={"max_wait": "1h"}, **settings)
    never = await seen_at(broker.target, topic="lagging", group="another")

    found = readings(seen)
    assert (seen.status, found["exchange_backlog_records"]) == (Status.UP, 7), seen.detail
    assert found["probe_kafka_partition_committed_offset.0"] == 11
    assert (behind.status, behind.reason, behind.detail) == (Status.DOWN, Reason.BACKLOG, "7 records wait, limit 6")
    assert (some.status, some.reason) == (Status.DEGRADED, Reason.BACKLOG)
    assert (late.status, late.reason) == (Status.DOWN, Reason.BACKLOG)
    assert late.detail.startswith("the oldest of the records has waited 2h")
    assert readings(never)["exchange_backlog_records"] == 22


async def test_old_record_is_stale(broker):
    broker.write("old", [b"x"], age=7200)

    assert (await seen_at(broker.target, topic="old", limits={"max_age": "3h"})).status is Status.UP
    seen = await seen_at(broker.target, topic="old", limits={"max_age": "1h"})
    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STALE)
    assert seen.detail.startswith("the newest of the records is 2h")


async def test_record_of_tomorrow_is_no_fresh_record(broker):
    broker.write("future", [b"x"], age=-86_400)

    seen = await seen_at(broker.target, topic="future", limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)


async def test_group_that_is_ahead_of_its_topic_is_told(broker):
    broker.write("young", [b"x"])
    broker.confirm("young", "sender", p0=500)

    seen = await seen_at(broker.target, topic="young", group="sender")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.MISMATCH)
    assert "exchange_backlog_records" not in readings(seen)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads a source."""

    source: KafkaRows
    found: list

    async def observe(self, vantage):
        self.found.extend([row async for row in self.source.rows(vantage)])
        return up()


async def rows_at(target: str, **settings) -> tuple[list, Observation]:
    probe = Reading(source=configured(KafkaRows, {"target": target, "topic": "documents", **settings}), found=[])
    seen = await look(probe)
    return probe.found, seen


@pytest.mark.parametrize("codec", ["none", "gzip"])
async def test_newest_records_are_rows(broker, codec):
    values = [json.dumps({"id": number, "name": "Hà", "deep": {}}).encode() for number in range(50)]
    broker.write(f"rows-{codec}", values, age=60, codec=codec)

    found, seen = await rows_at(broker.target, topic=f"rows-{codec}", max_rows=3)
    texts, _ = await rows_at(broker.target, topic=f"rows-{codec}", max_rows=1, format="text")

    assert seen.status is Status.UP, seen.detail
    assert [(row["id"], row["name"], "deep" in row) for row in found] == [
        (number, "Hà", False) for number in (47, 48, 49)
    ]
    assert found[0]["time"].timestamp() == pytest.approx(time.time() - 60, abs=30)
    assert texts[0]["value"] == values[-1].decode()


async def test_rows_that_cannot_be_read_are_told(broker):
    broker.write("zstd", [b"x" * 1000] * 10, codec="zstd")
    broker.write("texts", [CANARY.encode()])
    broker.write("lists", [b"[1]"])
    broker.write("large", [b"x" * 1000] * 500)

    found = {
        topic: (await rows_at(broker.target, topic=topic, max_size="10KiB"))[1]
        for topic in ("zstd", "texts", "lists", "large")
    }

    assert {topic: seen.reason for topic, seen in found.items()} == {
        "zstd": Reason.CONTENT,
        "texts": Reason.CONTENT,
        "lists": Reason.CONTENT,
        "large": Reason.TOO_LARGE,
    }
    assert found["zstd"].detail == "records are compressed with zstd, which is not read here"
    assert CANARY not in repr(found)


async def test_topics_groups_and_records_stay_where_they_are(broker, caplog):
    caplog.set_level(logging.DEBUG)
    broker.write(CANARY, [CANARY.encode()] * 3, age=100)
    broker.confirm(CANARY, CANARY, p0=1)

    seen = [
        await seen_at(broker.target, topic=CANARY, group=CANARY, limits=limits)
        for limits in ({}, {"max_backlog": 1}, {"max_age": "1s"}, {"max_wait": "1s"})
    ]

    assert CANARY not in repr(seen)
    assert not [each for each in caplog.records if CANARY in each.getMessage() and "kafka" in each.name]


# The double.


VERSIONS = {3: (4, 4), 2: (2, 3), 10: (1, 1), 9: (2, 3), 1: (4, 4), 17: (1, 1), 36: (0, 0), 18: (0, 0)}
TAKES = {
    (18, 0): admin.ApiVersionRequest_v0, (3, 4): metadata.MetadataRequest_v4, (2, 3): offset.OffsetRequest_v3,
    (10, 1): coordination.FindCoordinatorRequest_v1, (9, 3): commit.OffsetFetchRequest_v3,
    (1, 4): fetch.FetchRequest_v4, (17, 1): admin.SaslHandShakeRequest_v1,
    (36, 0): admin.SaslAuthenticateRequest_v0,
}  # fmt: skip


@dataclass
class Double:
    """A broker that takes the versions below and nothing else, and tells what it was asked.

    Attributes:
        announced: Where it says that the brokers are, instead of here.
        instead: What it answers to a request, by key: an error code, or bytes to send as they are.
    """

    announced: tuple[str, int] | None = None
    instead: dict[int, object] = field(default_factory=dict)
    error: dict[int, int] = field(default_factory=dict)
    first: int = 0
    end: int = 10
    committed: int = 4
    records: bytes = b""
    users: dict[str, str] = field(default_factory=dict)
    iterations: int = 4096
    asked: list[int] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    stalls_at: int | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scram: dict[str, str] = {}
        here = self.announced or writer.get_extra_info("sockname")[:2]
        while True:
            length = int.from_bytes(await reader.readexactly(4))
            content = BytesIO(await reader.readexactly(length))
            key, version, number, _ = RequestHeader_v1.SCHEMA.decode(content)
            request = TAKES[key, version].decode(content)
            assert content.read() == b""
            self.asked.append(key)
            if self.stalls_at == key:
                await asyncio.Event().wait()
            instead = self.instead.get(key)
            if isinstance(instead, bytes):
                writer.write(instead)
                continue
            answer = self.answer(key, request, here, scram)
            body = struct.pack(">i", number) + answer.encode()
            writer.write(struct.pack(">i", len(body)) + body)

    def answer(self, key: int, request, here: tuple[str, int], scram: dict):
        code = self.error.get(key, 0)
        match key:
            case 18:
                versions = [(each, *span) for each, span in VERSIONS.items()]
                return admin.ApiVersionResponse_v0(code, versions)
            case 3:
                assert request.allow_auto_topic_creation is False
                partitions = [(0, 0, 1, [1, 2], [1])]
                topics = [(code, name, False, partitions) for name in request.topics]
                return metadata.MetadataResponse_v4(0, [(1, *here, None)], None, 1, topics)
            case 2:
                [(topic, [(number, time_)])] = request.topics
                assert request.replica_id == -1
                value = self.end if time_ == -1 else self.first
                return offset.OffsetResponse_v3(0, [(topic, [(number, code, -1, value)])])
            case 10:
                return coordination.FindCoordinatorResponse_v1(0, code, CANARY, 1, *here)
            case 9:
                [(topic, numbers)] = request.topics
                parts = [(number, self.committed, "", 0) for number in numbers]
                return commit.OffsetFetchResponse_v3(0, [(topic, parts)], code)
            case 1:
                [(topic, [(number, _, _)])] = request.topics
                return fetch.FetchResponse_v4(0, [(topic, [(number, code, 10, 10, None, self.records)])])
            case 17:
                known = request.mechanism in {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
                return admin.SaslHandShakeResponse_v1(0 if known else 33, ["PLAIN"])
            case _:
                self.said.append(request.sasl_auth_bytes)
                return self.login(request.sasl_auth_bytes.decode(), scram)

    def login(self, said: str, scram: dict):
        if said.startswith("\0"):
            _, name, password = said.split("\0")
            return admin.SaslAuthenticateResponse_v0(0 if self.users.get(name) == password else 58, CANARY, b"")
        if said.startswith("n,,"):
            scram["first"] = said[3:]
            scram["name"] = said.split("n=")[1].split(",", maxsplit=1)[0]
            nonce = said.split("r=")[1] + "more"
            scram["server"] = f"r={nonce},s={base64.b64encode(b'salt').decode()},i={self.iterations}"
            return admin.SaslAuthenticateResponse_v0(0, None, scram["server"].encode())
        bare, _, proof = said.rpartition(",p=")
        text = f"{scram['first']},{scram['server']},{bare}".encode()
        password = self.users.get(scram["name"], "")
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), b"salt", self.iterations)
        key = hmac.digest(salted, b"Client Key", "sha512")
        signature = hmac.digest(hashlib.sha512(key).digest(), text, "sha512")
        expected = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        if base64.b64decode(proof) != expected:
            return admin.SaslAuthenticateResponse_v0(58, CANARY, b"")
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha512"), text, "sha512")
        return admin.SaslAuthenticateResponse_v0(0, None, b"v=" + base64.b64encode(server))


def batch(
    offset_: int = 9, *, made: int = NOW_MS, body: bytes = b"", count: int = 1, flags: int = 0, magic: int = 2
) -> bytes:
    length = HEAD.size - 12 + len(body)
    return HEAD.pack(offset_, length, 0, magic, 0, flags, count - 1, made, made, -1, -1, -1, count) + body


async def test_double_is_up():
    double = Double(records=batch())
    async with serve_stream(double) as address:
        seen = await seen_at(address, group="sender", limits={"max_backlog": 6, "max_age": "1h"})

    assert seen.status is Status.UP, seen.detail
    found = readings(seen)
    assert (found["exchange_backlog_records"], found["probe_kafka_under_replicated_partitions"]) == (6, 1)
    assert double.asked == [18, 3, 10, 9, 2, 2, 1]


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        (18, 35, Reason.PROTOCOL),
        (3, 3, Reason.CONTENT),
        (3, 5, Reason.SERVICE_FAULT),
        (3, 17, Reason.CONTENT),
        (3, 29, Reason.FORBIDDEN),
        (2, 6, Reason.SERVICE_FAULT),
        (10, 15, Reason.SERVICE_FAULT),
        (10, 30, Reason.FORBIDDEN),
        (9, 16, Reason.SERVICE_FAULT),
        (9, 30, Reason.FORBIDDEN),
        (1, 1, Reason.CONTENT),
        (1, 29, Reason.FORBIDDEN),
        (1, 999, Reason.STATUS),
        (1, -1, Reason.STATUS),
    ],
)
async def test_every_error_has_its_reason_and_no_words(key, code, reason):
    async with serve_stream(Double(error={key: code}, records=batch())) as address:
        seen = await seen_at(address, group="sender")

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert CANARY not in repr(seen)


async def test_announced_broker_outside_is_told_and_not_connected_to():
    async with serve_stream(Double(announced=("192.0.2.7", 9092))) as address:
        seen = await seen_at(address)
        group = await seen_at(address, group="sender")

    for each in (seen, group):
        assert (each.status, each.reason) == (Status.DOWN, Reason.REDIRECT)
        assert each.detail.startswith("announces a broker at 192.0.2.7:9092, where the monitor may not connect")


async def test_announced_broker_inside_is_asked():
    leader = Double(records=batch())
    async with serve_stream(leader) as elsewhere:
        host, _, port = elsewhere.partition(":")
        first = Double(announced=(host, int(port)))
        leader.announced = first.announced
        async with serve_stream(first) as address:
            seen = await seen_at(address, group="sender")

    assert seen.status is Status.UP, seen.detail
    assert first.asked == [18, 3, 10]
    assert leader.asked == [18, 9, 2, 2, 1]


@pytest.mark.parametrize(
    "announced", [("", 9092), ("a b", 9092), ("x" * 300, 9092), ("127.0.0.1", 0), ("127.0.0.1", 70000), (None, 1)]
)
async def test_announced_address_that_is_none_is_told(announced):
    async with serve_stream(Double(announced=announced)) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_address_outside_is_not_connected_to():
    seen = await seen_at("192.0.2.1:9092")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


@pytest.fixture
def password(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")
    return {"file": str(tmp_path / "password")}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_login_opens_the_door(password, mechanism, tmp_path):
    (tmp_path / "wrong").write_text("wr0ng\n")
    double = Double(records=batch(), users={"monitor": "s3cret"})
    sasl = {"mechanism": mechanism, "username": "monitor", "password": password}
    async with serve_stream(double) as address:
        settings = {"allow_cleartext_password": True}
        right = await seen_at(address, sasl=sasl, **settings)
        wrong = await seen_at(address, sasl={**sasl, "password": {"file": str(tmp_path / "wrong")}}, **settings)
        nobody = await seen_at(address, sasl={**sasl, "username": "nguyen"}, **settings)

    assert right.status is Status.UP, right.detail
    assert (wrong.status, wrong.reason, wrong.detail) == (
        Status.DOWN,
        Reason.UNAUTHORIZED,
        "the login was refused (error 58)",
    )
    assert nobody.reason is Reason.UNAUTHORIZED
    assert "wr0ng" not in repr(wrong)
    if mechanism != "PLAIN":
        assert not [said for said in double.said if b"s3cret" in said]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_runs_leave_nothing(password, mechanism):
    sasl = {"mechanism": mechanism, "username": "monitor", "password": password}
    settings = {"topic": "documents", "group": "sender", "sasl": sasl, "allow_cleartext_password": True}
    async with serve_stream(Double(records=batch(), users={"monitor": "s3cret"})) as address:
        right = await remains(configured(KafkaProbe, {"target": address, **settings}))
    async with serve_stream(Double(records=batch(), users={"monitor": "another"})) as address:
        wrong = await remains(configured(KafkaProbe, {"target": address, **settings}))

    assert right == nothing("up")
    assert wrong == nothing("down unauthorized")


@pytest.mark.parametrize("iterations", [0, 1_000_000_000, 10**30])
async def test_broker_cannot_keep_the_processor_busy(password, iterations):
    sasl = {"username": "monitor", "password": password}
    async with serve_stream(Double(iterations=iterations)) as address:
        outcome = await run(configured(KafkaProbe, {"target": address, "topic": "documents", "sasl": sasl}))

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert outcome.duration_seconds < 1


async def test_broker_that_does_not_know_the_password_is_not_believed(password):
    double = Double(users={"monitor": "s3cret"}, records=batch())
    double.login = lambda said, scram: admin.SaslAuthenticateResponse_v0(
        0, None, b"v=AAAA" if ",p=" in said else f"r={said.split('r=')[1]},s=AAAA,i=4096".encode()
    )
    async with serve_stream(double) as address:
        seen = await seen_at(address, sasl={"username": "monitor", "password": password})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_tls_is_verified_and_measured(tmp_path):
    import shutil
    import ssl
    from pathlib import Path

    async with serve_tls() as files:
        for each in Path(files.ca_file).parent.iterdir():
            shutil.copy(each, tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    ca, chain, key = (str(tmp_path / name) for name in ("ca.pem", "chain.pem", "key.pem"))
    ours = {"ca_file": ca, "cert_file": chain, "key_file": key}
    async with serve_stream(Double(records=batch()), tls=context) as address:
        seen = await seen_at(address, tls=True, tls_config=ours)
        bare = await seen_at(address, tls=True, tls_config={"ca_file": ca})
        stranger = await seen_at(address, tls=True)

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] > time.time()
    assert bare.status is Status.DOWN
    assert bare.reason in {Reason.TLS, Reason.DISCONNECTED}
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)


def framed(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


BROKEN = {
    "http": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.TOO_LARGE),
    "length of 2 GiB": (b"\x7f\xff\xff\xff", Reason.TOO_LARGE),
    "negative length": (b"\xff\xff\xff\xff", Reason.PROTOCOL),
    "empty": (framed(b""), Reason.PROTOCOL),
    "another number": (framed(struct.pack(">ihi", 77, 0, 0)), Reason.PROTOCOL),
    "cut": (framed(struct.pack(">ihi", 1, 0, 5)), Reason.PROTOCOL),
    "huge array": (framed(struct.pack(">ihi", 1, 0, 2**31 - 1)), Reason.PROTOCOL),
    "negative array": (framed(struct.pack(">ihi", 1, 0, -5)), Reason.PROTOCOL),
    "noise": (framed(bytes(range(200))), Reason.PROTOCOL),
    "no versions": (framed(struct.pack(">ihi", 1, 0, 0)), Reason.PROTOCOL),
    "end": (b"", Reason.DISCONNECTED),
    "end in a length": (b"\0\0", Reason.DISCONNECTED),
    "end in an answer": (b"\0\0\0\x20ab", Reason.DISCONNECTED),
}


@pytest.mark.parametrize(("said", "reason"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_down(said, reason):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(said)

    async with serve_stream(talk) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


@pytest.mark.parametrize("key", [3, 10, 9, 2, 1])
@pytest.mark.parametrize("noise", [framed(b"\xff" * 300), framed(struct.pack(">i", 2)), b"\x7f\0\0\0"])
async def test_noise_at_every_stage_is_down(key, noise):
    async with serve_stream(Double(instead={key: noise}, records=batch())) as address:
        seen = await seen_at(address, group="sender")

    assert seen.status is Status.DOWN
    assert seen.reason in {Reason.PROTOCOL, Reason.TOO_LARGE}, seen.detail


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        (batch(magic=1), Reason.PROTOCOL),
        (batch(count=0), Reason.PROTOCOL),
        (batch(-5), Reason.PROTOCOL),
        (b"\xff" * 200, Reason.PROTOCOL),
        (batch(made=-1), Reason.CONTENT),
        (batch(made=2**62), Reason.CONTENT),
        (b"", Reason.CONTENT),
        (batch()[:-20], Reason.CONTENT),
        (batch(made=NOW_MS + 86_400_000), Reason.CONTENT),
    ],
)
async def test_records_that_are_none_have_no_age(records, reason):
    async with serve_stream(Double(records=records)) as address:
        seen = await seen_at(address, limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


@pytest.mark.parametrize(("end", "committed"), [(-1, 4), (2**63 - 1, 4), (10, 2**63 - 1)])
async def test_offsets_that_are_none_make_no_number(end, committed):
    async with serve_stream(Double(end=end, committed=committed, records=batch())) as address:
        seen = await seen_at(address, group="sender")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.readings == ()


async def test_records_that_are_gone_unread_are_told():
    async with serve_stream(Double(first=7, records=batch())) as address:
        seen = await seen_at(address, group="sender")
        long = await seen_at(address, group="sender", limits={"max_backlog": 5})

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert seen.detail == "3 records were deleted before the group confirmed them"
    assert (long.status, long.reason) == (Status.DOWN, Reason.BACKLOG)


async def test_empty_topic_is_stale_only_if_something_should_be_there():
    async with serve_stream(Double(end=0, committed=-1)) as address:
        empty = await seen_at(address, group="sender", limits={"max_backlog": 0})
        stale = await seen_at(address, limits={"max_age": "1h"})

    assert (empty.status, readings(empty)["exchange_backlog_records"]) == (Status.UP, 0)
    assert (stale.status, stale.reason) == (Status.DOWN, Reason.STALE)


@pytest.mark.parametrize("key", [18, 3, 10, 9, 2, 1, 17, 36])
async def test_stall_at_every_stage_ends_at_the_deadline(key, password):
    double = Double(stalls_at=key, records=batch(), users={"monitor": "s3cret"})
    sasl = {"mechanism": "PLAIN", "username": "monitor", "password": password}
    settings = {"group": "sender", "sasl": sasl, "allow_cleartext_password": True}
    async with serve_stream(double) as address:
        probe = configured(KafkaProbe, {"target": address, "topic": "documents", **settings})
        outcome = await run(probe, within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_stall_of_tls_ends_at_the_deadline():
    async with stalled() as address:
        probe = configured(KafkaProbe, {"target": address, "topic": "documents", "tls": True})
        outcome = await run(probe, within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


def zigzag(number: int) -> bytes:
    number = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def record(value: bytes, number: int = 0) -> bytes:
    inside = b"\0" + zigzag(0) + zigzag(number) + zigzag(-1) + zigzag(len(value)) + value + zigzag(0)
    return zigzag(len(inside)) + inside


HOSTILE = {
    "bomb": (batch(0, body=gzip.compress(record(b"x" * 50_000_000)), flags=1, count=10), Reason.TOO_LARGE),
    "no gzip": (batch(0, body=b"noise", flags=1, count=10), Reason.PROTOCOL),
    "cut gzip": (batch(0, body=gzip.compress(record(b"{}"))[:15], flags=1, count=10), Reason.PROTOCOL),
    "long record": (batch(0, body=b"\xfe\xff\x7f", count=10), Reason.PROTOCOL),
    "endless number": (batch(0, body=b"\xff" * 40, count=10), Reason.PROTOCOL),
    "fewer records than said": (batch(0, body=record(b"{}"), count=10), Reason.PROTOCOL),
    "long text": (batch(0, body=zigzag(7) + b"\0\0\0\1\xfe\xff\x7f", count=1), Reason.PROTOCOL),
    "many lists": (batch(0, body=record(b'{"a":[' + b"[]," * 200_000 + b"1]}"), count=1), Reason.TOO_LARGE),
    "nested": (batch(0, body=record(b'{"a":' * 50_000), count=1), Reason.CONTENT),
    "no number": (batch(0, body=record(b'{"a": NaN}'), count=1), Reason.CONTENT),
    "lz4": (batch(0, body=b"x", flags=3, count=10), Reason.CONTENT),
}


@pytest.mark.parametrize(("records", "reason"), HOSTILE.values(), ids=HOSTILE)
async def test_hostile_records_are_no_rows(records, reason):
    async with serve_stream(Double(records=records)) as address:
        rows, seen = await rows_at(address)

    assert (seen.status, seen.reason, rows) == (Status.DOWN, reason, []), seen.detail


async def test_records_are_read_once():
    body = b"".join(record(b'{"id": %d}' % number, number) for number in range(10))
    async with serve_stream(Double(records=batch(0, body=body, count=10))) as address:
        rows, seen = await rows_at(address, max_rows=4)

    assert seen.status is Status.UP, seen.detail
    assert [row["id"] for row in rows] == [6, 7, 8, 9]


@pytest.mark.parametrize("number", [0, 1, -1, 63, -64, 64, 2**31, -(2**31), 2**62])
def test_numbers_are_read_as_they_are_written(number):
    assert varint(zigzag(number), 0) == (number, len(zigzag(number)))


def test_batch_at_the_end_may_be_cut_off():
    found = list(batches(batch(3) + batch(4)[:-1]))

    assert [each.offset for each in found] == [3]
    assert isinstance(found[0], Batch)


PLAIN = {"mechanism": "PLAIN", "username": "a", "password": {"env": "X"}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "kafka.example"}, "host:port"),
        ({"topic": ""}, "topic is empty"),
        ({"tls_config": {"ca_file": "/x"}}, "without tls: true"),
        ({"sasl": PLAIN}, "in the clear"),
        ({"sasl": {**PLAIN, "mechanism": "GSSAPI"}}, "SCRAM-SHA-512"),
        ({"sasl": {**PLAIN, "username": ""}}, "username is empty"),
        ({"limits": {"max_backlog": 1}}, "write group"),
        ({"limits": {"max_wait": "1h"}}, "write group"),
        ({"times": False, "limits": {"max_age": "1h"}}, "tells no age"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(KafkaProbe, {"target": "kafka.example:9092", "topic": "documents", **settings})


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"topic": ""}, "topic is empty"), ({"max_rows": 0}, "1 to 10000"), ({"sasl": PLAIN}, "in the clear")],
)
def test_sources_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(KafkaRows, {"target": "kafka.example:9092", "topic": "documents", **settings})
