"""A contract that drifts is degraded with what differs, a layout that changes is not, and a bad sample is down."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import datashare_monitor_contract
import pytest
from aiohttp import web
from datashare_monitor_contract import Contract
from datashare_monitor_contract.xml import of_schema, of_wsdl

from monitor.plugin import Observation, Reason, Row, Status, Vantage
from monitor.testing import assert_conforms, configured, look, serve

CANARY = "Nguyễn Văn Chim 079203001234"
API: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/people/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/P"}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "P": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}, "born": {"type": "integer"}},
            }
        }
    },
}
SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="person"><xs:complexType><xs:sequence>
    <xs:element name="id" type="xs:string"/><xs:element name="born" type="xs:int" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
WSDL = b"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t">
  <types>%s</types>
  <message name="Ask"><part name="body" element="t:person"/></message>
  <portType name="People"><operation name="Find"><input message="t:Ask"/></operation></portType>
</definitions>"""


async def seen_of(tmp_path, agreed: bytes, live: bytes, kind: str, sample: bytes = b"", **more) -> Observation:
    approved = tmp_path / "approved"
    approved.write_bytes(agreed)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=sample if request.path == "/sample" else live)

    async with serve(answer) as url:
        if sample:
            more["sample"] = {"url": f"{url}/sample", **({"schema": "P"} if kind == "openapi" else {})}
        return await look(configured(Contract, {"url": url, "format": kind, "approved": str(approved), **more}))


def changed(change) -> bytes:
    copy = json.loads(json.dumps(API))
    change(copy)
    return json.dumps(copy).encode()


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_contract,
        lambda address: Contract(url=f"http://{address}/", format="xsd", approved=__file__),
    )


async def test_same_contract_in_another_layout_is_up(tmp_path):
    seen = await seen_of(
        tmp_path, json.dumps(API).encode(), json.dumps(API, indent=4, sort_keys=True).encode(), "openapi"
    )

    assert seen.status is Status.UP, seen
    assert {one.measure.name: one.value for one in seen.readings} == {
        "exchange_contract_promises_gone": 0, "exchange_contract_promises_new": 0,
    }  # fmt: skip


async def test_drift_of_openapi_is_degraded_with_the_difference(tmp_path):
    def change(api):
        api["components"]["schemas"]["P"]["properties"]["born"]["type"] = "string"

    seen = await seen_of(tmp_path, json.dumps(API).encode(), changed(change), "openapi")

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert seen.detail == (
        "the contract drifted: - schema P.born: integer, optional; + schema P.born: string, optional"
    )


async def test_drift_of_xsd_and_wsdl_is_degraded(tmp_path):
    other = SCHEMA.replace(b'name="born" type="xs:int"', b'name="born" type="xs:date"')

    schema = await seen_of(tmp_path, SCHEMA, other, "xsd")
    wsdl = await seen_of(tmp_path, WSDL % SCHEMA, (WSDL % SCHEMA).replace(b'"Find"', b'"Search"'), "wsdl")

    assert schema.detail == ("the contract drifted: - person/born: int minOccurs=0; + person/born: date minOccurs=0")
    assert "- operation People.Find" in wsdl.detail
    assert "+ operation People.Search" in wsdl.detail


def test_wsdl_holds_what_its_types_promise():
    promises = of_wsdl(WSDL % SCHEMA)

    assert "message Ask part body: person" in promises
    assert "operation People.Find input Ask" in promises
    assert set(of_schema(SCHEMA)) < set(promises)


@pytest.mark.parametrize(
    ("sample", "fault"),
    [
        ({"id": "1", "born": 1990}, ""),
        ({"id": "1", "born": CANARY}, "breaks the contract at components/schemas/P/properties/born/type"),
        ({"born": 1990}, "breaks the contract at"),
    ],
)
async def test_sample_is_validated_and_not_repeated(tmp_path, sample, fault):
    agreed = json.dumps(API).encode()

    seen = await seen_of(tmp_path, agreed, agreed, "openapi", json.dumps(sample).encode())

    assert (seen.status is Status.UP) == (not fault), seen
    assert "Chim" not in seen.detail
    assert not fault or seen.detail.startswith("the sample breaks the contract at ")


async def test_sample_of_xml_is_validated(tmp_path):
    good = await seen_of(tmp_path, SCHEMA, SCHEMA, "xsd", b"<person><id>1</id></person>")
    bad = await seen_of(tmp_path, SCHEMA, SCHEMA, "xsd", f"<person><born>{CANARY}</born></person>".encode())

    assert (good.status, bad.status, bad.reason) == (Status.UP, Status.DOWN, Reason.CONTENT)
    assert "Chim" not in bad.detail


@pytest.mark.parametrize(
    "live",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html/>",
        b'{"paths": 5}',
        b"[" * 100_000,
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
)
@pytest.mark.parametrize(
    ("kind", "agreed"), [("openapi", json.dumps(API).encode()), ("xsd", SCHEMA), ("wsdl", WSDL % SCHEMA)]
)
async def test_contract_that_cannot_be_read_is_down(tmp_path, kind, agreed, live):
    seen = await seen_of(tmp_path, agreed, live, kind)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT), seen
    assert len(seen.detail) < 200


async def test_much_drift_is_cut_and_cleaned(tmp_path):
    def change(api):
        api["paths"] = {f"/{number}{'x' * 500}\n\x1b[31m": {"get": {}} for number in range(500)}

    seen = await seen_of(tmp_path, json.dumps(API).encode(), changed(change), "openapi")

    assert seen.status is Status.DEGRADED
    assert len(seen.detail) < 800
    assert seen.detail.isprintable()
    assert " more" in seen.detail


async def test_missing_agreed_contract_is_our_fault(tmp_path):
    seen = await look(Contract(url="http://127.0.0.1:9/", format="xsd", approved=str(tmp_path / "none")))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)


@dataclass(frozen=True, kw_only=True)
class Given:
    """Rows as given."""

    given: tuple[Any, ...]

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for name, kind in self.given:
            yield {"column_name": name, "data_type": kind}


async def test_columns_of_a_table_are_compared():
    agreed = {"id": "integer", "name": "text"}

    same = await look(Contract(source=Given(given=(("name", "text"), ("id", "INTEGER"))), columns=agreed))
    other = await look(Contract(source=Given(given=(("id", "bigint"), ("name", "text"))), columns=agreed))
    none = await look(Contract(source=Given(given=()), columns=agreed))

    assert same.status is Status.UP
    assert other.detail == "the contract drifted: - column id: integer; + column id: bigint"
    assert (none.status, none.reason) == (Status.DOWN, Reason.CONTENT)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "write url, format and approved"),
        ({"url": "http://a.example/"}, "write url, format and approved"),
        ({"url": "http://a.example/", "format": "xsd", "approved": "/a", "columns": {"a": "b"}}, "write url, format"),
        (
            {"url": "http://a.example/", "format": "wsdl", "approved": "/a", "sample": {"url": "http://a.example/"}},
            "a sample is validated",
        ),
        (
            {"url": "http://a.example/", "format": "openapi", "approved": "/a", "sample": {"url": "http://a.example/"}},
            "schema: NAME",
        ),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(Contract, settings)
