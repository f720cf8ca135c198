"""A security server and a search engine, written from their documents and strict about what they accept."""

import gzip
import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XRD = "{http://x-road.eu/xsd/xroad.xsd}"
ID = "{http://x-road.eu/xsd/identifiers}"
OM = "{http://x-road.eu/xsd/op-monitoring.xsd}"
OUTPUT_FIELDS = frozenset(
    """
    monitoringDataTs securityServerInternalIp securityServerType requestInTs requestOutTs responseInTs responseOutTs
    clientXRoadInstance clientMemberClass clientMemberCode clientSubsystemCode serviceXRoadInstance
    serviceMemberClass serviceMemberCode serviceSubsystemCode serviceCode restMethod restPath serviceVersion
    representedPartyClass representedPartyCode messageId messageUserId messageIssue messageProtocolVersion
    clientSecurityServerAddress serviceSecurityServerAddress requestSize requestMimeSize requestAttachmentCount
    responseSize responseMimeSize responseAttachmentCount succeeded serviceType faultCode faultString statusCode
    xRoadVersion
    """.split()  # noqa: SIM905 - a list to compare with the document
)
"""PR-OPMON, chapter 2."""


def record(second, identity, *, client="VN/GOV/HNI/PORTAL", service="VN/GOV/BCA/DANCU/lookup/v1", **more):
    """Return a record as a producer's security server has it."""
    client_parts, service_parts = client.split("/"), service.split("/")
    names = ("XRoadInstance", "MemberClass", "MemberCode", "SubsystemCode")
    return {
        "monitoringDataTs": second,
        "securityServerInternalIp": "192.0.2.1",
        "securityServerType": "Producer",
        "requestInTs": second * 1000 - 500,
        "requestOutTs": second * 1000 - 490,
        "responseInTs": second * 1000 - 300,
        "responseOutTs": second * 1000 - 250,
        **{f"client{name}": part for name, part in zip(names, client_parts, strict=False)},
        **{f"service{name}": part for name, part in zip(names, service_parts, strict=False)},
        "serviceCode": service_parts[4],
        **({"serviceVersion": service_parts[5]} if len(service_parts) > 5 else {}),
        "messageId": identity,
        "messageUserId": "EE001079012345678",
        "messageIssue": "12345",
        "messageProtocolVersion": "4.0",
        "requestSize": 1000,
        "responseSize": 500,
        "succeeded": True,
        **more,
    }


@dataclass
class SecurityServer:
    """A security server that withholds the records of the last minute and divides no second between pages."""

    records: list = field(default_factory=list)
    page_size: int = 10_000
    asked: list = field(default_factory=list)
    clock: object = time.time
    sends_all_fields: bool = False
    fault: str = ""
    change: object = None
    url: str = ""

    async def answer(self, request):
        assert request.method == "POST"
        assert request.content_type == "text/xml"
        root = ET.fromstring(await request.read())
        header, body = root.find(f"{SOAP}Header"), root.find(f"{SOAP}Body")
        service = [part.text for part in header.find(f"{XRD}service")]
        server = [part.text for part in header.find(f"{XRD}securityServer")]
        assert service == [*server[:3], "getSecurityServerOperationalData"]
        assert header.find(f"{XRD}client").get(f"{ID}objectType") in {"MEMBER", "SUBSYSTEM"}
        assert header.find(f"{XRD}id").text
        assert header.find(f"{XRD}protocolVersion").text == "4.0"
        criteria = body.find(f"{OM}getSecurityServerOperationalData/{OM}searchCriteria")
        start, end = (int(criteria.find(f"{OM}{name}").text) for name in ("recordsFrom", "recordsTo"))
        spec = body.find(f"{OM}getSecurityServerOperationalData/{OM}outputSpec")
        wanted = {one.text for one in spec} if spec is not None else OUTPUT_FIELDS
        assert wanted <= OUTPUT_FIELDS
        self.asked.append((start, end))
        if self.fault:
            return self.refuse(self.fault)
        committed = int(self.clock()) - 60
        if start >= committed:
            return self.refuse("Client.InvalidRequest")
        following = None
        if end >= committed:
            end, following = committed - 1, committed
        found = sorted((one for one in self.records if start <= one["monitoringDataTs"] <= end), key=_second)
        if len(found) > self.page_size:
            last = found[self.page_size - 1]["monitoringDataTs"]
            found, following = [one for one in found if one["monitoringDataTs"] <= last], last + 1
        if not self.sends_all_fields:
            found = [{name: value for name, value in one.items() if name in wanted} for one in found]
        if self.change is not None:
            found, following = self.change(start, found, following)
        return multipart(found, following)

    def refuse(self, code):
        text = (
            f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP[1:-1]}"><SOAP-ENV:Body><SOAP-ENV:Fault>'
            f"<faultcode>{code}</faultcode><faultstring>canary-fault 001079012345678</faultstring>"
            "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
        return web.Response(status=500, text=text, content_type="text/xml")


def _second(one):
    return one["monitoringDataTs"]


def multipart(records, following=None, *, count=None, packed=None, soap=None):
    """Return an answer as PR-OPMON's annex C has it."""
    next_from = "" if following is None else f"<om:nextRecordsFrom>{following}</om:nextRecordsFrom>"
    soap = soap or (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP[1:-1]}" xmlns:om="{OM[1:-1]}"><SOAP-ENV:Body>'
        "<om:getSecurityServerOperationalDataResponse>"
        f"<om:recordsCount>{len(records) if count is None else count}</om:recordsCount>"
        f"<om:records>cid:operational-monitoring-data.json.gz</om:records>{next_from}"
        "</om:getSecurityServerOperationalDataResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    packed = gzip.compress(json.dumps({"records": records}).encode(), 1) if packed is None else packed
    boundary = b"--xroadYZIpkTtXQvnUaLLTcLOnnOCDEyHEtq"
    body = b"\r\n".join(
        [
            boundary, b"content-type:text/xml", b"", soap.encode(),
            boundary, b"content-type:application/gzip", b"content-transfer-encoding: binary",
            b"content-id: <operational-monitoring-data.json.gz>", b"", packed, boundary + b"--", b"",
        ]
    )  # fmt: skip
    kind = f'multipart/related; type="text/xml"; charset=UTF-8; boundary={boundary[2:].decode()}'
    return web.Response(body=body, headers={"Content-Type": kind})


@pytest.fixture
def made_record():
    return record


@pytest.fixture
def made_multipart():
    return multipart


@pytest.fixture
def security_server():
    return SecurityServer()


@dataclass
class SearchEngine:
    """What Elasticsearch answers to a composite aggregate, and to filters, over documents in memory."""

    documents: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    change: object = None
    authorization: str | None = None

    async def answer(self, request):
        assert request.method == "POST"
        assert request.path == "/wso2-*/_search"
        assert request.content_type == "application/json"
        if self.authorization is not None and request.headers.get("Authorization") != self.authorization:
            return web.json_response({"error": {"reason": "canary-error"}}, status=401)
        question = await request.json()
        assert question.keys() <= {"size", "track_total_hits", "query", "aggs"}
        assert question["size"] == 0
        self.asked.append(question)
        found = [one for one in self.documents if _within(one, question["query"]["bool"]["filter"])]
        [(name, wanted)] = question["aggs"].items()
        if "filters" in wanted:
            buckets = {
                key: {"doc_count": sum(_within(one, [span]) for one in found)}
                for key, span in wanted["filters"]["filters"].items()
            }
            result = {"buckets": buckets}
        else:
            result = _composite(found, wanted)
        answer = {"took": 1, "timed_out": False, "_shards": {"total": 1, "failed": 0}, "aggregations": {name: result}}
        return web.json_response(answer if self.change is None else self.change(len(self.asked), answer))


def _within(document, filters):
    for one in filters:
        [(name, limits)] = one["range"].items()
        assert limits["format"] == "epoch_millis"
        if not limits["gte"] <= document[name] < limits["lt"]:
            return False
    return True


def _composite(found, wanted):
    composite, sums = wanted["composite"], wanted["aggs"]
    groups = {}
    for document in found:
        groups.setdefault(json.dumps(_key(document, composite["sources"])), []).append(document)
    keys = sorted(groups)
    after = composite.get("after")
    if after is not None:
        keys = [key for key in keys if key > json.dumps(after)]
    page = keys[: composite["size"]]
    buckets = []
    for key in page:
        bucket = {"key": json.loads(key), "doc_count": len(groups[key])}
        for name, one in sums.items():
            [(how, place)] = one.items()
            values = [document[place["field"]] for document in groups[key] if place["field"] in document]
            bucket[name] = {"value": float(max(values) if how == "max" else sum(values)) if values else None}
        buckets.append(bucket)
    return {"buckets": buckets, **({"after_key": json.loads(page[-1])} if page else {})}


def _key(document, sources):
    key = {}
    for source in sources:
        [(name, how)] = source.items()
        if "terms" in how:
            assert how["terms"]["missing_bucket"] is True
            key[name] = document.get(how["terms"]["field"])
        else:
            days = how["date_histogram"]
            assert days["calendar_interval"] == "day"
            zone = ZoneInfo(days["time_zone"])
            local = datetime.fromtimestamp(document[days["field"]] / 1000, zone)
            key[name] = int(datetime(local.year, local.month, local.day, tzinfo=zone).timestamp() * 1000)
    return key


@pytest.fixture
def search_engine():
    return SearchEngine()
