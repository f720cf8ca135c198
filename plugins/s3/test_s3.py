"""Objects under a prefix are judged by number and age; signatures are botocore's; no store leads elsewhere."""

import asyncio
import logging
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import datashare_monitor_s3
import pytest
from aiohttp import web
from datashare_monitor_s3 import S3Probe, S3Rows
from datashare_monitor_s3.signature import Keys, encoded, query, signed
from ports import free_port
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, up
from monitor.testing import assert_conforms, configured, look, refused, run, serve, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
CANARY = "012345678901-nguyen-van-a"
"""Stands for what a key tells of a person."""
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(endpoint: str, *, within: timedelta = timedelta(seconds=10), **settings) -> Observation:
    return await look(configured(S3Probe, {"endpoint": endpoint, "bucket": "drop", **settings}), within=within)


@dataclass(frozen=True, kw_only=True)
class Store:
    url: str
    client: object
    account: dict
    wrong: dict
    stranger: dict


@contextmanager
def moto(folder):
    """Run moto's server, which keeps buckets in memory and checks signatures with botocore."""
    port = free_port()
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "MOTO_DISABLE_GLOBAL_CORS": "1",
    }
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log, stderr=log, env=environment,
        ) as running,
    ):  # fmt: skip
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and running.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            assert running.poll() is None, (folder / "log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    pytest.importorskip("moto", reason="moto is missing: pip install 'moto[s3]' flask flask-cors")
    import boto3

    folder = tmp_path_factory.mktemp("s3")
    with moto(folder) as url:
        settings = {
            "endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x",
        }  # fmt: skip
        client, iam = boto3.client("s3", **settings), boto3.client("iam", **settings)
        client.create_bucket(Bucket="drop")
        client.create_bucket(Bucket="closed")
        iam.create_user(UserName="monitor")
        made = iam.create_access_key(UserName="monitor")["AccessKey"]
        allowed = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::drop", "arn:aws:s3:::drop/*"]}]}"""
        iam.put_user_policy(UserName="monitor", PolicyName="look", PolicyDocument=allowed)
        (folder / "secret").write_text(made["SecretAccessKey"] + "\n")
        (folder / "wrong").write_text("wr0ng\n")

        def account(identity: str, file: str) -> dict:
            return {"access_key_id": identity, "secret_access_key": {"file": str(folder / file)}}

        yield Store(
            url=url,
            client=client,
            account=account(made["AccessKeyId"], "secret"),
            wrong=account(made["AccessKeyId"], "wrong"),
            stranger=account("AKIANOBODY", "secret"),
        )


@pytest.fixture
def bucket(store):
    yield store
    found = store.client.list_objects_v2(Bucket="drop").get("Contents", [])
    for each in found:
        store.client.delete_object(Bucket="drop", Key=each["Key"])


@contextmanager
def guarded(store: Store):
    """Have moto check signatures and policies from now on."""
    import urllib.request

    def reset(count: bytes) -> None:
        request = urllib.request.Request(f"{store.url}/moto-api/reset-auth", data=count)
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request, timeout=5):
            pass

    reset(b"0")
    try:
        yield
    finally:
        reset(b"1000000000")


def put(store: Store, *keys: str, content: bytes = b"x" * 10) -> None:
    for key in keys:
        store.client.put_object(Bucket="drop", Key=key, Body=content)


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_s3,
        lambda address: configured(S3Probe, {"endpoint": f"http://{address}", "bucket": "drop"}),
    )


async def test_objects_are_counted_and_measured(bucket):
    put(bucket, "inbox/a.csv", "inbox/b.csv", "inbox/c.csv.tmp", "inbox/below/d.csv", "outbox/e.csv", "inbox/")

    seen = await seen_at(bucket.url, prefix="inbox/", ignore=r"\.tmp$", account=bucket.account)
    right_under = await seen_at(bucket.url, prefix="inbox/", delimiter="/", pattern=r"\.csv$")

    assert seen.status is Status.UP, seen.detail
    found = readings(seen)
    assert (found["exchange_backlog_records"], found["exchange_backlog_bytes"], found["probe_s3_objects"]) == (3, 30, 5)
    assert found["exchange_last_record_timestamp_seconds"] == pytest.approx(time.time(), abs=30)
    assert readings(right_under)["exchange_backlog_records"] == 2


async def test_pages_are_followed_and_counting_stops(bucket):
    put(bucket, *(f"many/{number:04}" for number in range(1100)))

    whole = await seen_at(bucket.url, prefix="many/")
    part = await seen_at(bucket.url, prefix="many/", max_objects=1050)
    known = await seen_at(bucket.url, prefix="many/", max_objects=50, limits={"max_backlog": 10})

    assert readings(whole)["exchange_backlog_records"] == 1100
    assert (part.status, part.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert part.detail == "more than 1050 objects, where counting stops"
    assert "exchange_backlog_records" not in readings(part)
    assert (known.reason, known.detail) == (Reason.BACKLOG, "more than 50 objects wait, limit 10")
    for start in range(0, 1100, 1000):
        names = [{"Key": f"many/{number:04}"} for number in range(start, min(start + 1000, 1100))]
        bucket.client.delete_objects(Bucket="drop", Delete={"Objects": names})


async def test_signature_opens_the_door_and_only_the_right_one(bucket):
    put(bucket, "a b+c/ệ?&=%.csv")
    settings = {"prefix": "a b+c/", "pattern": "^a b[+]c/ệ[?]&=%[.]csv$"}
    with guarded(bucket):
        right = await seen_at(bucket.url, account=bucket.account, **settings)
        wrong = await seen_at(bucket.url, account=bucket.wrong, **settings)
        stranger = await seen_at(bucket.url, account=bucket.stranger, **settings)
        closed = await seen_at(bucket.url, account=bucket.account, bucket="closed")
        rows, read = await rows_at(bucket.url, account=bucket.account, key="a b+c/ệ?&=%.csv")

    assert (right.status, readings(right)["exchange_backlog_records"]) == (Status.UP, 1), right.detail
    assert (wrong.status, wrong.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert wrong.detail == "the secret key is wrong (SignatureDoesNotMatch)"
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert (closed.status, closed.reason) == (Status.DOWN, Reason.FORBIDDEN)
    assert (read.status, rows) == (Status.UP, [])
    assert "wr0ng" not in repr(wrong)


async def test_runs_leave_nothing(bucket):
    put(bucket, "inbox/a.csv")
    settings = {"endpoint": bucket.url, "bucket": "drop", "prefix": "inbox/"}
    with guarded(bucket):
        accounts = (bucket.account, bucket.wrong)
        left = await remains(*(configured(S3Probe, {**settings, "account": each}) for each in accounts))

    assert left == nothing("up", "down unauthorized")


async def test_missing_bucket_is_told(store):
    seen = await seen_at(store.url, bucket="missing")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == "there is no such bucket (NoSuchBucket)"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads a source."""

    source: S3Rows
    found: list

    async def observe(self, vantage):
        self.found.extend([row async for row in self.source.rows(vantage)])
        return up()


async def rows_at(endpoint: str, **settings) -> tuple[list, Observation]:
    probe = Reading(source=configured(S3Rows, {"endpoint": endpoint, "bucket": "drop", **settings}), found=[])
    seen = await look(probe)
    return probe.found, seen


async def test_rows_of_an_object_are_read(bucket):
    put(bucket, "rows/old.csv", content=b"id\n1\n")
    put(bucket, "rows/x.jsonl", content=b'{"id": 3}\n')

    cells, seen = await rows_at(bucket.url, account=bucket.account, prefix="rows/", pattern=r"\.csv$")
    lines, _ = await rows_at(bucket.url, account=bucket.account, key="rows/x.jsonl", format="jsonl")
    _, large = await rows_at(bucket.url, account=bucket.account, key="rows/x.jsonl", max_size="5B")
    _, many = await rows_at(bucket.url, account=bucket.account, key="rows/old.csv", max_rows=0)
    _, missing = await rows_at(bucket.url, account=bucket.account, key=CANARY)
    _, none = await rows_at(bucket.url, account=bucket.account, prefix="nothing/")

    assert (seen.status, cells) == (Status.UP, [{"id": "1"}]), seen.detail
    assert lines == [{"id": 3}]
    assert (large.reason, many.reason) == (Reason.TOO_LARGE, Reason.TOO_LARGE)
    assert (missing.reason, missing.detail) == (Reason.CONTENT, "there is no such object (NoSuchKey)")
    assert (none.reason, none.detail) == (Reason.CONTENT, "no object under the prefix")


async def test_newest_object_is_the_one_that_is_read():
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/drop":
            found = [("b c", ago(hours=1), "1"), ("new+csv", ago(minutes=1), "1"), ("old", ago(hours=2), "1")]
            return web.Response(text=listing(*found), content_type="application/xml")
        return web.Response(text="id,name\n2,Hà\n")

    async with serve(answer) as url:
        rows, seen = await rows_at(url)

    assert (seen.status, rows) == (Status.UP, [{"id": "2", "name": "Hà"}]), seen.detail
    assert asked == ["/drop", "/drop/new+csv"]


async def test_keys_and_contents_stay_where_they_are(bucket, caplog):
    caplog.set_level(logging.DEBUG, "monitor")
    put(bucket, f"{CANARY}/a", f"{CANARY}/b", content=CANARY.encode())

    seen = [
        await seen_at(bucket.url, prefix=CANARY),
        await seen_at(bucket.url, prefix=CANARY, limits={"max_backlog": 1}),
        await seen_at(bucket.url, prefix=CANARY, max_objects=1),
        (await rows_at(bucket.url, account=bucket.account, key=f"{CANARY}/a", format="jsonl"))[1],
    ]

    assert CANARY not in repr(seen)


# Stores that mean harm, or that no package is.


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(*objects: tuple[str, str, str], token: str = "", namespace: str = NAMESPACE) -> str:
    inside = "".join(
        f"<Contents><Key>{key}</Key><LastModified>{made}</LastModified><Size>{size}</Size></Contents>"
        for key, made, size in objects
    )
    more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return f'<?xml version="1.0"?><ListBucketResult xmlns="{namespace}">{more}{inside}</ListBucketResult>'


def error(code: str) -> str:
    return f"<Error><Code>{code}</Code><Message>{CANARY}</Message><Key>{CANARY}</Key></Error>"


def answering(text: str | bytes, status: int = 200, headers: dict | None = None, asked: list | None = None):
    async def answer(request: web.Request) -> web.Response:
        if asked is not None:
            asked.append(request)
        body = text.encode() if isinstance(text, str) else text
        return web.Response(body=body, status=status, headers=headers, content_type="application/xml")

    return answer


@pytest.mark.parametrize(
    ("limits", "status", "reason"),
    [
        ({"max_age": "2h"}, Status.UP, None),
        ({"max_age": "30m"}, Status.DOWN, Reason.STALE),
        ({"degraded_age": "30m"}, Status.DEGRADED, Reason.STALE),
        ({"max_wait": "2h"}, Status.DOWN, Reason.BACKLOG),
        ({"max_backlog": 1}, Status.DOWN, Reason.BACKLOG),
    ],
)
async def test_limits_decide(limits, status, reason):
    text = listing(("a", ago(hours=1), "1"), ("b", ago(hours=3), "2"))
    async with serve(answering(text)) as url:
        seen = await seen_at(url, limits=limits)

    assert (seen.status, seen.reason) == (status, reason), seen.detail


async def test_list_without_a_namespace_is_read():
    async with serve(answering(listing(("a", ago(hours=1), "1"), namespace=""))) as url:
        seen = await seen_at(url)

    assert readings(seen)["exchange_backlog_records"] == 1


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("AccessDenied", 403, Reason.FORBIDDEN),
        ("InvalidAccessKeyId", 403, Reason.UNAUTHORIZED),
        ("SignatureDoesNotMatch", 403, Reason.UNAUTHORIZED),
        ("ExpiredToken", 400, Reason.UNAUTHORIZED),
        ("RequestTimeTooSkewed", 403, Reason.UNAUTHORIZED),
        ("SlowDown", 503, Reason.THROTTLED),
        ("InternalError", 500, Reason.SERVICE_FAULT),
        ("NoSuchBucket", 404, Reason.CONTENT),
        (CANARY, 400, Reason.STATUS),
        (CANARY, 403, Reason.FORBIDDEN),
        ("", 429, Reason.THROTTLED),
    ],
)
async def test_every_error_has_its_reason_and_no_words(code, status, reason):
    async with serve(answering(error(code), status)) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail
    assert CANARY not in repr(seen)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_another_region_is_told_and_never_asked(status):
    called = []
    async with serve(answering("", asked=called)) as elsewhere:
        headers = {"Location": f"{elsewhere}/drop", "x-amz-bucket-region": "ap-southeast-1"}
        async with serve(answering(error("PermanentRedirect"), status, headers)) as url:
            seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REDIRECT)
    assert seen.detail.endswith("nothing is followed; write region: ap-southeast-1")
    assert called == []


async def test_region_is_not_believed_if_it_is_none():
    async with serve(answering("", 301, {"x-amz-bucket-region": f"{CANARY} x"})) as url:
        seen = await seen_at(url)

    assert CANARY not in repr(seen)


BROKEN = {
    "nothing": "",
    "html": "<html><body>It works</body></html>",
    "json": "{}",
    "another root": "<ListAllMyBucketsResult/>",
    "no size": f'<ListBucketResult xmlns="{NAMESPACE}"><Contents><Key>a</Key></Contents></ListBucketResult>',
    "negative size": listing(("a", ago(hours=1), "-1")),
    "size that is none": listing(("a", ago(hours=1), "many")),
    "huge size": listing(("a", ago(hours=1), "9" * 50)),
    "time that is none": listing(("a", "yesterday", "1")),
    "year 1": listing(("a", "0001-01-01T00:00:00+14:00", "1")),
    "more without a token": "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    "entities": '<!DOCTYPE x [<!ENTITY a "b">]>' + listing(("&a;", ago(hours=1), "1"))[21:],
    "bomb": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><ListBucketResult>&b;</ListBucketResult>',
    "deep": "<ListBucketResult>" + "<a>" * 100_000,
    "bytes": b"\xff\xfe\x00",
    "more than was asked for": listing(*((str(number), ago(hours=1), "1") for number in range(1001))),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
async def test_answer_that_is_no_list_is_down(text):
    async with serve(answering(text)) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT), seen.detail
    assert seen.readings == ()


async def test_file_is_not_read_into_a_list(tmp_path):
    (tmp_path / "secret").write_text(CANARY)
    text = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]><ListBucketResult>&a;</ListBucketResult>'
    async with serve(answering(text)) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert CANARY not in repr(seen)


async def test_object_of_tomorrow_is_no_fresh_object():
    async with serve(answering(listing(("a", ago(days=-1), "1")))) as url:
        seen = await seen_at(url, limits={"max_age": "1h"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)


async def test_list_that_goes_round_in_circles_is_left():
    async with serve(answering(listing(("a", ago(hours=1), "1"), token="again"))) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_pages_without_an_end_are_left():
    count = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(text=listing(token=str(count)), content_type="application/xml")

    async with serve(answer) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert count == 20


@pytest.mark.parametrize(
    "filling", ["<b/>" * 900_000, "&lt;" * 900_000, "<b " + " ".join(f"a{n}=''" for n in range(300_000)) + "/>"]
)
async def test_list_that_is_all_tags_is_not_taken_apart(filling):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=f"<ListBucketResult>{filling}</ListBucketResult>", content_type="application/xml")

    async with serve(answer) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert "more to it than the 1000 objects" in seen.detail


async def test_answer_without_an_end_is_bounded():
    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        with suppress(OSError):
            while True:
                await stream.write(b"<Contents/>" * 10_000)
        return stream

    async with serve(answer) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)


async def test_objects_without_an_end_are_not_kept():
    count = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal count
        count += 1
        text = listing(*((f"{count}-{number}", ago(hours=1), "1") for number in range(1000)), token=str(count))
        return web.Response(text=text, content_type="application/xml")

    async with serve(answer) as url:
        seen = await seen_at(url, max_objects=5000)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert count == 6


STALLS = {
    "before a byte": b"",
    "in the head": b"HTTP/1.1 200 OK\r\n",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<List",
}


@pytest.mark.parametrize("said", STALLS.values(), ids=STALLS)
async def test_stall_at_every_stage_ends_at_the_deadline(said):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(said)
        await asyncio.Event().wait()

    async with serve_stream(talk) as address:
        outcome = await run(configured(S3Probe, {"endpoint": f"http://{address}", "bucket": "drop"}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_stall_of_tls_and_of_a_later_page_end_at_the_deadline():
    async def answer(request: web.Request) -> web.Response:
        if "continuation-token" in request.query:
            await asyncio.Event().wait()
        return web.Response(text=listing(token="next"), content_type="application/xml")

    async with stalled() as silent, serve(answer) as url:
        for endpoint in (f"https://{silent}", url):
            outcome = await run(configured(S3Probe, {"endpoint": endpoint, "bucket": "drop"}), within=WITHIN)
            assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
            assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(f"http://{address}")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_address_outside_is_not_connected_to():
    seen = await seen_at("http://192.0.2.1")

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


async def test_tls_is_verified_and_measured():
    async with serve_tls(answering(listing(("a", ago(hours=1), "1")))) as server:
        seen = await seen_at(server.url, tls_config={"ca_file": server.ca_file})
        stranger = await seen_at(server.url)

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)


@pytest.mark.parametrize(
    ("addressing", "host", "path"), [("path", "127.0.0.1", "/drop"), ("virtual", "drop.127.0.0.1", "/")]
)
async def test_bucket_is_part_of_the_path_or_of_the_host(addressing, host, path):
    asked = []

    class Recording:
        async def request(self, method, url, **_):
            asked.append(urlsplit(url))
            raise ConnectionRefusedError

    @dataclass(frozen=True, kw_only=True)
    class Through:
        probe: S3Probe

        async def observe(self, vantage):
            vantage.http = Recording()
            return await self.probe.observe(vantage)

    settings = {"endpoint": "http://127.0.0.1:9000", "bucket": "drop", "addressing": addressing}
    await look(Through(probe=configured(S3Probe, settings)))

    assert [(parts.hostname, parts.port, parts.path) for parts in asked] == [(host, 9000, path)]


async def test_token_of_a_session_is_sent_and_signed(tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "token").write_text("t0ken")
    account = {
        "access_key_id": "AKIA",
        "secret_access_key": {"file": str(tmp_path / "secret")},
        "session_token": {"file": str(tmp_path / "token")},
    }
    asked = []
    async with serve(answering(listing(), asked=asked)) as url:
        seen = await seen_at(url, account=account)

    assert seen.status is Status.UP
    assert asked[0].headers["x-amz-security-token"] == "t0ken"
    assert "x-amz-security-token" in asked[0].headers["Authorization"]
    assert "s3cret" not in str(asked[0].headers)
    assert not {"s3cret", "t0ken"} & set(re.findall(r"\w+", repr(seen)))


@pytest.mark.parametrize("token", ["", "a/b+c=="])
@pytest.mark.parametrize("region", ["us-east-1", "ha-noi"])
@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/drop", {"list-type": "2", "prefix": ""}),
        ("/drop", {"list-type": "2", "prefix": "a b/+&=ệ~", "delimiter": "/", "continuation-token": "a/b+c=="}),
        ("/drop/a b+c/ệ?&=%.csv", {}),
        ("/drop/~-._!*'()/x", {}),
        ("/", {"max-keys": "1000"}),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:9000", "s3.example", "drop.s3.example"])
def test_signature_is_botocore_s(host, path, parameters, region, token, monkeypatch):
    pytest.importorskip("botocore", reason="botocore is missing: pip install 'moto[s3]' flask flask-cors")
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    now = datetime(2026, 5, 4, 8, 30, 5, tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now)
    sent, text = encoded(path), query(parameters)
    request = AWSRequest("GET", f"https://{host}{sent}{'?' if text else ''}{text}")
    botocore.auth.S3SigV4Auth(Credentials("AKIA", "s3cret", token or None), "s3", region).add_auth(request)

    found = signed(host, sent, text, region, Keys(identity="AKIA", secret="s3cret", token=token), now)

    assert found["authorization"] == request.headers["Authorization"]
    assert urlsplit(request.url).query == text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"endpoint": "s3.example"}, "http"),
        ({"endpoint": "https://s3.example/drop"}, "bucket and prefix on their own"),
        ({"bucket": ""}, "not the name"),
        ({"bucket": "a/b"}, "not the name"),
        ({"region": "Hà Nội"}, "us-east-1 if"),
        ({"endpoint": "http://s3.example", "tls_config": {"ca_file": "/x"}}, "not https"),
        ({"max_objects": 0}, "1 to 100000"),
        ({"addressing": "host"}, "'path' or 'virtual'"),
        ({"account": {"access_key_id": "a b", "secret_access_key": {"env": "X"}}}, "access_key_id"),
        ({"account": {"access_key_id": "a", "secret_access_key": "s3cret"}}, "secret_access_key"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(S3Probe, {"endpoint": "https://s3.example", "bucket": "drop", **settings})


def test_source_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="leave them out"):
        configured(S3Rows, {"endpoint": "https://s3.example", "bucket": "drop", "key": "a", "prefix": "b"})
