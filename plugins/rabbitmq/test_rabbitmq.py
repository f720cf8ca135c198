"""A queue of RabbitMQ is judged by its length and its consumers, never touched; no server can exhaust the probe."""

import asyncio
import base64
import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import datashare_monitor_rabbitmq
import pytest
from aiohttp import web
from datashare_monitor_rabbitmq import RabbitmqProbe
from pamqp import commands, frame
from pamqp.commands import Channel, Connection, Queue
from ports import free_port
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, run, serve, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
CANARY = "nguyen-van-a.012345678901"
"""Stands for what the name of a queue or a message tells of a person."""
CONFIG = """
listeners.tcp.1 = 127.0.0.1:{port}
listeners.ssl.1 = 127.0.0.1:{tls_port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {web_port}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/chain.pem
ssl_options.keyfile = {folder}/key.pem
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
management.load_definitions = {folder}/definitions.json
collect_statistics_interval = 200
log.console = true
log.file = false
"""


def definitions() -> dict:
    def user(name: str, tags: str = "") -> dict:
        return {"name": name, "password": "s3cret", "tags": tags}

    def rights(name: str, vhost: str, what: str) -> dict:
        return {"user": name, "vhost": vhost, "configure": what, "write": what, "read": what}

    queues = ("documents", "empty", "closed", CANARY)
    return {
        "users": [user("monitor", "monitoring"), user("admin", "administrator"), user("127.0.0.1")],
        "vhosts": [{"name": "/"}, {"name": "other/one"}],
        "permissions": [
            rights("monitor", "/", "^(documents|empty|missing|nguyen.*)$"),
            rights("admin", "/", ".*"),
            rights("127.0.0.1", "/", ".*"),
        ],
        "queues": [
            {"name": name, "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}} for name in queues
        ],
    }


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


@dataclass(frozen=True, kw_only=True)
class Rabbit:
    plain: str
    secure: str
    web: str
    folder: Path

    def login(self, name: str = "monitor", file: str = "password") -> dict:
        return {
            "username": name,
            "password": {"file": str(self.folder / file)},
            "allow_cleartext_password": True,
        }

    def tell(self, method: str, path: str, body: dict | None = None) -> None:
        request = urllib.request.Request(f"{self.web}{path}", method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(b"admin:s3cret").decode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, json.dumps(body).encode() if body is not None else None, timeout=5):
            pass

    def publish(self, queue: str, *, made: float | None = None, text: str = "x" * 10) -> None:
        properties = {} if made is None else {"timestamp": int(made)}
        body = {"properties": properties, "routing_key": queue, "payload": text, "payload_encoding": "string"}
        self.tell("POST", "/api/exchanges/%2F/amq.default/publish", body)

    def empty(self) -> None:
        for queue in ("documents", "empty", "closed", CANARY):
            self.tell("DELETE", f"/api/queues/%2F/{queue}/contents")


@contextmanager
def rabbit(folder: Path, binary: str, epmd: str):
    """Run RabbitMQ, without rights, on free ports and with a port mapper of its own."""
    port, tls_port, web_port, names, peers = (free_port() for _ in range(5))
    (folder / "definitions.json").write_text(json.dumps(definitions()))
    (folder / "plugins").write_text("[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n")
    config = CONFIG.format(port=port, tls_port=tls_port, web_port=web_port, folder=folder)
    (folder / "rabbitmq.conf").write_text(config)
    (folder / "password").write_text("s3cret\n")
    (folder / "wrong").write_text("wr0ng\n")
    rights = ["setpriv", "--pdeathsig=KILL"]
    if os.geteuid() == 0:
        rights += ["--reuid=65534", "--regid=65534", "--clear-groups"]
        for each in (folder, *folder.iterdir()):
            os.chown(each, 65534, 65534)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": f"rabbit{port}@localhost", "RABBITMQ_DIST_PORT": str(peers),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"), "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder), "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 1:1",
    }  # fmt: skip
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        mapper = [*rights, epmd, "-port", str(names), "-address", "127.0.0.1"]
        stack.enter_context(started(mapper, log, environment, folder))
        running = stack.enter_context(started([*rights, binary], log, environment, folder))
        server = Rabbit(
            plain=f"127.0.0.1:{port}", secure=f"127.0.0.1:{tls_port}", web=f"http://127.0.0.1:{web_port}",
            folder=folder,
        )  # fmt: skip
        wait_for(server, running, folder / "log")
        yield server


@contextmanager
def started(command: list[str], log, environment: dict[str, str], folder: Path):
    """Run a program, and end it with all that it started."""
    running = subprocess.Popen(
        command, stdout=log, stderr=log, env=environment, cwd=folder, start_new_session=True
    )  # fmt: skip
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def wait_for(server: Rabbit, running: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError):
            server.empty()
            return
        time.sleep(0.2)
    raise AssertionError(f"rabbitmq-server did not start: {log.read_text(errors='replace')[-3000:]}")


@pytest.fixture(scope="module")
def running(need):
    need("rabbitmq-server", "rabbitmq-server")
    binary = need("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
    epmd = need("epmd", "erlang-base")

    async def certificates(folder: Path) -> None:
        async with serve_tls() as files:
            for each in Path(files.ca_file).parent.iterdir():
                shutil.copy(each, folder)

    with tempfile.TemporaryDirectory(prefix="rabbitmq") as name:
        asyncio.run(certificates(Path(name)))
        with rabbit(Path(name), binary, epmd) as server:
            yield server


@pytest.fixture
def server(running):
    running.empty()
    return running


async def seen_at(address: str, *, within: timedelta = timedelta(seconds=10), **settings) -> Observation:
    return await look(configured(RabbitmqProbe, {"target": address, **settings}), within=within)


@pytest.fixture
def login(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")
    return {
        "username": "monitor",
        "password": {"file": str(tmp_path / "password")},
        "allow_cleartext_password": True,
    }


async def test_plugin_conforms(login):
    await assert_conforms(
        datashare_monitor_rabbitmq, lambda address: configured(RabbitmqProbe, {"target": address, **login})
    )


@pytest.mark.services
@pytest.mark.timeout(180)
async def test_login_alone_is_up(server):
    outcome = await run(configured(RabbitmqProbe, {"target": server.plain, **server.login()}))

    assert (outcome.observation.status, outcome.observation.detail) == (Status.UP, "logged in")
    assert set(outcome.phases) == {"resolve", "connect", "login"}


@pytest.mark.services
async def test_queue_is_counted_over_amqp(server):
    for _ in range(3):
        server.publish("documents")

    seen = await seen_at(server.plain, queue="documents", **server.login())
    long = await seen_at(server.plain, queue="documents", limits={"max_backlog": 2}, **server.login())
    some = await seen_at(
        server.plain, queue="documents", limits={"degraded_backlog": 2, "max_backlog": 9}, **server.login()
    )
    alone = await seen_at(server.plain, queue="documents", min_consumers=1, **server.login())

    assert seen.status is Status.UP, seen.detail
    assert readings(seen) == {"exchange_backlog_records": 3, "probe_rabbitmq_consumers": 0}
    assert (long.status, long.reason, long.detail) == (Status.DOWN, Reason.BACKLOG, "3 messages wait, limit 2")
    assert (some.status, some.reason) == (Status.DEGRADED, Reason.BACKLOG)
    assert (alone.status, alone.reason) == (Status.DOWN, Reason.MISMATCH)
    assert alone.detail == "0 consumers, expected 1 or more"


@pytest.mark.services
async def test_management_tells_of_time_and_of_what_is_not_confirmed(server):
    server.publish("documents", made=time.time() - 7200)
    server.publish("documents", made=time.time() - 60)
    host, _, port = server.plain.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await consume(reader, writer, "documents")
    settings = {"queue": "documents", "management": server.web, **server.login()}

    until = time.monotonic() + 30
    while time.monotonic() < until:  # the management API counts from time to time
        seen = await seen_at(server.plain, **settings)
        if readings(seen).get("probe_rabbitmq_messages_unacknowledged") == 1:
            break
        await asyncio.sleep(0.2)

    assert seen.status is Status.UP, seen.detail
    found = readings(seen)
    assert found["exchange_backlog_records"] == 2
    assert found["exchange_backlog_bytes"] == 20
    assert found["probe_rabbitmq_messages_unacknowledged"] == 1
    assert found["probe_rabbitmq_consumers"] == 1
    assert (await seen_at(server.plain, min_consumers=1, **settings)).status is Status.UP
    writer.close()


async def consume(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, queue: str) -> None:
    """Take one message and confirm none, as a consumer that hangs."""
    from pamqp.header import ProtocolHeader

    async def after(data: bytes, wanted: str) -> None:
        writer.write(data)
        while True:
            head = await reader.readexactly(7)
            body = await reader.readexactly(int.from_bytes(head[3:]) + 1)
            if frame.unmarshal(head + body)[2].name == wanted:
                return

    await after(ProtocolHeader().marshal(), "Connection.Start")
    await after(frame.marshal(Connection.StartOk(response="\0admin\0s3cret"), 0), "Connection.Tune")
    writer.write(frame.marshal(Connection.TuneOk(channel_max=1, frame_max=131072, heartbeat=0), 0))
    await after(frame.marshal(Connection.Open(), 0), "Connection.OpenOk")
    await after(frame.marshal(Channel.Open(), 1), "Channel.OpenOk")
    await after(frame.marshal(commands.Basic.Qos(prefetch_count=1), 1), "Basic.QosOk")
    await after(frame.marshal(commands.Basic.Consume(queue=queue, no_ack=False), 1), "Basic.ConsumeOk")


@pytest.mark.services
async def test_oldest_message_has_an_age(server):
    server.publish("documents", made=time.time() - 7200)
    settings = {"queue": "documents", "management": server.web, **server.login()}

    until = time.monotonic() + 30
    while time.monotonic() < until:
        seen = await seen_at(server.plain, limits={"max_wait": "1h"}, **settings)
        if "exchange_oldest_waiting_timestamp_seconds" in readings(seen):
            break
        await asyncio.sleep(0.2)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.BACKLOG), seen.detail
    assert seen.detail.startswith("the oldest of the messages has waited 2h")


@pytest.mark.services
async def test_refusals_have_their_reasons(server):
    found = {
        name: await seen_at(server.plain, **settings)
        for name, settings in {
            "wrong password": server.login(file="wrong"),
            "nobody": server.login(name="nguyen-van-a"),
            "missing queue": {"queue": "missing", **server.login()},
            "closed queue": {"queue": "closed", **server.login()},
            "missing vhost": {"vhost": "nowhere", **server.login()},
            "closed vhost": {"vhost": "other/one", **server.login()},
        }.items()
    }

    assert {name: (seen.status, seen.reason) for name, seen in found.items()} == {
        "wrong password": (Status.DOWN, Reason.UNAUTHORIZED),
        "nobody": (Status.DOWN, Reason.UNAUTHORIZED),
        "missing queue": (Status.DOWN, Reason.CONTENT),
        "closed queue": (Status.UP, None),  # RabbitMQ asks for no right to look
        "missing vhost": (Status.DOWN, Reason.FORBIDDEN),
        "closed vhost": (Status.DOWN, Reason.FORBIDDEN),
    }
    assert "wr0ng" not in repr(found)
    assert "nguyen" not in repr(found)


@pytest.mark.services
async def test_runs_leave_nothing(server):
    door = {"target": server.plain, "queue": "documents", **server.login()}
    changes = ({}, {"management": server.web}, server.login(file="wrong"), {"queue": "missing"})

    left = await remains(*(configured(RabbitmqProbe, {**door, **each}) for each in changes))

    assert left == nothing("up", "down unauthorized", "down content")


@pytest.mark.services
async def test_client_certificate_opens_the_door(server):
    files = {name: str(server.folder / f"{name}.pem") for name in ("ca", "chain", "key")}
    ours = {"ca_file": files["ca"], "cert_file": files["chain"], "key_file": files["key"]}
    password = server.login()

    external = await seen_at(server.secure, tls=True, tls_config=ours, queue="empty")
    both = await seen_at(server.secure, tls=True, tls_config=ours, queue="empty", **password)
    bare = await seen_at(server.secure, tls=True, tls_config={"ca_file": files["ca"]}, **password)
    stranger = await seen_at(server.secure, tls=True, **password)

    assert (external.status, both.status) == (Status.UP, Status.UP), (external.detail, both.detail)
    assert readings(external)["probe_ssl_earliest_cert_expiry"] > time.time()
    assert bare.status is Status.DOWN
    assert bare.reason in {Reason.TLS, Reason.DISCONNECTED}
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)


@pytest.mark.services
async def test_names_and_messages_stay_where_they_are(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.publish(CANARY, text=CANARY)
    settings = {"queue": CANARY, **server.login()}

    seen = [
        await seen_at(server.plain, **settings),
        await seen_at(server.plain, limits={"max_backlog": 0}, **settings),
        await seen_at(server.plain, management=server.web, **settings),
        await seen_at(server.plain, min_consumers=4, **settings),
        await seen_at(server.plain, queue=f"{CANARY}.missing", **server.login()),
    ]

    assert CANARY not in repr(seen)
    assert not [each for each in caplog.records if CANARY in each.getMessage() and each.name.startswith("pamqp")]


# Servers that mean harm.


def said(method, channel: int = 0) -> bytes:
    return frame.marshal(method, channel)


START = said(Connection.Start(server_properties={}, mechanisms="PLAIN", locales="en_US"))
TUNE = said(Connection.Tune(channel_max=10, frame_max=131072, heartbeat=60))
OPENED = said(Connection.OpenOk())
CHANNEL = said(Channel.OpenOk(), 1)
DECLARED = said(Queue.DeclareOk(queue="q", message_count=4, consumer_count=1), 1)
BYE = said(Connection.CloseOk())


def closing(code: int, channel: bool = False) -> bytes:
    kind = Channel if channel else Connection
    return said(kind.Close(reply_code=code, reply_text="nguyen-van-a", class_id=0, method_id=0), int(channel))


def talking(*answers: bytes, forever: bytes = b"", stall: bool = False):
    """Answer each message that comes with the next text; TuneOk has none of its own."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            await reader.readexactly(8) if not number else await heard(reader)
            writer.write(answer)
            await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
        if stall:
            await asyncio.Event().wait()
        await reader.read(4096)

    return talk


async def heard(reader: asyncio.StreamReader) -> None:
    while True:
        head = await reader.readexactly(7)
        body = await reader.readexactly(int.from_bytes(head[3:]) + 1)
        if frame.unmarshal(head + body)[2].name != "Connection.TuneOk":
            return


async def test_conversation_of_a_double_is_up(login):
    async with serve_stream(talking(START, TUNE, OPENED, CHANNEL, DECLARED, BYE)) as address:
        seen = await seen_at(address, queue="q", **login)

    assert (seen.status, readings(seen)["exchange_backlog_records"]) == (Status.UP, 4), seen.detail


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([START, closing(403)], Reason.UNAUTHORIZED),
        ([START, TUNE, closing(530)], Reason.FORBIDDEN),
        ([START, TUNE, OPENED, closing(320)], Reason.SERVICE_FAULT),
        ([START, TUNE, OPENED, CHANNEL, closing(403, channel=True)], Reason.FORBIDDEN),
        ([START, TUNE, OPENED, CHANNEL, closing(404, channel=True)], Reason.CONTENT),
        ([START, TUNE, OPENED, CHANNEL, closing(405, channel=True)], Reason.FORBIDDEN),
        ([START, TUNE, OPENED, CHANNEL, closing(541)], Reason.SERVICE_FAULT),
        ([START, TUNE, OPENED, CHANNEL, closing(999)], Reason.STATUS),
    ],
)
async def test_every_refusal_has_its_reason_and_no_words(login, answers, reason):
    async with serve_stream(talking(*answers)) as address:
        seen = await seen_at(address, queue="q", **login)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert "nguyen" not in seen.detail


async def test_password_is_not_sent_to_a_server_that_does_not_take_it(login):
    sent = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(said(Connection.Start(mechanisms="EXTERNAL")))
        sent.append(await reader.read(4096))

    async with serve_stream(talk) as address:
        seen = await seen_at(address, **login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert sent in ([], [b""])


DEEP = b"\x01aF\0\0\0\0" * 10_000
BROKEN = {
    "http": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.PROTOCOL),
    "noise": (bytes(range(256)), Reason.PROTOCOL),
    "another version": (b"AMQP\x00\x01\x00\x00", Reason.PROTOCOL),
    "huge frame": (b"\x01\0\0\xff\xff\xff\xff", Reason.TOO_LARGE),
    "empty frame": (b"\x01\0\0\0\0\0\0\xce", Reason.PROTOCOL),
    "no end of a frame": (START[:-1] + b"\0", Reason.PROTOCOL),
    "unknown method": (b"\x01\0\0\0\0\0\x04\x7f\x7f\x7f\x7f\xce", Reason.PROTOCOL),
    "cut method": (b"\x01\0\0\0\0\0\x05\0\x0a\0\x0a\0\xce", Reason.PROTOCOL),
    "nested table": (
        b"\x01\0\0" + (6 + 4 + len(DEEP)).to_bytes(4) + b"\0\x0a\0\x0a\0\x09" + len(DEEP).to_bytes(4) + DEEP + b"\xce",
        Reason.TOO_LARGE,
    ),
    "another method": (TUNE, Reason.PROTOCOL),
    "content": (b"\x03\0\0\0\0\0\x01x\xce", Reason.PROTOCOL),
    "end": (b"", Reason.DISCONNECTED),
    "end in a frame": (START[:20], Reason.DISCONNECTED),
}


@pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_down(login, answer, reason):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(answer)

    async with serve_stream(talk) as address:
        seen = await seen_at(address, **login)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


def nested(mark: bytes, times: int) -> bytes:
    """Return a greeting whose properties are tables of tables, or lists of lists."""
    inner = b""
    for _ in range(times):
        inner = (b"\x01a" if mark == b"F" else b"") + mark + len(inner).to_bytes(4) + inner
    table = inner if mark == b"F" else b"\x01a" + inner
    body = b"\0\x0a\0\x0a\0\x09" + len(table).to_bytes(4) + table + b"\0\0\0\x05PLAIN\0\0\0\x05en_US"
    return b"\x01\0\0" + len(body).to_bytes(4) + body + b"\xce"


@pytest.mark.parametrize("mark", [b"F", b"A"])
@pytest.mark.parametrize(
    ("times", "reason"), [(200, Reason.PROTOCOL), (1000, Reason.PROTOCOL), (5000, Reason.TOO_LARGE)]
)
async def test_tables_of_tables_are_not_gone_through(login, mark, times, reason):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(nested(mark, times))

    async with serve_stream(talk) as address:
        seen = await seen_at(address, **login)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert "RecursionError" not in seen.detail


@pytest.mark.parametrize("flood", [b"\x08\0\0\0\0\0\0\xce", said(Connection.Blocked(reason="x" * 200))])
async def test_flood_is_bounded(login, flood):
    async with serve_stream(talking(START, TUNE, forever=flood * 100)) as address:
        seen = await seen_at(address, within=timedelta(seconds=20), **login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE), seen.detail


STALLS = {
    "before a byte": (),
    "in a head": (START[:3],),
    "in a frame": (START[:20],),
    "after the start": (START,),
    "after the tuning": (START, TUNE),
    "after the opening": (START, TUNE, OPENED),
    "after the channel": (START, TUNE, OPENED, CHANNEL),
    "before the farewell": (START, TUNE, OPENED, CHANNEL, DECLARED),
}


@pytest.mark.parametrize("answers", STALLS.values(), ids=STALLS)
async def test_stall_at_every_stage_ends_at_the_deadline(login, answers):
    async with serve_stream(talking(*answers, stall=True)) as address:
        outcome = await run(configured(RabbitmqProbe, {"target": address, "queue": "q", **login}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_refused_connection_is_down(login):
    async with refused() as address:
        seen = await seen_at(address, **login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_addresses_outside_are_not_connected_to(login):
    seen = await seen_at("192.0.2.1:5672", **login)
    async with serve_stream(talking(START, TUNE, OPENED, CHANNEL, DECLARED, BYE)) as address:
        beyond = await seen_at(address, queue="q", management="http://192.0.2.1:15672", **login)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)
    assert (beyond.status, beyond.reason) == (Status.UNKNOWN, Reason.EGRESS)


FACTS = {"state": "running", "messages_ready": 1, "messages_unacknowledged": 2, "consumers": 1}


async def managed_by(answer: web.Response, login: dict, **settings) -> tuple[Observation, list]:
    called = []

    async def handle(request: web.Request) -> web.Response:
        called.append(request.raw_path)
        return answer

    double = talking(START, TUNE, OPENED, CHANNEL, DECLARED, BYE)
    async with serve(handle) as url, serve_stream(double) as address:
        seen = await seen_at(address, queue="a/b", vhost="x/y", management=url, **settings, **login)
    return seen, called


async def test_names_go_into_the_path_as_one_part_each(login):
    seen, called = await managed_by(web.json_response(FACTS), login)

    assert seen.status is Status.UP, seen.detail
    assert called == ["/api/queues/x%2Fy/a%2Fb"]
    assert readings(seen)["exchange_backlog_records"] == 3


async def test_redirect_of_the_management_api_is_not_followed(login):
    seen, called = await managed_by(web.Response(status=302, headers={"Location": "/elsewhere"}), login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
    assert len(called) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "crashed"}, Reason.SELF_REPORTED),
        ({"state": CANARY}, Reason.SELF_REPORTED),
        ({"messages_ready": -1}, Reason.CONTENT),
        ({"messages_ready": "many"}, Reason.CONTENT),
        ({"messages_ready": 1.5}, Reason.CONTENT),
        ({"consumers": None}, Reason.CONTENT),
        ({"consumers": True}, Reason.CONTENT),
        ({"head_message_timestamp": 10**13}, Reason.CONTENT),
        ({"head_message_timestamp": 10**11}, Reason.CONTENT),
        ({"head_message_timestamp": [1]}, Reason.CONTENT),
    ],
)
async def test_strange_answer_of_the_management_api_is_down(login, changed, reason):
    seen, _ = await managed_by(web.json_response({**FACTS, **changed}), login)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert CANARY not in repr(seen)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.UNAUTHORIZED),
        (403, Reason.FORBIDDEN),
        (404, Reason.CONTENT),
        (429, Reason.THROTTLED),
        (500, Reason.STATUS),
    ],
)
async def test_refusal_of_the_management_api_is_told(login, status, reason):
    seen, _ = await managed_by(web.Response(status=status, text=CANARY), login)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail == f"the management API answered {status}, expected 200"


@pytest.mark.parametrize("body", ["", "[]", "null", "5", "[" * 100_000, CANARY])
async def test_answer_of_the_management_api_that_is_no_queue_is_down(login, body):
    seen, _ = await managed_by(web.Response(text=body, content_type="application/json"), login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert CANARY not in repr(seen)


@pytest.mark.parametrize("unit", ["[],", "{},", "1,"])
async def test_answer_of_the_management_api_that_would_cost_much_is_too_large(login, unit):
    body = f"[{unit * (900_000 // len(unit))}1]"

    seen, _ = await managed_by(web.Response(text=body, content_type="application/json"), login)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert seen.detail.startswith("the answer of the management API is JSON with more than")


async def test_stall_of_the_management_api_ends_at_the_deadline(login):
    double = talking(START, TUNE, OPENED, CHANNEL, DECLARED, BYE)
    async with stalled() as silent, serve_stream(double) as address:
        settings = {"target": address, "queue": "q", "management": f"http://{silent}", **login}
        outcome = await run(configured(RabbitmqProbe, settings), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


PASSWORD = {"username": "a", "password": {"env": "X"}, "allow_cleartext_password": True}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "mq.example"}, "host:port"),
        ({"username": "", "password": None}, "client certificate"),
        ({"username": ""}, "username and password both"),
        ({"password": None}, "username and password both"),
        ({"allow_cleartext_password": False}, "in the clear"),
        ({"allow_cleartext_password": False, "tls": True, "queue": "q", "management": "http://a.example"}, "clear"),
        ({"tls_config": {"ca_file": "/x"}}, "without tls: true"),
        ({"queue": "", "min_consumers": 1}, "without queue"),
        ({"limits": {"max_backlog": 1}}, "without queue"),
        ({"queue": "q", "min_consumers": -1}, "0 or more"),
        ({"queue": "q", "limits": {"max_age": "1h"}}, "nobody knows the newest"),
        ({"queue": "q", "limits": {"max_wait": "1h"}}, "write management"),
        ({"queue": "q" * 300}, "Max length|exceed|queue"),
        ({"queue": "q", "management_tls": {"ca_file": "/x"}}, "management_tls does nothing"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(RabbitmqProbe, {"target": "mq.example:5672", **PASSWORD, **settings})
