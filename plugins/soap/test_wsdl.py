"""A WSDL is read with all that it imports, within limits, and never from where the monitor may not connect."""

import re
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from datashare_monitor_soap import SoapProbe
from datashare_monitor_soap.readings import DOCUMENTS, OPERATIONS

from monitor.plugin import Reason, Status
from monitor.testing import configured, dripping, look, refused, run, serve, stalled

TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25
SPACES = (
    'xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' xmlns:x="http://www.w3.org/2001/XMLSchema"'
)
OPERATIONS_OF_A = (
    '<portType name="P"><operation name="Count"/><operation name="List"/></portType>'
    '<binding name="B" type="P"><operation name="Count"><s:operation soapAction="urn:Count"/></operation></binding>'
)


def wsdl(*parts):
    return f"<definitions {SPACES}>{''.join(parts)}</definitions>"


def imported(location):
    return f'<import namespace="urn:a" location="{location}"/>'


@asynccontextmanager
async def described(documents, **options):
    """Serve documents by their path; yields what was asked for and a probe of the WSDL."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path_qs, request.headers.get("Authorization")))
        text = documents.get(request.path_qs)
        if request.path_qs == "/call":
            space = "http://schemas.xmlsoap.org/soap/envelope/"
            return web.Response(text=f'<s:Envelope xmlns:s="{space}"><s:Body><ok/></s:Body></s:Envelope>')
        if text is None:
            return web.Response(status=404)
        return web.Response(text=text) if isinstance(text, str) else web.Response(body=text)

    async with serve(answer) as url:
        if options.pop("call", False):
            options |= {"target": f"{url}/call", "body": "<a/>"}
        yield asked, configured(SoapProbe, {"wsdl": f"{url}/a?wsdl", **options})


async def seen_of(documents, **options):
    async with described(documents, **options) as (_, probe):
        return await look(probe)


async def test_a_wsdl_is_read_with_all_that_it_imports():
    schema = (
        '<types><x:schema><x:import schemaLocation="/x.xsd"/><x:include schemaLocation="x.xsd"/></x:schema></types>'
    )
    documents = {
        "/a?wsdl": wsdl(imported("b.wsdl"), schema),
        "/b.wsdl": wsdl(imported("/a?wsdl"), OPERATIONS_OF_A),
        "/x.xsd": '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"/>',
    }
    async with described(documents, operation="Count", action="urn:Count") as (asked, probe):
        seen = await look(probe)

    assert (seen.status, seen.detail) == (Status.UP, "the WSDL has 2 operations")
    assert set(seen.readings) == {OPERATIONS(2), DOCUMENTS(3)}
    assert sorted(path for path, _ in asked) == ["/a?wsdl", "/b.wsdl", "/x.xsd"]


async def test_wsdl_2_is_read_too():
    text = (
        '<description xmlns="http://www.w3.org/ns/wsdl"><interface><operation name="Count"/></interface></description>'
    )

    seen = await seen_of({"/a?wsdl": text}, operation="Count")

    assert seen.status is Status.UP


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"operation": "Delete"}, "the WSDL has no operation Delete"),
        ({"operation": "Count", "action": "urn:Old"}, "the WSDL has another action for Count than urn:Old"),
    ],
)
async def test_a_wsdl_that_says_otherwise_is_a_mismatch(options, detail):
    seen = await seen_of({"/a?wsdl": wsdl(OPERATIONS_OF_A)}, **options)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.MISMATCH, detail)


async def test_after_a_good_call_a_wrong_wsdl_is_degraded():
    other = await seen_of({"/a?wsdl": wsdl(OPERATIONS_OF_A)}, call=True, operation="Delete")
    missing = await seen_of({}, call=True)
    async with refused() as address:
        gone = await seen_of({}, call=True, wsdl=f"http://{address}/a")

    assert [(one.status, one.reason) for one in (other, missing, gone)] == [
        (Status.DEGRADED, Reason.MISMATCH), (Status.DEGRADED, Reason.STATUS), (Status.DEGRADED, Reason.REFUSED),
    ]  # fmt: skip
    assert "probe_soap_call_seconds" in {reading.measure.name for reading in other.readings}


@pytest.mark.parametrize(
    ("document", "reason", "detail"),
    [
        (wsdl(), Reason.MISMATCH, "the WSDL has no operations"),
        ("<html/>", Reason.CONTENT, "what is there is XML, but no WSDL"),
        ("canary", Reason.CONTENT, "the WSDL is not XML that can be read"),
        (b"\xff\xfe\x00", Reason.CONTENT, "the WSDL is not XML that can be read"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + wsdl("&e;"), Reason.CONTENT, "DOCTYPE"),
        (wsdl(imported("file:///etc/passwd")), Reason.CONTENT, "imports what is no http or https URL"),
        (wsdl(imported("ftp://elsewhere.example/a")), Reason.CONTENT, "imports what is no http or https URL"),
        (wsdl(imported("http://canary:secret@127.0.0.1/a")), Reason.CONTENT, "imports what is no http or https URL"),
        (wsdl(imported("http://[canary/a")), Reason.CONTENT, "imports what is no http or https URL"),
        (wsdl(imported("http://127.0.0.1:99999/a")), Reason.CONTENT, "imports what is no http or https URL"),
        (
            wsdl(imported("http://192.0.2.1/b.wsdl")),
            Reason.REDIRECT,
            "imports from 192.0.2.1, where the monitor may not",
        ),
        (wsdl(imported("gone.wsdl")), Reason.STATUS, "a document that the WSDL imports answered 404, expected 2xx"),
        (wsdl(*(imported(f"a?wsdl&amp;{n}") for n in range(9))), Reason.STATUS, "answered 404"),
        (wsdl(*(imported(f"a?wsdl&amp;{n}") for n in range(9_000))), Reason.TOO_LARGE, "more than 20 documents"),
        (wsdl(imported("http://x\u202e.example/canary?token=s3cret")), Reason.CONTENT, "imports what is no http"),
        (
            wsdl("<portType name='P'>", "<operation name='x'/>" * 400_000, "</portType>"),
            Reason.TOO_LARGE,
            "4194304 bytes",
        ),
        (
            wsdl("<portType>", *(f"<operation name='o{n}'/>" for n in range(6000)), "</portType>"),
            Reason.TOO_LARGE,
            "more than 5000 operations",
        ),
    ],
)
async def test_a_hostile_wsdl_is_refused_by_name(document, reason, detail):
    seen = await seen_of({"/a?wsdl": document})

    assert seen.reason is reason
    assert detail in seen.detail
    assert "canary" not in repr(seen)


async def test_a_wsdl_that_never_ends_is_left():
    documents = {f"/{n}": wsdl(imported(f"/{n + 1}")) for n in range(50)} | {"/a?wsdl": wsdl(imported("/0"))}
    async with described(documents) as (asked, probe):
        seen = await look(probe)

    assert (seen.reason, seen.detail) == (Reason.TOO_LARGE, "the WSDL is made of more than 20 documents")
    assert len(asked) == 20


async def test_all_documents_together_have_a_limit():
    padding = f"<documentation>{'x' * 1_000_000}</documentation>"
    documents = {f"/{n}": wsdl(imported(f"/{n + 1}"), padding) for n in range(9)} | {"/a?wsdl": wsdl(imported("/0"))}

    seen = await seen_of(documents)

    assert (seen.reason, seen.detail) == (Reason.TOO_LARGE, "the WSDL is over 4194304 bytes")


async def test_credentials_stay_with_the_origin_of_the_wsdl(tmp_path):
    (tmp_path / "password").write_text("canary")
    elsewhere_asked = []

    async def elsewhere(request: web.Request) -> web.Response:
        elsewhere_asked.append(dict(request.headers))
        return web.Response(text=wsdl(OPERATIONS_OF_A))

    async with serve(elsewhere) as there:
        basic = {"username": "monitor", "password_file": str(tmp_path / "password")}
        headers = {"http_headers": {"X-Key": {"files": [str(tmp_path / "password")]}}}
        async with described({"/a?wsdl": wsdl(imported(f"{there}/b"))}, basic_auth=basic, **headers) as (asked, probe):
            seen = await look(probe)

    assert seen.status is Status.UP
    assert asked == [("/a?wsdl", "Basic bW9uaXRvcjpjYW5hcnk=")]
    assert not {"Authorization", "X-Key"} & elsewhere_asked[0].keys()


@pytest.mark.parametrize("broken", [stalled, dripping])
@pytest.mark.parametrize("stage", ["wsdl", "import"])
async def test_each_stage_ends_by_the_deadline(stage, broken):
    async with broken() as address:
        documents = {"/a?wsdl": wsdl(imported(f"http://{address}/b"))}
        options = {"wsdl": f"http://{address}/a"} if stage == "wsdl" else {}
        async with described(documents, call=True, **options) as (_, probe):
            outcome = await run(probe, within=TIMEOUT)

    assert outcome.observation.status in (Status.DOWN, Status.DEGRADED)
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS


@pytest.mark.parametrize("operation", ["a b", "{urn:a}b", "", "<a>"])
def test_an_operation_has_a_name(operation):
    problem = "write target and body" if not operation else "operation is the name of one in the WSDL"
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(SoapProbe, {"operation": operation} | ({"wsdl": "http://a.example/a"} if operation else {}))
