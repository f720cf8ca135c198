"""A MongoDB server is asked what reads; whatever it answers, the check is decided in time.

There is no server of MongoDB's to try: the real driver talks to a double that is strict about the messages it takes
(the hello, ping, find and aggregate commands of OP_MSG), and to peers that refuse, stall and talk nonsense.
"""

import asyncio
import struct
import threading
import time
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import datashare_monitor_mongodb
import pytest
from datashare_monitor_mongodb import MongodbProbe, MongodbRows
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, Vantage, up
from monitor.testing import (
    assert_conforms,
    configured,
    crowded,
    dripping,
    garbage,
    look,
    refused,
    run,
    serve_stream,
    stalled,
)

WITHIN = timedelta(seconds=1)
MOST_LEFT = 120
"""Of pymongo's own objects, now and then: an error of a task that it has cancelled itself."""
LATEST_SECONDS = WITHIN.total_seconds() + 0.25
CANARY = "Nguyễn Văn Chim 079203001234"
ASKED = {"database": "sharing", "collection": "requests", "filter": "{}"}


@dataclass
class Double:
    """A server on its own, which knows one collection."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    silent_at: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, number, _, operation = struct.unpack("<iiii", await reader.readexactly(16))
            body = await reader.readexactly(length - 16)
            if operation == 2004:
                command = bson.decode(body[body.index(b"\0", 4) + 9 :])
                self.answer(writer, number, self.hello(), legacy=True)
                continue
            assert operation == 2013, operation
            assert body[4] == 0, "one section of kind 0"
            command = bson.decode(body[5 : 5 + struct.unpack_from("<i", body, 5)[0]])
            self.heard.append(command)
            if next(iter(command)) == self.silent_at:
                await asyncio.sleep(60)
            self.answer(writer, number, self.reply(command))

    def answer(self, writer: asyncio.StreamWriter, number: int, document: dict, *, legacy: bool = False) -> None:
        encoded = bson.encode(document)
        body = struct.pack("<iqii", 8, 0, 0, 1) + encoded if legacy else struct.pack("<ib", 0, 0) + encoded
        writer.write(struct.pack("<iiii", 16 + len(body), 1, number, 1 if legacy else 2013) + body)

    def hello(self) -> dict[str, Any]:
        return {
            "helloOk": True, "isWritablePrimary": True, "ismaster": True, "maxBsonObjectSize": 16777216,
            "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "localTime": datetime.now(UTC),
            "minWireVersion": 0, "maxWireVersion": 21, "readOnly": False, "ok": 1.0,
        }  # fmt: skip

    def reply(self, command: dict[str, Any]) -> dict[str, Any]:
        match next(iter(command)):
            case "hello" | "ismaster" | "isMaster":
                return self.hello()
            case "ping" | "endSessions" | "killCursors":
                return {"ok": 1.0}
            case "find" | "aggregate" if self.failure is None:
                return {"cursor": {"id": 0, "ns": "sharing.requests", "firstBatch": self.documents}, "ok": 1.0}
            case "find" | "aggregate":
                return {"ok": 0.0, **self.failure}
        raise AssertionError(command)


def settings(target: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "tls": False, "allow_cleartext": True, **more}


async def seen_of(double: Double, **more: Any) -> Observation:
    async with serve_stream(double.talk) as address:
        return await look(configured(MongodbProbe, settings(address, **more)), within=timedelta(seconds=3))


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_mongodb, lambda address: configured(MongodbProbe, settings(address, **ASKED))
    )


async def test_ping_is_up_and_measured():
    double = Double()

    seen = await seen_of(double)

    assert (seen.status, seen.detail) == (Status.UP, "pong"), seen
    assert readings(seen) == {"probe_mongodb_primary": 1, "probe_mongodb_ssl": 0}
    assert "ping" in [next(iter(one)) for one in double.heard]


async def test_documents_are_judged_and_measured():
    newest = datetime.now(UTC) - timedelta(hours=1)
    double = Double([{"_id": bson.ObjectId(), "waiting": 12, "newest": newest, "who": {"name": CANARY}}])
    good = {"readings": {"waiting": "waiting", "newest_timestamp_seconds": "newest"}}

    seen = await seen_of(double, **ASKED, **good, assertions=[{"column": "newest", "max_age": "2h"}])
    bad = await seen_of(double, **ASKED, assertions=[{"column": "waiting", "less_than": 10, "level": "degraded"}])

    assert (seen.status, seen.detail) == (Status.UP, "1 documents"), seen
    assert readings(seen)["probe_waiting"] == 12
    assert (bad.status, bad.detail) == (Status.DEGRADED, "waiting < 10 (was 12)")


async def test_pipeline_is_asked_with_its_limits():
    double = Double([{"waiting": 3}])

    await seen_of(double, database="sharing", collection="requests", pipeline='[{"$count": "waiting"}]', max_rows=5)

    [asked] = [one for one in double.heard if "aggregate" in one]
    assert asked["pipeline"] == [{"$count": "waiting"}, {"$limit": 6}]
    assert 0 < asked["maxTimeMS"] <= 3000


async def test_too_many_documents_are_refused():
    seen = await seen_of(Double([{"a": 1}] * 4), **ASKED, max_rows=3)
    long = await seen_of(Double([{"a": "x" * 5000}]), **ASKED)
    wide = await seen_of(Double([{"a": "x" * 4000}] * 100), **ASKED, max_bytes="64KiB")

    assert (seen.reason, seen.detail[:21]) == (Reason.TOO_LARGE, "more than 3 documents")
    assert (long.reason, long.detail) == (Reason.TOO_LARGE, "a cell is longer than 4096 characters")
    assert (wide.reason, wide.detail) == (Reason.TOO_LARGE, "more than 131072 bytes came")


@pytest.mark.parametrize(
    ("code", "reason"),
    [(13, Reason.FORBIDDEN), (18, Reason.UNAUTHORIZED), (50, Reason.SLOW), (2, Reason.SERVICE_FAULT)],
)
async def test_refusal_has_its_reason_and_not_the_servers_words(code, reason):
    seen = await seen_of(Double(failure={"code": code, "errmsg": f"about {CANARY}", "codeName": "X"}), **ASKED)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen
    assert "Chim" not in seen.detail


async def test_no_text_of_a_document_is_shown():
    double = Double([{"name": CANARY}])

    for comparison in ({"equals": "x"}, {"matches": "^x"}, {"less_than": 1}, {"max_age": "1s"}, {"exists": False}):
        seen = await seen_of(double, **ASKED, assertions=[{"column": "name", **comparison}], readings={"a": "name"})
        assert seen.status is Status.DOWN
        assert "Chim" not in f"{seen.detail}{seen.readings}"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Shows the rows of a source."""

    source: Any

    async def observe(self, vantage: Vantage) -> Observation:
        return up(detail=str([row async for row in self.source.rows(vantage)]))


async def test_source_yields_the_documents():
    double = Double([{"a": 1, "b": [1], "c": None}, {"a": bson.Decimal128("2.5")}])

    async with serve_stream(double.talk) as address:
        seen = await look(Counting(source=configured(MongodbRows, settings(address, **ASKED))))

    assert seen.detail == "[{'a': 1, 'c': None}, {'a': 2.5}]"


async def test_refused_connection_is_told_at_once():
    async with refused() as address:
        outcome = await run(configured(MongodbProbe, settings(address)), within=timedelta(seconds=5))

    assert outcome.observation.reason is Reason.REFUSED
    assert outcome.duration_seconds < 1.5


@pytest.mark.parametrize("broken", [crowded, stalled, dripping, garbage])
async def test_broken_server_ends_in_time(broken):
    async with broken() as address:
        outcome = await run(configured(MongodbProbe, settings(address)), within=WITHIN)

    assert outcome.observation.status is Status.DOWN, outcome.observation
    assert outcome.observation.reason in {Reason.TIMEOUT, Reason.PROTOCOL, Reason.DISCONNECTED}
    assert outcome.duration_seconds < LATEST_SECONDS


@pytest.mark.parametrize("stage", ["ping", "find"])
async def test_server_that_stalls_ends_in_time(stage):
    double = Double(silent_at=stage)
    async with serve_stream(double.talk) as address:
        outcome = await run(configured(MongodbProbe, settings(address, **ASKED)), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < LATEST_SECONDS


async def test_server_that_stalls_in_tls_ends_in_time():
    async with stalled() as address:
        outcome = await run(configured(MongodbProbe, {"target": address}), within=WITHIN)

    assert outcome.observation.reason is Reason.TIMEOUT
    assert "tls" in outcome.phases
    assert outcome.duration_seconds < LATEST_SECONDS


@dataclass
class Hasher(Double):
    """A server that wants a password hashed so many times."""

    written: bytes = b"i=15000"
    subtype: int = 0

    def reply(self, command: dict[str, Any]) -> dict[str, Any]:
        if "saslStart" in command or "speculativeAuthenticate" in command:
            nonce = dict(part.split(b"=", 1) for part in self.payload(command).split(b",") if b"=" in part)[b"r"]
            first = b",".join((b"r=" + nonce + b"x", b"s=QUFBQUFBQUFBQUFBQUFBQQ==", self.written))
            said = {"conversationId": 1, "done": False, "payload": bson.Binary(first, self.subtype), "ok": 1.0}
            return said if "saslStart" in command else {**self.hello(), "speculativeAuthenticate": said}
        if "saslContinue" in command:
            return {"ok": 0.0, "code": 18, "errmsg": "no"}
        return super().reply(command)

    def payload(self, command: dict[str, Any]) -> bytes:
        return bytes(command.get("payload") or command["speculativeAuthenticate"]["payload"])


@pytest.mark.parametrize(
    "written", [b"i=2000000000", b"i=\n2000000000", b"i=2_000_000_000", b"i=+2000000000", b"i=1000001"]
)
async def test_server_cannot_keep_a_processor_busy(written, tmp_path):
    (tmp_path / "password").write_text("secret")
    login = {"user": "reader", "password": {"file": str(tmp_path / "password")}}

    seen = await seen_of(Hasher(written=written), **login)
    left = await asyncio.to_thread(threads_left)
    few = await seen_of(Hasher(), **login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL), seen
    assert left == []
    assert (few.status, few.reason) == (Status.DOWN, Reason.UNAUTHORIZED), few


@pytest.mark.parametrize(
    ("double", "more", "outcome"),
    [
        (Double(), {}, "up"),
        (Double([{"waiting": 3}]), ASKED, "up"),
        (Double(failure={"code": 13, "errmsg": "no"}), ASKED, "down forbidden"),
        (Hasher(), {"user": "reader"}, "down unauthorized"),
    ],
)
async def test_runs_leave_nothing(double, more, outcome, tmp_path):
    (tmp_path / "password").write_text("secret")
    login = {"password": {"file": str(tmp_path / "password")}} if "user" in more else {}
    async with serve_stream(double.talk) as address:
        left = await remains(configured(MongodbProbe, settings(address, **more, **login)), within=WITHIN)

    assert left == nothing(outcome)


async def test_run_that_is_cut_off_amid_an_answer_leaves_little():
    async with serve_stream(Double(silent_at="find").talk) as address:
        left = await remains(configured(MongodbProbe, settings(address, **ASKED)), within=WITHIN)

    assert sum(left.cyclic.values()) <= MOST_LEFT
    assert replace(left, cyclic={}) == nothing("down timeout")


async def test_compressed_answer_is_not_taken_apart():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8192)
        packed = zlib.compress(bytes(100_000_000))
        body = struct.pack("<iiB", 2013, 100_000_000, 2) + packed
        writer.write(struct.pack("<iiii", 16 + len(body), 1, 1, 2012) + body)
        await asyncio.sleep(60)

    async with serve_stream(talk) as address:
        seen = await look(configured(MongodbProbe, settings(address)))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL), seen


def threads_left() -> list[str]:
    """Return the drivers' threads that are still there after a moment."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        left = [one.name for one in threading.enumerate() if one.name == "driver"]
        if not left:
            break
        time.sleep(0.02)
    return left


async def test_address_outside_the_allowed_networks_is_not_connected_to():
    seen = await look(configured(MongodbProbe, settings("192.0.2.1:27017")))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


GOOD = {"target": "db.hanoi.example:27017"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"tls": False}, "allow_cleartext: true"),
        ({"user": "reader"}, "write user and password both"),
        ({"filter": "{}"}, "write database and collection"),
        ({"assertions": [{"column": "a", "exists": True}]}, "look at documents"),
        ({**ASKED, "filter": "waiting"}, "filter is no JSON"),
        ({**ASKED, "filter": "[]"}, "filter is no object"),
        ({**ASKED, "filter": '{"$where": "sleep(9)"}'}, "filter has $where"),
        ({**ASKED, "filter": '{"a": {"$expr": {"$function": {}}}}'}, "filter has $function"),
        ({**ASKED, "filter": None, "pipeline": '[{"$out": "x"}]'}, "pipeline has the stage $out"),
        ({**ASKED, "filter": None, "pipeline": '[{"$merge": "x"}]'}, "pipeline has the stage $merge"),
        ({**ASKED, "filter": None, "pipeline": '[{"$facet": {"a": [{"$out": "x"}]}}]'}, "the stage $out"),
        (
            {**ASKED, "filter": None, "pipeline": '[{"$lookup": {"from": "b", "pipeline": [{"$currentOp": {}}]}}]'},
            "the stage $currentOp",
        ),
        ({**ASKED, "filter": None, "pipeline": '[{"$group": {"_id": {"$accumulator": {}}}}]'}, "has $accumulator"),
        ({**ASKED, "filter": None, "pipeline": "{}"}, "is no list of stages"),
        ({**ASKED, "filter": None, "pipeline": '[{"$match": {}, "$count": "a"}]'}, "a stage that is not one"),
        ({**ASKED, "filter": '{"a": ' * 40 + "1" + "}" * 40}, "nested more than"),
        ({**ASKED, "max_rows": 0}, "max_rows is 0"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(more, message):
    with pytest.raises(ValueError, match=r".") as refused_:
        configured(MongodbProbe, {**GOOD, **more})

    assert message in str(refused_.value)
