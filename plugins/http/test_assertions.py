"""Assertions and readings: the value that decided is shown, its level counts, and no document can break them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe

from monitor.plugin import MeasureKind, Observation, Reason, Status
from monitor.testing import configured, look, serve

DOCUMENT = {
    "data": {"pending": 250, "state": "OK", "items": [{"id": 1, "ok": True}, {"id": 2, "ok": False}], "text": "7"},
    "none": None,
    "big": 10**400,
    "ratio": 0.5,
}
SOAP = """<?xml version="1.0"?><s:Envelope xmlns:s="urn:soap"><s:Body><status code="0">OK</status>
<pending>250</pending><pending>3</pending></s:Body></s:Envelope>"""


async def seen_in(body: str | bytes, headers=None, status=200, **settings) -> Observation:
    async def answer(_: web.Request) -> web.Response:
        data = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=data, headers=headers)

    async with serve(answer) as url:
        return await look(configured(HttpProbe, {"target": url, **settings}))


async def judged(assertion, body=None, **more) -> Observation:
    return await seen_in(json.dumps(DOCUMENT) if body is None else body, assertions=[assertion], **more)


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


@pytest.mark.parametrize(
    "assertion",
    [
        {"json": "data.pending", "less_than": 251},
        {"json": "data.pending", "at_most": 250},
        {"json": "data.pending", "more_than": 249.5},
        {"json": "data.pending", "equals": 250},
        {"json": "data.pending", "not_equals": 3},
        {"json": "data.state", "equals": "OK"},
        {"json": "data.state", "matches": "^O"},
        {"json": "data.state", "not_matches": "FAIL"},
        {"json": "data.text", "at_least": 7},
        {"json": "data.items[0].ok", "equals": True},
        {"json": "length(data.items[?ok])", "equals": 1},
        {"json": "none", "exists": False},
        {"json": "data.missing", "exists": False},
        {"json": "big", "more_than": 1e300},
        {"json": "data.missing", "not_equals": 5},
    ],
)
async def test_assertion_that_holds_is_up(assertion):
    assert (await judged(assertion)).status is Status.UP


@pytest.mark.parametrize(
    ("assertion", "detail"),
    [
        ({"json": "data.pending", "less_than": 100}, "data.pending < 100 (was 250)"),
        ({"json": "data.pending", "equals": "250"}, "data.pending == 250 (was 250)"),
        ({"json": "data.items[0].ok", "equals": 1}, "data.items[0].ok == 1 (was true)"),
        ({"json": "data.items[1].ok", "equals": True}, "data.items[1].ok == true (was false)"),
        ({"json": "data.state", "equals": "FAIL"}, 'data.state == FAIL (was "OK")'),
        ({"json": "data.state", "less_than": 5}, 'data.state < 5 (was "OK")'),
        ({"json": "data.state", "matches": "^K"}, "data.state matches '^K' (was \"OK\")"),
        ({"json": "data.missing", "at_least": 5}, "data.missing >= 5 (was missing)"),
        ({"json": "data.missing", "exists": True}, "data.missing exists (was missing)"),
        ({"json": "data", "exists": False}, "data does not exist (was an object of 4)"),
        ({"json": "data.items", "equals": 2}, "data.items == 2 (was a list of 2)"),
        ({"json": "big", "less_than": 5}, "big < 5 (was a number of more than 60 digits)"),
    ],
)
async def test_assertion_that_fails_shows_the_value(assertion, detail):
    seen = await judged(assertion)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.CONTENT, detail)


async def test_level_and_reason_are_the_assertions_own():
    assertion = {"json": "data.pending", "less_than": 100, "level": "degraded", "reason": "backlog"}

    seen = await judged(assertion)

    assert (seen.status, seen.reason, seen.detail) == (Status.DEGRADED, Reason.BACKLOG, "data.pending < 100 (was 250)")


async def test_down_outweighs_degraded_and_all_that_is_as_bad_is_told():
    assertions = [
        {"json": "data.pending", "less_than": 100, "level": "degraded"},
        {"json": "data.state", "equals": "x"},
        {"json": "ratio", "at_least": 0.9},
    ]

    seen = await seen_in(json.dumps(DOCUMENT), assertions=assertions)

    assert (seen.status, seen.detail) == (Status.DOWN, 'data.state == x (was "OK"); ratio >= 0.9 (was 0.5)')


async def test_status_may_be_degraded():
    assertion = {"status_codes": ["2xx"], "level": "degraded"}

    seen = await judged(assertion, status=503, valid_status_codes=["2xx", 503])

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.STATUS)
    assert seen.detail == "status_code in 2xx (was 503)"


async def test_header_is_compared():
    seen = await judged({"header": "x-queue", "less_than": 5}, headers={"X-Queue": "9"})

    assert (seen.reason, seen.detail) == (Reason.HEADER, "header x-queue < 5 (was 9)")


@pytest.mark.parametrize(
    ("assertion", "detail"),
    [
        ({"xml": "//status", "equals": "OK"}, ""),
        ({"xml": "//status/@code", "equals": 0}, ""),
        ({"xml": "count(//pending)", "equals": 2}, ""),
        ({"xml": "/s:Envelope/s:Body/status", "namespaces": {"s": "urn:soap"}, "exists": True}, ""),
        ({"xml": "/*/namespace::s", "equals": "urn:soap"}, ""),
        ({"xml": "//pending", "less_than": 100}, "//pending < 100 (was 250)"),
        ({"xml": "//fault", "exists": True}, "//fault exists (was missing)"),
        ({"xml": "boolean(//fault)", "equals": True}, "boolean(//fault) == true (was false)"),
    ],
)
async def test_xml_is_compared(assertion, detail):
    assert (await judged(assertion, SOAP)).detail == (detail or "answered 200")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("", "expecting value at character 0"),
        ("not json", "expecting value at character 0"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a": NaN}', "holds a number that is none or too long"),
        ('{"a": ' + "9" * 5000 + "}", "holds a number that is none or too long"),
        (b"\xff\xfe\xff\xff\xff", "not in Unicode"),
    ],
)
async def test_json_that_cannot_be_read_is_the_targets_fault(body, detail):
    seen = await judged({"json": "a", "equals": 1}, body)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert detail in seen.detail


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<a><b></a>",
        "<a>" * 50_000,
        '<?xml version="1.0" encoding="no-such"?><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY a0 "'
        + "x" * 1000
        + '">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
        + ']><a b="&a9;">&a9;</a>',
    ],
)
async def test_xml_that_cannot_be_read_is_the_targets_fault_and_costs_little(body):
    began = time.process_time()
    seen = await judged({"xml": "//a", "equals": 1}, body)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert "the body is XML with" in seen.detail or "the body is not XML" in seen.detail
    assert time.process_time() - began < 2


async def test_hostile_value_is_cut_and_printable():
    value = "\x1b[31m\n\u202e" + "x" * 500_000

    seen = await judged({"json": "a", "equals": "b"}, json.dumps({"a": value}))

    assert len(seen.detail) < 150
    assert seen.detail.isprintable()


@pytest.mark.parametrize("expression", ["length(a)", "sort_by(a, &b)", "sum(a)", "to_number(a)", "max(a)", "keys(a)"])
@pytest.mark.parametrize("value", [5, "x", [1, "a", None], {"b": []}, None, 1e999])
async def test_function_applied_to_anything_is_never_the_plugins_fault(expression, value):
    seen = await judged({"json": expression, "equals": "z"}, json.dumps({"a": value}).replace("Infinity", "1e999"))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)


async def test_large_document_is_examined():
    document = json.dumps({"rows": [{"n": n} for n in range(60_000)], "last": 5})

    seen = await judged({"json": "last", "equals": 5}, document, readings={"rows": "length(rows)"})

    assert seen.status is Status.UP
    assert readings(seen)["probe_rows"] == 60_000


async def test_readings_have_their_declared_names_and_kinds():
    wanted = {
        "queue": "data.pending",
        "exchange_sent_total": {"json": "data.text"},
        "age_seconds": {"header": "X-Age"},
        "maybe": {"json": "data.missing", "optional": True},
    }
    probe = configured(HttpProbe, {"target": "http://a.example/", "readings": wanted})
    seen = await seen_in(json.dumps(DOCUMENT), {"X-Age": "3.5"}, readings=wanted)

    assert {measure.name: measure.kind for measure in probe.measures()} == {
        "probe_queue": MeasureKind.GAUGE,
        "exchange_sent_total": MeasureKind.TOTAL,
        "probe_age_seconds": MeasureKind.GAUGE,
        "probe_maybe": MeasureKind.GAUGE,
    }
    assert seen.status is Status.UP
    assert {name: value for name, value in readings(seen).items() if name in ("probe_queue", "probe_age_seconds")} == {
        "probe_queue": 250,
        "probe_age_seconds": 3.5,
    }
    assert readings(seen)["exchange_sent_total"] == 7
    assert "probe_maybe" not in readings(seen)


async def test_readings_are_kept_when_an_assertion_fails():
    assertions = [{"json": "data.pending", "less_than": 100}]

    seen = await seen_in(json.dumps(DOCUMENT), readings={"queue": "data.pending"}, assertions=assertions)

    assert (seen.status, readings(seen)["probe_queue"]) == (Status.DOWN, 250)


@pytest.mark.parametrize(
    ("expression", "detail"),
    [
        ("data.state", 'probe_queue: data.state is no number (was "OK")'),
        ("data.missing", "probe_queue: data.missing is no number (was missing)"),
        ("data.items[0].ok", "probe_queue: data.items[0].ok is no number (was true)"),
        ("big", "probe_queue: big is no number (was a number of more than 60 digits)"),
    ],
)
async def test_reading_that_is_no_number_is_the_targets_fault(expression, detail):
    seen = await seen_in(json.dumps(DOCUMENT), readings={"queue": expression})

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.CONTENT, detail)


async def test_counter_below_nothing_is_the_targets_fault():
    seen = await seen_in('{"n": -1}', readings={"sent_total": "n"})

    assert (seen.reason, seen.detail) == (Reason.CONTENT, "probe_sent_total: n counts below nothing (was -1)")


async def told(body: str, **settings) -> list[tuple[str, str, bool]]:
    """Return what somebody who watches is told."""
    heard: list[tuple[str, str, bool]] = []

    def tell(assertion: object, value: object, *, holds: bool) -> None:
        heard.append((str(assertion), str(value), holds))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, headers={"X-Kind": "two", "Set-Cookie": "s=canary-cookie"})

    async with serve(answer) as url:
        probe = configured(HttpProbe, {"target": url, **settings})
        await look(Watched(probe, tell))
    return heard


@dataclass(frozen=True)
class Watched:
    """A probe whose judgements are heard."""

    probe: HttpProbe
    tell: Callable[..., None]

    async def observe(self, vantage) -> Observation:
        return await self.probe.observe(Hearing(vantage, self.tell))


class Hearing:
    def __init__(self, vantage, tell) -> None:
        self._vantage, self.judged = vantage, tell

    def __getattr__(self, name):
        return getattr(self._vantage, name)


async def test_who_watches_sees_each_assertion_with_its_value():
    heard = await told(
        json.dumps(DOCUMENT),
        assertions=[
            {"json": "data.pending", "less_than": 100, "level": "degraded"},
            {"json": "data.state", "equals": "OK"},
            {"status_codes": ["2xx"]},
        ],
        down_over="1m",
    )

    assert heard[:3] == [
        ("data.pending < 100", "250", False), ("data.state == OK", '"OK"', True), ("status_code in 2xx", "200", True),
    ]  # fmt: skip
    assert heard[3][0::2] == ("down over 60 s", True)


async def test_who_watches_sees_each_expectation_up_to_the_one_that_decided():
    heard = await told(
        "hello",
        valid_status_codes=[200, 204],
        valid_http_versions=["HTTP/1.1"],
        fail_if_ssl=True,
        fail_if_header_matches=[{"header": "Set-Cookie", "regexp": "none"}],
        fail_if_body_not_matches_regexp=["hello", "world", "never asked"],
    )

    assert heard == [
        ("status_code in 200, 204", "200", True),
        ("no TLS", "none", True),
        ("version in HTTP/1.1", "HTTP/1.1", True),
        ("header Set-Cookie does not match 'none'", "1 value", True),
        ("body matches 'hello'", "found", True),
        ("body matches 'world'", "not found", False),
    ]


async def test_a_plain_request_tells_nothing():
    assert await told("hello") == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("FAIL", '"FAIL"'),
        ("no_such_record", '"no_such_record"'),
        ("E404", '"E404"'),
        (42, "42"),
        ("3.5", "3.5"),
        ("Nguyễn Văn Chim", "a text"),
        ("Chim", "a text"),
        ("an.chim@example", "a text"),
        ("/persons/001079012345678", "a text"),
        ("001079012345678", "about 1.08e+12"),
        (1079012345678, "about 1.08e+12"),
        ("0912345678", "about 9.12e+08"),
        ("x" * 25, "a text"),
    ],
)
async def test_detail_names_words_of_programs_and_no_person(value, shown):
    seen = await seen_in(json.dumps({"state": value}), assertions=[{"json": "state", "equals": "DONE"}])

    assert seen.detail == f"state == DONE (was {shown})"
