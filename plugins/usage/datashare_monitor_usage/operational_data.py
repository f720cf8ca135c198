"""Messages of getSecurityServerOperationalData (X-Road's PR-OPMON): the question, and what its answer says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from datashare_monitor_usage.multipart import parts, referred
from monitor.plugin import Answer, ProbeError, Reason
from monitor.plugin.http import read_xml

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
LONGEST_MESSAGE = 256 * 1024
"""Bytes of the message beside the records."""

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
        records: As they were sent, packed.
        count: How many there should be.
        next_from: Where the next one begins; None when there is none.
    """

    records: memoryview
    count: int
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


def page(answer: Answer) -> Page:
    """Return the page in an answer.

    Raises:
        FaultError: It is a Fault.
        ProbeError: It is none that the protocol knows.
    """
    content_type = answer.header("content-type") or ""
    if not content_type.lower().startswith("multipart/"):
        _body(answer.body)  # raises when it is a Fault
        raise ProbeError(Reason.CONTENT, f"answered {answer.status}, with neither records nor a fault")
    found = parts(content_type, answer.body)
    if not found:
        raise ProbeError(Reason.CONTENT, "the answer has no parts")
    told = {
        child.tag: (child.text or "")
        for child in _body(bytes(found[0].body[: LONGEST_MESSAGE + 1]))
        if isinstance(child.tag, str)
    }
    attachment = referred(told.get(f"{{{MONITORING}}}records", ""), found[1:])
    count, following = _number(told, "recordsCount"), _number(told, "nextRecordsFrom")
    if count is None:
        raise ProbeError(Reason.CONTENT, "the answer does not say how many records it has")
    return Page(attachment.body, count, following)


def _body(content: bytes) -> Any:
    if len(content) > LONGEST_MESSAGE:
        raise ProbeError(Reason.TOO_LARGE, f"the message beside the records is over {LONGEST_MESSAGE} bytes")
    body = read_xml(content).find(f"{{{SOAP}}}Body")
    if body is None or not len(body):
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
