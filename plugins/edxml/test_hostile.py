"""Whatever a document exchange does, a look at it ends in time, costs little and repeats nothing."""

import json

import pytest
from datashare_monitor_edxml import EdxmlProbe
from ordeal import MIB, answer, endured, saying, survives_what_does_not_end

from monitor.plugin import Reason
from monitor.testing import configured

STATES = {"state": "s", "acknowledged": ["d"]}
XML = {"format": "xml", "status": "/r/@s", "documents": "/r/d", "created": "@t", "error_code": ""}
CANARY = "canary-\u202e\x1b[31m001079012345678"


def of_json(url, **fields):
    return configured(EdxmlProbe, {"target": f"{url}/", "body_size_limit": "4MiB", "fields": {**STATES, **fields}})


def of_xml(url):
    return configured(EdxmlProbe, {"target": f"{url}/", "body_size_limit": "4MiB", "fields": XML})


def of_numbers(url):
    return configured(EdxmlProbe, {"target": f"{url}/", "fields": {"time_format": "unix_ms", "created": "t"}})


@pytest.mark.parametrize("probe", [of_json, of_xml])
async def test_answer_without_an_end_is_survived(probe):
    await survives_what_does_not_end(probe)


def listed(*documents):
    return b'{"status": "OK", "data": [%b]}' % b",".join(documents)


JSON = {
    "lists": (listed(b"[]," * MIB + b"[]"), Reason.TOO_LARGE),
    "objects": (listed(b"{}," * MIB + b"{}"), Reason.TOO_LARGE),
    "numbers": (listed(b"1," * MIB + b"1"), Reason.TOO_LARGE),
    "a million documents": (listed(*(b"{}",) * 1_000_000), Reason.TOO_LARGE),
    "eleven thousand documents": (listed(*(b'{"s":"d"}',) * 11_000), Reason.TOO_LARGE),
    "deep": (b'{"status": "OK", "data": ' + b"[" * 50_000, Reason.CONTENT),
    "deep member": (b'{"a":' * 50_000, Reason.CONTENT),
    "digits": (listed(b"9" * 1_000_000), Reason.CONTENT),
    "not a number": (b'{"status": NaN, "data": []}', Reason.CONTENT),
    "infinity": (listed(b'{"created_time": Infinity}'), Reason.CONTENT),
    "nothing": (b"null", Reason.CONTENT),
    "no documents": (b'{"status": "OK", "data": null}', Reason.CONTENT),
    "empty": (b"", Reason.CONTENT),
    "half a pair": (b'{"status": "\\ud800", "data": []}', Reason.SERVICE_FAULT),
    "a person for a status": (json.dumps({"status": CANARY, "ErrorCode": CANARY}).encode(), Reason.SERVICE_FAULT),
    "a person for a time": (json.dumps({"status": "OK", "data": [{"created_time": CANARY}]}).encode(), Reason.CONTENT),
    "a person for an error": (b'{"canary-001079012345678": ', Reason.CONTENT),
}


@pytest.mark.parametrize(("body", "reason"), JSON.values(), ids=JSON)
async def test_costly_list_costs_little(body, reason):
    seen = (await endured(saying(answer(body, kind="application/json")), of_json)).observation

    assert seen.reason is reason, seen
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    "moment", [b"null", b"true", b"-1e308", b"1e308", b"9" * 60, b'"NaN"', b'"-inf"', b"[]", b"{}"]
)
async def test_time_that_is_none_is_no_age(moment):
    seen = (await endured(saying(answer(listed(b'{"t": %b}' % moment))), of_numbers)).observation

    assert seen.reason is Reason.CONTENT, seen
    assert {reading.measure.name for reading in seen.readings} == {"probe_http_status_code"}


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "2126-01-01T00:00:00Z"])
async def test_document_of_the_future_has_no_age(moment):
    seen = (await endured(saying(answer(listed(b'{"created_time": "%b"}' % moment.encode()))), of_json)).observation

    assert seen.reason is Reason.CONTENT
    assert {reading.measure.name for reading in seen.readings} == {"probe_http_status_code"}


XMLS = {
    "elements": (b"<r s='OK'>" + b"<d/>x" * 200_000 + b"</r>", Reason.TOO_LARGE),
    "documents": (b"<r s='OK'>" + b"<d/>" * 11_000 + b"</r>", Reason.TOO_LARGE),
    "attributes": (b"<r s='OK' " + b" ".join(b"a%x='1'" % n for n in range(100_000)) + b"/>", Reason.TOO_LARGE),
    "attribute lists": (
        b"<!DOCTYPE r [%b]><r s='OK'/>" % b"".join(b'<!ATTLIST r a%x CDATA "v">' % n for n in range(30_000)),
        Reason.CONTENT,
    ),
    "external entity": (b"<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><r s='&e;'/>", Reason.CONTENT),
    "a person for a status": (b"<r s='canary 001079012345678'/>", Reason.SERVICE_FAULT),
    "a person for a time": (b"<r s='OK'><d t='canary 001079012345678'/></r>", Reason.CONTENT),
}


@pytest.mark.parametrize(("body", "reason"), XMLS.values(), ids=XMLS)
async def test_costly_list_in_xml_costs_little(body, reason):
    seen = (await endured(saying(answer(body)), of_xml)).observation

    assert seen.reason is reason, seen
    assert "canary" not in repr(seen)
