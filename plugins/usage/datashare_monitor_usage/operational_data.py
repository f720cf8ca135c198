"""Messages of getSecurityServerOperationalData (X-Road's PR-OPMON): the question, and what its answer says."""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from lxml import etree

from datashare_monitor_usage.multipart import parts, referred
from monitor.plugin import Answer, ProbeError, Reason

FIELDS = (
    "monitoringDataTs", "securityServerType", "requestInTs", "responseOutTs", "clientXRoadInstance",
    "clientMemberClass", "clientMemberCode", "clientSubsystemCode", "serviceXRoadInstance", "serviceMemberClass",
    "serviceMemberCode", "serviceSubsystemCode", "serviceCode", "serviceVersion", "messageId", "requestSize",
    "requestMimeSize", "responseSize", "responseMimeSize", "succeeded", "faultCode", "statusCode",
)  # fmt: skip
"""All that is asked for. Users, represented parties, paths and texts of faults are not, and dropped if they come."""

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MONITORING = "http://x-road.eu/xsd/op-monitoring.xsd"
CODE = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)
PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}

QUESTION = f"""<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP}" xmlns:xrd="http://x-road.eu/xsd/xroad.xsd"
 xmlns:id="http://x-road.eu/xsd/identifiers" xmlns:om="{MONITORING}">
<SOAP-ENV:Header>
<xrd:client id:objectType="{{client_type}}">{{client}}</xrd:client>
<xrd:service id:objectType="SERVICE">{{service}}</xrd:service>
<xrd:securityServer id:objectType="SERVER">{{server}}</xrd:securityServer>
<xrd:id>{{identity}}</xrd:id>
<xrd:protocolVersion>4.0</xrd:protocolVersion>
</SOAP-ENV:Header>
<SOAP-ENV:Body><om:getSecurityServerOperationalData>
<om:searchCriteria><om:recordsFrom>{{start}}</om:recordsFrom><om:recordsTo>{{end}}</om:recordsTo></om:searchCriteria>
<om:outputSpec>{"".join(f"<om:outputField>{field}</om:outputField>" for field in FIELDS)}</om:outputSpec>
</om:getSecurityServerOperationalData></SOAP-ENV:Body>
</SOAP-ENV:Envelope>"""

PLACES = ("xRoadInstance", "memberClass", "memberCode")


class FaultError(ProbeError):
    """The security server has answered with a SOAP Fault."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records.

    Attributes:
        next_from: Where the next one begins; None when there is none.
    """

    records: Sequence[Mapping[str, Any]]
    next_from: int | None


def question(client: Sequence[str], server: Sequence[str], start: int, end: int) -> bytes:
    """Return the envelope that asks for the records of some seconds, both ends included.

    Args:
        client: Instance, member class, member code and, if it is a subsystem, its code.
        server: Instance, member class, member code and server code.
        start: Seconds since the epoch.
        end: The same.
    """
    return QUESTION.format(
        client_type="SUBSYSTEM" if len(client) == 4 else "MEMBER",
        client=_identifier(client, "subsystemCode"),
        service=_identifier((*server[:3], "getSecurityServerOperationalData"), "serviceCode"),
        server=_identifier(server, "serverCode"),
        identity=uuid4(),
        start=start,
        end=end,
    ).encode()


def page(answer: Answer, most_bytes: int) -> Page:
    """Return the page in an answer.

    Args:
        answer: Of the security server.
        most_bytes: Of its records, unpacked.

    Raises:
        FaultError: It is a Fault.
        ProbeError: It is none that the protocol knows, or too long.
    """
    content_type = answer.header("content-type") or ""
    if not content_type.lower().startswith("multipart/"):
        _body(answer.body)  # raises when it is a Fault
        raise ProbeError(Reason.CONTENT, f"answered {answer.status}, with neither records nor a fault")
    found = parts(content_type, answer.body)
    if not found:
        raise ProbeError(Reason.CONTENT, "the answer has no parts")
    told = {child.tag: (child.text or "") for child in _body(bytes(found[0].body)) if isinstance(child.tag, str)}
    attachment = referred(told.get(f"{{{MONITORING}}}records", ""), found[1:])
    records = _records(unpacked(attachment.body, most_bytes))
    count, following = _number(told, "recordsCount"), _number(told, "nextRecordsFrom")
    if count != len(records):
        raise ProbeError(Reason.CONTENT, f"the answer has {len(records)} records, and says {count}")
    return Page(records, following)


def unpacked(body: memoryview, most_bytes: int) -> bytes:
    """Return what was compressed with gzip.

    Raises:
        ProbeError: It was not, or is too long.
    """
    gzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = gzip.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise ProbeError(Reason.CONTENT, "the records cannot be unpacked") from error
    if len(content) > most_bytes:
        raise ProbeError(Reason.TOO_LARGE, f"the records of one answer are over {most_bytes} bytes")
    if not gzip.eof:
        raise ProbeError(Reason.CONTENT, "the records are cut off")
    return content


def _records(content: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        records = json.loads(content)["records"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProbeError(Reason.CONTENT, "the records are not the JSON of the protocol") from error
    if not isinstance(records, list):
        raise ProbeError(Reason.CONTENT, "the records are no list")
    return records


def _body(content: bytes) -> etree._Element:
    try:
        root = etree.fromstring(content, etree.XMLParser(**PARSER))
    except etree.XMLSyntaxError as error:
        raise ProbeError(Reason.CONTENT, "the answer is no SOAP message") from error
    body = root.find(f"{{{SOAP}}}Body")
    if root.getroottree().docinfo.doctype or body is None or not len(body):
        raise ProbeError(Reason.CONTENT, "the answer is no SOAP message")
    if body[0].tag == f"{{{SOAP}}}Fault":
        code = (body[0].findtext("faultcode") or "").strip()
        raise FaultError(
            Reason.SERVICE_FAULT, f"the security server answered with a fault, {code if CODE.fullmatch(code) else '?'}"
        )
    return body[0]


def _number(told: Mapping[str, str], name: str) -> int | None:
    text = told.get(f"{{{MONITORING}}}{name}")
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise ProbeError(Reason.CONTENT, f"{name} is not a number")
    return int(text)


def _identifier(identifier: Sequence[str], last: str) -> str:
    names = (*PLACES, last)
    return "".join(f"<id:{name}>{escape(part)}</id:{name}>" for name, part in zip(names, identifier, strict=False))
