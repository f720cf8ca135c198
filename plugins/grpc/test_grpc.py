"""A health server is believed when it says SERVING; everything else is down with a reason of its own, and bounded."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import datashare_monitor_grpc
import grpc
import pytest
from datashare_monitor_grpc import GrpcProbe
from datashare_monitor_grpc.health import Serving, answer, question, written
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status
from monitor.testing import (
    assert_conforms,
    configured,
    dripping,
    garbage,
    look,
    refused,
    run,
    serve_stream,
    serve_tls,
    stalled,
)

WITHIN = timedelta(milliseconds=400)
STATES = health_pb2.HealthCheckResponse


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: timedelta = timedelta(seconds=5), **settings) -> Observation:
    return await look(configured(GrpcProbe, {"target": address, **settings}), within=within)


@asynccontextmanager
async def served(servicer=None, *, tls: Path | None = None) -> AsyncIterator[str]:
    """Run grpcio's own server; without a servicer, its own health service."""
    server = grpc.aio.server()
    own = health.aio.HealthServicer()
    for name, state in (("", STATES.SERVING), ("db", STATES.NOT_SERVING), ("new", STATES.UNKNOWN)):
        await own.set(name, state)
    if servicer != "nothing":
        health_pb2_grpc.add_HealthServicer_to_server(servicer or own, server)
    if tls is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        pair = ((tls / "key.pem").read_bytes(), (tls / "chain.pem").read_bytes())
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


class Asked(health_pb2_grpc.HealthServicer):
    """Remembers what it was asked, and answers with a status."""

    def __init__(self, code: grpc.StatusCode | None = None) -> None:
        self.code = code

    async def Check(self, request, context):  # noqa: N802 - its name in the protocol
        self.service = request.service
        given = context.invocation_metadata()
        all_of = {key: [one for name, one in given if name == key] for key, _ in given}
        self.metadata = {key: found if len(found) > 1 else found[0] for key, found in all_of.items()}
        self.left = context.time_remaining()
        if self.code is not None:
            await context.abort(self.code, "because é of 100%")
        return STATES(status=STATES.SERVING)


class Silent(health_pb2_grpc.HealthServicer):
    async def Check(self, request, context):  # noqa: N802 - its name in the protocol
        await asyncio.Event().wait()


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_grpc, lambda address: configured(GrpcProbe, {"target": address}))


async def test_serving_is_up_and_measured_under_blackbox_names():
    async with served() as address:
        outcome = await run(configured(GrpcProbe, {"target": address}))

    seen = outcome.observation
    assert (seen.status, seen.detail) == (Status.UP, "the server is SERVING")
    assert set(outcome.phases) == {"resolve", "connect", "check"}
    assert readings(seen) == {
        "probe_grpc_ssl": 0,
        "probe_grpc_status_code": 0,
        "probe_grpc_healthcheck_response.SERVING": 1,
        "probe_grpc_healthcheck_response.NOT_SERVING": 0,
        "probe_grpc_healthcheck_response.SERVICE_UNKNOWN": 0,
        "probe_grpc_healthcheck_response.UNKNOWN": 0,
    }


@pytest.mark.parametrize(
    ("servicer", "outcome"),
    [(None, "up"), (Asked(grpc.StatusCode.UNAUTHENTICATED), "down unauthorized"), (Silent(), "down timeout")],
)
async def test_runs_leave_nothing(servicer, outcome):
    async with served(servicer) as address:
        left = await remains(configured(GrpcProbe, {"target": address}), within=timedelta(seconds=1))

    assert left == nothing(outcome)


@pytest.mark.parametrize(("service", "state"), [("db", "NOT_SERVING"), ("new", "UNKNOWN")])
async def test_what_is_not_serving_is_down(service, state):
    async with served() as address:
        seen = await seen_at(address, service=service)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SELF_REPORTED)
    assert seen.detail == f"{service} is {state}, expected SERVING"
    assert readings(seen)[f"probe_grpc_healthcheck_response.{state}"] == 1


async def test_service_that_is_not_known_is_down():
    async with served() as address:
        seen = await seen_at(address, service="other")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
    assert seen.detail == "answered NOT_FOUND: its health service knows no service other"
    assert readings(seen)["probe_grpc_status_code"] == 5


async def test_server_without_a_health_service_is_explained():
    async with served("nothing") as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
    assert seen.detail == "answered UNIMPLEMENTED: the server has no grpc.health.v1.Health service"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Reason.UNAUTHORIZED),
        (grpc.StatusCode.PERMISSION_DENIED, Reason.FORBIDDEN),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.THROTTLED),
        (grpc.StatusCode.UNAVAILABLE, Reason.SERVICE_FAULT),
        (grpc.StatusCode.INTERNAL, Reason.SERVICE_FAULT),
        (grpc.StatusCode.ABORTED, Reason.STATUS),
    ],
)
async def test_every_status_has_its_reason(code, reason):
    async with served(Asked(code)) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail == f"answered {code.name}, expected OK: because é of 100%"
    assert readings(seen)["probe_grpc_status_code"] == code.value[0]


async def test_call_carries_service_metadata_and_deadline(tmp_path):
    (tmp_path / "token").write_text("Bearer s3cret\n")
    asked = Asked()
    async with served(asked) as address:
        seen = await seen_at(
            address,
            service="db",
            metadata={"x-agency": "ha-noi", "x-office": ["1", "2"]},
            secret_metadata={"authorization": {"file": str(tmp_path / "token")}},
            within=timedelta(seconds=3),
        )

    assert seen.status is Status.UP
    assert asked.service == "db"
    assert asked.metadata["x-agency"] == "ha-noi"
    assert asked.metadata["x-office"] == ["1", "2"]
    assert asked.metadata["authorization"] == "Bearer s3cret"
    assert 1 < asked.left <= 3
    assert "s3cret" not in repr(seen)


async def test_certificate_is_measured_and_the_name_is_kept_over_tls():
    async with serve_tls(names=("grpc.example",)) as files:
        folder = Path(files.ca_file).parent
        config = {"ca_file": files.ca_file, "server_name": "grpc.example"}
        async with served(tls=folder) as address:
            seen = await seen_at(address, tls=True, tls_config=config)
            stranger = await seen_at(address, tls=True, tls_config={**config, "server_name": "other.example"})
            plain = await seen_at(address)

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == files.not_after.timestamp()
    assert readings(seen)["probe_tls_version_info.TLS 1.3"] == 1
    assert readings(seen)["probe_grpc_ssl"] == 1
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)
    assert plain.status is Status.DOWN


async def test_https_without_http2_is_explained():
    async with serve_tls() as server:
        seen = await seen_at(server.target, tls=True, tls_config={"ca_file": server.ca_file})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert "ALPN h2" in seen.detail


async def test_http1_server_is_explained():
    async with serve_stream(lambda _, writer: say(writer, b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.detail == "speaks HTTP/1, and gRPC needs HTTP/2"


async def say(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


def frame(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


SETTINGS, PING, GOAWAY, HEADERS, CONTINUATION, RESET = 4, 6, 7, 1, 9, 3
OK = bytes([0x88])  # :status 200, from HPACK's table


def saying(*data: bytes, forever: bytes = b"", stall: bool = True):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"".join(data))
        while forever:
            writer.write(forever)
            await writer.drain()
        if stall:
            await asyncio.Event().wait()

    return talk


STALLS = {
    "before a byte": (),
    "after settings": (frame(SETTINGS),),
    "in a frame's head": (b"\0\0",),
    "after headers": (frame(SETTINGS), frame(HEADERS, OK, flags=4, stream=1)),
    "in the answer": (frame(SETTINGS), frame(HEADERS, OK, flags=4, stream=1), frame(0, b"\0\0\0", stream=1)),
}


@pytest.mark.parametrize("said", STALLS.values(), ids=STALLS)
async def test_stall_at_every_stage_ends_at_the_deadline(said):
    async with serve_stream(saying(*said)) as address:
        outcome = await run(configured(GrpcProbe, {"target": address}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_stall_of_a_real_server_and_of_the_handshake_end_at_the_deadline():
    async with served(Silent()) as address, stalled() as silent:
        for target, tls in ((address, False), (silent, True)):
            began = time.monotonic()
            seen = await seen_at(target, tls=tls, within=WITHIN)

            assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
            assert time.monotonic() - began < 2


FLOODS = {
    "pings": (frame(PING, bytes(8)), Reason.TOO_LARGE),
    "settings": (frame(SETTINGS), Reason.TOO_LARGE),
    "continuations": (frame(HEADERS, OK, stream=1) + frame(CONTINUATION, b"", stream=1) * 1000, Reason.PROTOCOL),
    "data": (frame(HEADERS, OK, flags=4, stream=1) + frame(0, bytes(16_000), stream=1) * 5, Reason.TOO_LARGE),
    "noise": (b"x" * 1000, Reason.TOO_LARGE),
}


@pytest.mark.parametrize(("flood", "reason"), FLOODS.values(), ids=FLOODS)
async def test_flood_is_bounded(flood, reason):
    async with serve_stream(saying(frame(SETTINGS), forever=flood)) as address:
        seen = await seen_at(address)

    assert seen.status is Status.DOWN
    assert seen.reason in {reason, Reason.PROTOCOL}, seen.detail


BROKEN = {
    "reset": ((frame(SETTINGS), frame(RESET, struct.pack("!I", 7), stream=1)), Reason.DISCONNECTED),
    "goaway": ((frame(SETTINGS), frame(GOAWAY, struct.pack("!II", 0, 11))), Reason.DISCONNECTED),
    "closed": ((frame(SETTINGS),), Reason.DISCONNECTED),
    "no status": ((frame(SETTINGS), frame(HEADERS, OK, flags=5, stream=1)), Reason.PROTOCOL),
    "bad headers": ((frame(SETTINGS), frame(HEADERS, b"\xff" * 20, flags=5, stream=1)), Reason.PROTOCOL),
}


@pytest.mark.parametrize(("said", "reason"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_down(said, reason):
    async with serve_stream(saying(*said, stall=False)) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


@pytest.mark.parametrize("broken", [garbage, dripping])
async def test_noise_is_down(broken):
    async with broken() as address:
        seen = await seen_at(address, within=WITHIN)

    assert seen.status is Status.DOWN
    assert seen.reason in {Reason.PROTOCOL, Reason.DISCONNECTED, Reason.TIMEOUT}


@pytest.mark.parametrize("service", ["", "db", "x" * 300, "đất đai"])
def test_question_is_what_protobuf_writes(service):
    assert question(service) == health_pb2.HealthCheckRequest(service=service).SerializeToString()


@pytest.mark.parametrize("number", range(4))
def test_answer_is_read_as_protobuf_reads_it(number):
    message = STATES(status=number).SerializeToString()

    assert answer(message) == STATES.ServingStatus.Name(number)
    assert answer(b"\x12\x02ab\x1d1234\x21" + bytes(8) + message) == STATES.ServingStatus.Name(number)


def test_number_that_nobody_knows_is_unknown():
    assert answer(b"\x08" + written(2**40)) is Serving.UNKNOWN


@pytest.mark.parametrize("message", [b"\x08", b"\x08" + b"\x80" * 20, b"\x0b", b"\x12\x7f", b"\x0d1", b"\xff"])
def test_what_is_not_protobuf_is_refused(message):
    with pytest.raises(ValueError, match=r"a (field|number)"):
        answer(message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "db.example"}, "host:port"),
        ({"metadata": {"X-Agency": "a"}}, "lower-case"),
        ({"metadata": {"grpc-timeout": "1S"}}, "lower-case"),
        ({"metadata": {":path": "/"}}, "lower-case"),
        ({"metadata": {"te": "x"}}, "lower-case"),
        ({"metadata": {"a": "đ"}}, "printable ASCII"),
        ({"metadata": {"a": "x\r\ny"}}, "printable ASCII"),
        ({"metadata": {"a": ["x", "đ"]}}, "printable ASCII"),
        ({"metadata": {"a": "x"}, "secret_metadata": {"a": {"env": "X"}}}, "write it once"),
        ({"tls_config": {"ca_file": "/x"}}, "tls: true"),
        ({"preferred_ip_protocol": "ip5"}, "ip4"),
        ({"service": 5}, "string"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(GrpcProbe, {"target": "db.example:50051", **settings})
