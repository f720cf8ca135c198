"""Whatever a SOAP service does, a look at it ends in time, costs little and repeats nothing."""

from dataclasses import dataclass

import pytest
from datashare_monitor_soap import SoapProbe, SoapRows
from ordeal import MIB, answer, endured, saying, survives_what_does_not_end

from monitor.plugin import Reason, up
from monitor.testing import configured

SOAP = b"http://schemas.xmlsoap.org/soap/envelope/"
EXAMINED = {
    "assertions": [{"xml": "count(//x[@b='1'])", "equals": 5}],
    "readings": {"waiting": {"xml": "string(//waiting)"}},
}
CANARY = "canary-\u202e\x1b[31m001079012345678"


def called(url):
    return configured(SoapProbe, {"target": f"{url}/", "body": "<a/>", "body_size_limit": "4MiB", **EXAMINED})


def described(url):
    return configured(SoapProbe, {"wsdl": f"{url}/?wsdl"})


def enveloped(inner):
    return b'<s:Envelope xmlns:s="%b"><s:Body>%b</s:Body></s:Envelope>' % (SOAP, inner)


@pytest.mark.parametrize("probe", [called, described])
async def test_answer_without_an_end_is_survived(probe):
    await survives_what_does_not_end(probe)


COSTLY = {
    "two hundred thousand elements": (enveloped(b"<a/>" * 200_000), Reason.TOO_LARGE),
    "elements and texts": (enveloped(b"<a/>x" * (4 * MIB // 5 - 100)), Reason.TOO_LARGE),
    "as many as are read": (enveloped(b"<r>%b</r>" % (b"<a/>x" * 69_900)), Reason.CONTENT),
    "blocks": (enveloped(b"<a/>" * 1001), Reason.TOO_LARGE),
    "attributes": (enveloped(b"<a b='1'/>" * 100_000), Reason.TOO_LARGE),
    "deep": (enveloped(b"<a>" * 10_000), Reason.CONTENT),
    "attribute lists": (
        b"<!DOCTYPE r [%b]>" % b"".join(b'<!ATTLIST r a%x CDATA "v">' % n for n in range(30_000)) + enveloped(b""),
        Reason.CONTENT,
    ),
    "fault with elements in its code": (
        enveloped(b"<s:Fault xmlns:s='%b'><faultcode>%b</faultcode></s:Fault>" % (SOAP, b"<a>x</a>" * 34_000)),
        Reason.SERVICE_FAULT,
    ),
    "fault that names a person": (
        enveloped(
            b"<s:Fault xmlns:s='%b'><faultcode>Server.canary x</faultcode><faultstring>canary</faultstring></s:Fault>"
            % SOAP
        ),
        Reason.SERVICE_FAULT,
    ),
    "person in a value": (enveloped(b"<waiting>canary 001079012345678</waiting>"), Reason.CONTENT),
}


@pytest.mark.parametrize(("body", "reason"), COSTLY.values(), ids=COSTLY)
async def test_costly_answer_costs_little(body, reason):
    seen = (await endured(saying(answer(body)), called)).observation

    assert seen.reason is reason, seen
    assert "canary" not in repr(seen)


@pytest.mark.parametrize("head", [b"\n" * MIB, b"a\r\n" * (MIB // 3), b"Content-Type: text/xml\r\n" * 9000])
async def test_part_whose_head_does_not_end_is_refused(head):
    body = b"--b\r\nX: y\r\n" + head + b"\r\n\r\n" + enveloped(b"<ok/>") + b"\r\n--b--"

    seen = (await endured(saying(answer(body, kind="multipart/related; boundary=b")), called)).observation

    assert seen.reason is Reason.CONTENT


async def test_wsdl_that_imports_itself_for_ever_is_refused():
    imports = b"".join(b'<import location="?%x"/>' % n for n in range(30_000))
    body = b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">%b</definitions>' % imports

    seen = (await endured(saying(answer(body)), described)).observation

    assert (seen.reason, seen.detail) == (Reason.TOO_LARGE, "the WSDL is made of more than 20 documents")


async def test_wsdl_that_imports_from_nowhere_is_the_services_fault():
    body = f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import location="http://x{CANARY[:8]}/a"/></definitions>'

    seen = (await endured(saying(answer(body.encode())), described)).observation

    assert (seen.reason, seen.detail) == (Reason.CONTENT, "the WSDL imports what is no http or https URL")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads all rows."""

    source: SoapRows

    async def observe(self, vantage):
        return up(detail=str(len([row async for row in self.source.rows(vantage)])))


def rows_of(url):
    found = {"rows_at": "//row", "cells": {"id": "id"}, "body_size_limit": "4MiB"}
    return Reading(source=configured(SoapRows, {"target": f"{url}/", "body": "<a/>", **found}))


ROWS = {
    "a million rows": b"<row/>" * 600_000,
    "more rows than may be": b"<row/>" * 10_001,
    "rows within rows": b"<row><id>" * 100 + b"x" * MIB + b"</id></row>" * 100,
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
async def test_rows_without_measure_are_refused(rows):
    seen = (await endured(saying(answer(enveloped(b"<r>%b</r>" % rows))), rows_of)).observation

    assert seen.reason is Reason.TOO_LARGE


async def test_rows_without_an_end_are_survived():
    await survives_what_does_not_end(rows_of)
