"""A document exchange is judged by what its body says, and its delivery lag is the age of what waits longest."""

import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone

import datashare_monitor_edxml
import pytest
from aiohttp import web
from datashare_monitor_edxml import EdxmlProbe
from datashare_monitor_edxml.readings import LISTED, WAITING

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import assert_conforms, configured, dripping, look, refused, run, serve, serve_tls, stalled

HANOI = timezone(timedelta(hours=7))
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25


def ago(**by):
    return datetime.now(UTC) - timedelta(**by)


def document(moment, state="initial", **more):
    text = moment if isinstance(moment, str) else moment.isoformat()
    return {"DocId": "canary", "from": "canary", "subject": "canary", "created_time": text, "status": state, **more}


@asynccontextmanager
async def exchange(body, status=200, **options):
    """Serve the list of an exchange that wants its two headers; yields a probe of it."""

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("X-Key") not in (None, "s3cret-canary"):
            return web.Response(status=401)
        if request.path != "/list" or request.headers.get("messagetype") != "edoc":
            return web.json_response({"status": "FAIL", "ErrorCode": "4", "ErrorDesc": "canary"})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, body=content)

    async with serve(answer) as url:
        yield configured(EdxmlProbe, {"target": f"{url}/list", "headers": {"messagetype": "edoc"}, **options})


async def seen_of(body, status=200, **options):
    async with exchange(body, status, **options) as probe:
        return await look(probe)


def listed(*documents, status="OK"):
    return {"status": status, "ErrorCode": "0", "ErrorDesc": "canary", "data": list(documents)}


def values(seen):
    return {reading.measure.name: reading.value for reading in seen.readings}


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_edxml, lambda address: configured(EdxmlProbe, {"target": f"http://{address}/"})
    )


async def test_the_oldest_document_that_waits_is_the_lag():
    fields = {"state": "status", "acknowledged": ["done"]}
    body = listed(document(ago(days=9), "DONE"), document(ago(hours=2)), document(ago(hours=1), "sent"))

    seen = await seen_of(body, fields=fields)

    assert (seen.status, seen.detail) == (Status.UP, "2 of 3 documents wait")
    assert {LISTED(3), WAITING(2)} <= set(seen.readings)
    assert values(seen)["exchange_delivery_lag_seconds"] == pytest.approx(7200, abs=10)
    assert "canary" not in repr(seen)


async def test_nothing_that_waits_is_no_lag():
    seen = await seen_of(listed())

    assert seen.status is Status.UP
    assert values(seen)["exchange_delivery_lag_seconds"] == 0


@pytest.mark.parametrize(
    ("options", "status", "detail"),
    [
        ({"max_lag": "1h"}, Status.DOWN, r"the oldest of 2 documents waits for 72\d\d s, limit 1h"),
        ({"max_lag": "3h", "degraded_lag": "1h"}, Status.DEGRADED, r"waits for 72\d\d s, limit 1h"),
        ({"max_waiting": 1}, Status.DOWN, "2 documents wait, limit 1"),
        ({"max_waiting": 5, "degraded_waiting": 1}, Status.DEGRADED, "2 documents wait, limit 1"),
        ({"max_waiting": 2, "degraded_lag": "5h"}, Status.UP, "2 of 2 documents wait"),
        ({"max_lag": None}, Status.UP, "2 of 2 documents wait"),
    ],
)
async def test_lag_and_backlog_have_limits(options, status, detail):
    seen = await seen_of(listed(document(ago(hours=2)), document(ago(minutes=1))), **options)

    assert (seen.status, seen.reason) == (status, None if status is Status.UP else Reason.BACKLOG)
    assert re.search(detail, seen.detail)


@pytest.mark.parametrize(("direction", "fault"), [("received", FaultDomain.CONSUMER), ("sent", FaultDomain.PROVIDER)])
async def test_who_has_to_act_is_who_does_not_acknowledge(direction, fault):
    seen = await seen_of(listed(document(ago(days=2))), direction=direction)

    assert (seen.status, seen.fault) == (Status.DOWN, fault)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (listed(status="FAIL"), "the exchange answered FAIL (code 0)"),
        ({"status": "FAIL", "ErrorCode": 12, "ErrorDesc": "canary"}, "the exchange answered FAIL (code 12)"),
        ({"status": "FAIL", "ErrorCode": "canary says so"}, "the exchange answered FAIL"),
        ({"status": "canary could not be read"}, "the exchange answered a status that is no word"),
        ({"status": 7}, "the exchange answered 7"),
    ],
)
async def test_a_failure_in_a_200_is_the_exchanges_own(body, detail):
    seen = await seen_of(body)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.SERVICE_FAULT, FaultDomain.HUB)
    assert seen.detail == detail
    assert "canary" not in repr(seen)


async def test_a_missing_header_is_told_by_the_exchange():
    seen = await seen_of(listed(), headers={})

    assert (seen.reason, seen.detail) == (Reason.SERVICE_FAULT, "the exchange answered FAIL (code 4)")


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"", Reason.CONTENT, "the body is not JSON that can be read"),
        (b"[" * 100_000, Reason.CONTENT, "the body is not JSON that can be read"),
        ([], Reason.CONTENT, "the answer has no status"),
        ({}, Reason.CONTENT, "the answer has no status"),
        ({"status": None}, Reason.CONTENT, "the answer has no status"),
        ({"status": "OK"}, Reason.CONTENT, "the answer has no list of documents"),
        ({"status": "OK", "data": {"a": 1}}, Reason.CONTENT, "the answer has no list of documents"),
        (listed(None), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed({}), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed(document("canary")), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed({"created_time": True}), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed({"created_time": ["2026"]}), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed(document("2" * 100)), Reason.CONTENT, "a document that waits has no time at created_time"),
        (listed(document("0001-01-01T00:00:00+23:00")), Reason.CONTENT, "has no time at created_time"),
        (listed(document(ago(hours=-2))), Reason.CONTENT, "s in the future"),
        (listed(*[{}] * 10_001), Reason.TOO_LARGE, "10001 documents in the list, limit 10000"),
        (b" " * 2 * 1024 * 1024, Reason.TOO_LARGE, "1048576 bytes"),
    ],
)
async def test_a_list_that_cannot_be_read_is_never_a_number(body, reason, detail):
    seen = await seen_of(body)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert detail in seen.detail
    assert "exchange_delivery_lag_seconds" not in values(seen)
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (lambda moment: f"{moment:%Y/%m/%d %H:%M:%S}", {"time_format": "%Y/%m/%d %H:%M:%S"}),
        (lambda moment: f"{moment:%d-%m-%Y %H:%M}", {"time_format": "%d-%m-%Y %H:%M"}),
        (lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}", {}),
        (lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z", {"time_zone": "America/Lima"}),
        (lambda moment: int(moment.timestamp()), {"time_format": "unix"}),
        (lambda moment: str(int(moment.timestamp() * 1000)), {"time_format": "unix_ms"}),
    ],
)
async def test_times_are_read_as_they_are_written(written, fields):
    moment = ago(hours=2).astimezone(HANOI)
    seen = await seen_of(listed({"created_time": written(moment)}), fields=fields)

    assert values(seen)["exchange_delivery_lag_seconds"] == pytest.approx(7200, abs=70)


async def test_fields_have_the_names_of_the_interface():
    fields = {
        "status": "result.code",
        "ok": ["success"],
        "documents": "result.items",
        "created": "meta.sent",
        "state": "meta.state",
        "acknowledged": ["3"],
    }
    items = [
        {"meta": {"sent": ago(hours=5).isoformat(), "state": 3}},
        {"meta": {"sent": ago(hours=1).isoformat(), "state": 1}},
    ]
    seen = await seen_of({"result": {"code": "SUCCESS", "items": items}}, fields=fields)

    assert seen.detail == "1 of 2 documents wait"


XML = {
    "format": "xml",
    "namespaces": {"e": "urn:exchange"},
    "status": "/e:list/@status",
    "error_code": "/e:list/e:error",
    "documents": "//e:doc",
    "created": "e:sent",
    "state": "@state",
    "acknowledged": ["done"],
}


async def test_a_list_may_be_xml():
    docs = f'<doc state="done"/><doc state="new"><sent> {ago(hours=2).isoformat()} </sent></doc>'
    body = f'<list xmlns="urn:exchange" status="OK">{docs}</list>'.encode()

    seen = await seen_of(body, fields=XML)

    assert (seen.status, seen.detail) == (Status.UP, "1 of 2 documents wait")
    assert values(seen)["exchange_delivery_lag_seconds"] == pytest.approx(7200, abs=10)


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (
            b'<list xmlns="urn:exchange" status="FAIL"><error>9</error></list>',
            Reason.SERVICE_FAULT,
            "answered FAIL (code 9)",
        ),
        (b'<list xmlns="urn:exchange"/>', Reason.CONTENT, "the answer has no status"),
        (b'<list xmlns="urn:exchange" status="OK"><doc/></list>', Reason.CONTENT, "has no time at e:sent"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', Reason.CONTENT, "DOCTYPE"),
        (b"<a>" * 10_000, Reason.CONTENT, "not well-formed"),
        (b"<a>" * 100_000, Reason.TOO_LARGE, "more than 70,000 tags"),
    ],
)
async def test_xml_that_is_no_list_is_refused(body, reason, detail):
    seen = await seen_of(body, fields=XML)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert detail in seen.detail


@pytest.mark.parametrize(
    ("status", "reason", "fault"),
    [
        (401, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (403, Reason.FORBIDDEN, FaultDomain.HUB),
        (429, Reason.THROTTLED, FaultDomain.HUB),
        (302, Reason.REDIRECT, None),
        (500, Reason.STATUS, None),
    ],
)
async def test_a_status_that_is_not_good_has_its_reason(status, reason, fault):
    seen = await seen_of(listed(), status)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)


async def test_a_secret_header_is_sent_and_never_repeated(tmp_path):
    (tmp_path / "key").write_text("s3cret-canary")
    headers = {"X-Key": {"files": [str(tmp_path / "key")]}}

    accepted = await seen_of(listed(), http_headers=headers)
    (tmp_path / "key").write_text("wrong-canary")
    refused_ = await seen_of(listed(), http_headers=headers)

    assert (accepted.status, refused_.reason) == (Status.UP, Reason.UNAUTHORIZED)
    assert "canary" not in repr((accepted, refused_))


async def test_over_tls_the_certificate_is_measured():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(listed())

    async with serve_tls(answer) as server:
        settings = {"target": f"{server.url}/list", "tls_config": {"ca_file": server.ca_file}}
        seen = await look(configured(EdxmlProbe, settings))

    assert values(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


@pytest.mark.parametrize("broken", [stalled, dripping, refused])
async def test_a_look_ends_by_the_deadline(broken):
    async with broken() as address:
        outcome = await run(configured(EdxmlProbe, {"target": f"http://{address}/"}), within=TIMEOUT)

    assert outcome.observation.status is Status.DOWN
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"fields": {"documents": "a["}}, "fields.documents: "),
        ({"fields": {"status": ""}}, "fields.status: "),
        ({"fields": {"format": "xml"} | {"documents": "//e:doc"}}, "uses the prefix e"),
        ({"fields": {"time_format": "yesterday"}}, "has no year, month and day"),
        ({"fields": {"time_format": "%H:%M"}}, "has no year, month and day"),
        ({"fields": {"time_format": "%Q"}}, "time_format"),
        ({"fields": {"time_zone": "Asia/Hanoi"}}, 'there is no "Asia/Hanoi"'),
        ({"fields": {"time_zone": "../../etc/passwd"}}, "time_zone"),
        ({"fields": {"state": "status"}}, "write state and acknowledged both"),
        ({"fields": {"ok": []}}, "ok has no word"),
        ({"degraded_lag": "2d"}, "degraded_lag must be less than max_lag"),
        ({"max_waiting": -1}, "are not below 0"),
        ({"max_waiting": 1, "degraded_waiting": 2}, "degraded_waiting the lower one"),
        ({"direction": "both"}, "'received' or 'sent'"),
        ({"headers": {"a": "b"}, "http_headers": {"A": {"values": ["b"]}}}, "write it once"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(EdxmlProbe, {"target": "https://vdxp.example/list", **options})
