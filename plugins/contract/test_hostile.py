"""Whatever an interface publishes, comparing it ends in time, costs little and shows nothing that breaks a terminal."""

import json
from datetime import timedelta

import pytest
from aiohttp import web
from datashare_monitor_contract import Contract
from datashare_monitor_contract.samples import fault_by_openapi
from ordeal import MIB, answer, costing, endured, saying, survives_what_does_not_end

from monitor.plugin import Reason, Status
from monitor.testing import configured, look, serve

AGREED = {
    "openapi": '{"openapi": "3.1.0", "paths": {}}',
    "xsd": '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>',
    "wsdl": '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
}


@pytest.fixture
def of(tmp_path):
    """Return a function that returns a function from a URL to a contract of some format."""

    def made(kind):
        (tmp_path / kind).write_text(AGREED[kind])
        return lambda url: configured(
            Contract,
            {"url": f"{url}/", "format": kind, "approved": str(tmp_path / kind), "body_size_limit": "4MiB"},
        )

    return made


@pytest.mark.parametrize("kind", AGREED)
async def test_contract_without_an_end_is_survived(of, kind):
    await survives_what_does_not_end(of(kind))


def names(count, inner=b"{}"):
    return b",".join(b'"%x":%b' % (n, inner) for n in range(count))


def schemas(inner):
    return b'{"paths":{},"components":{"schemas":{%b}}}' % inner


def schema(inner):
    return b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">%b</xs:schema>' % inner


def wsdl(inner):
    return b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">%b</definitions>' % inner


VALUES = b"".join(b'<xs:enumeration value="%x"/>' % n for n in range(25_000))
COSTLY = {
    "lists": ("openapi", b"[" + b"[]," * MIB + b"1]", Reason.TOO_LARGE),
    "deep": ("openapi", b"[" * 50_000, Reason.CONTENT),
    "schemas": ("openapi", schemas(names(80_000)), Reason.TOO_LARGE),
    "long name of many properties": (
        "openapi",
        schemas(b'"%b":{"properties":{%b}}' % (b"n" * 400_000, names(50_000))),
        Reason.TOO_LARGE,
    ),
    "long path of many answers": (
        "openapi",
        b'{"paths":{"/%b":{"get":{"responses":{%b}}}}}' % (b"p" * 500_000, names(40_000)),
        Reason.TOO_LARGE,
    ),
    "much that is required": (
        "openapi",
        schemas(b'"a":{"required":[%b],"properties":{%b}}' % (names(40_000).replace(b":{}", b""), names(40_000))),
        Reason.TOO_LARGE,
    ),
    "elements": ("xsd", schema(b"<xs:element/>" * 150_000), Reason.TOO_LARGE),
    "names in names": (
        "xsd",
        schema(b'<xs:element name="%b">' % (b"n" * 3000) * 240 + b"<xs:element/>" * 15_000 + b"</xs:element>" * 240),
        Reason.MISMATCH,
    ),
    "enumerations": (
        "xsd",
        schema(b"<xs:simpleType>%b</xs:simpleType>" % VALUES),
        Reason.TOO_LARGE,
    ),
    "messages in messages": (
        "wsdl",
        wsdl(b'<message name="m">' * 240 + b"<part/>" * 60_000 + b"</message>" * 240),
        None,
    ),
    "attribute lists": (
        "xsd",
        b"<!DOCTYPE r [%b]><r/>" % b"".join(b'<!ATTLIST r a%x CDATA "v">' % n for n in range(30_000)),
        Reason.CONTENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "reason"), COSTLY.values(), ids=COSTLY)
async def test_costly_contract_costs_little(of, kind, body, reason):
    async with serve(bodied(body)) as url:
        with costing(32):  # 15 to 22, by what the process had free; without a limit gigabytes
            seen = await look(of(kind)(url), within=timedelta(seconds=10))

    assert seen.reason is reason, seen


def bodied(body):
    async def respond(_):
        return web.Response(body=body)

    return respond


@pytest.mark.parametrize("kind", ["openapi", "xsd"])
async def test_names_that_differ_behind_their_cut_are_two_promises(of, kind):
    long = "n" * 900
    bodies = {
        "openapi": schemas(b'"%ba":{},"%bb":{}' % (long.encode(), long.encode())),
        "xsd": schema(f'<xs:element name="{long}a"/><xs:element name="{long}b"/>'.encode()),
    }
    async with serve(bodied(bodies[kind])) as url:
        seen = await look(of(kind)(url))

    assert {one.measure.name: one.value for one in seen.readings}["exchange_contract_promises_new"] == 2
    assert seen.detail.isprintable()
    assert len(seen.detail) < 400


@pytest.mark.parametrize("name", ["\u202ecanary", "\x1b[31m", "line\nbreak", "\ud800"])
async def test_names_that_break_a_line_are_shown_without_that(of, name):
    body = json.dumps({"paths": {}, "components": {"schemas": {name: {"type": name}}}}).encode()
    async with serve(bodied(body)) as url:
        seen = await look(of("openapi")(url))

    assert seen.status is Status.DEGRADED
    assert seen.detail.isprintable()


SCHEMA = {
    "type": "object",
    "properties": {
        "code": {"pattern": "^(a+)+$"},
        "items": {"uniqueItems": True},
        "names": {"patternProperties": {"^(a+)+$": {"type": "integer"}}},
        "ahead": {"pattern": "^(?=a)a$"},
    },
}
SAMPLES = {
    "backtracking": ({"code": "a" * 100_000 + "!"}, "code/pattern"),
    "items that have to differ": ({"items": [{"a": n} for n in range(30_000)]}, ""),
    "items that do not": ({"items": [{"a": 1.0, "b": [True]}, {"b": [True], "a": 1}]}, "items/uniqueItems"),
    "items that only look alike": ({"items": [1, True, "1", [1], {"1": 1}]}, ""),
    "names": ({"names": {"a" * 50_000 + "!": "x", "aa": "x"}}, "names/patternProperties/^(a+)+$/type"),
    "names that are right": ({"names": {"aa": 1}}, ""),
    "a pattern that is not judged": ({"ahead": "b"}, ""),
}


@pytest.mark.parametrize(("sample", "place"), SAMPLES.values(), ids=SAMPLES)
def test_sample_costs_no_more_than_it_is_long(sample, place):
    approved = json.dumps({"paths": {}, "components": {"schemas": {"P": SCHEMA}}}).encode()

    fault = fault_by_openapi(approved, "P", json.dumps(sample).encode())

    assert fault == (f"breaks the contract at properties/{place}" if place else "")


async def test_empty_answer_is_no_contract(of):
    for kind in AGREED:
        seen = (await endured(saying(answer(b"")), of(kind))).observation
        assert seen.reason is Reason.CONTENT
