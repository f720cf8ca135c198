"""SOAP 1.1 and 1.2: envelopes, and the faults that come instead of an answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lxml import etree

from monitor.observation import FaultDomain, Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.http.contents import text_of
from monitor.plugin.http.xml import read_xml
from monitor.plugin.vantage import Answer

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}", re.ASCII)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
MOST_BLOCKS = 1000
"""Elements directly in the header, or in the body."""
LONGEST_HEAD = 8192
"""Bytes of the head of a part."""
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
SENDERS = frozenset({"client", "sender", "mustunderstand", "versionmismatch", "dataencodingunknown"})
"""Codes that blame the request (SOAP 1.1, 4.4.1; SOAP 1.2 part 1, 5.4.6), in small letters."""
RECEIVERS = frozenset({"server", "receiver"})
UNAUTHORIZED = frozenset(
    {"failedauthentication", "invalidsecurity", "invalidsecuritytoken", "securitytokenunavailable", "authentication"}
)
"""Codes for credentials that are refused (WS-Security 1.1, 12), in small letters."""


class SoapVersion(StrEnum):
    """A version of SOAP."""

    SOAP11 = "1.1"
    SOAP12 = "1.2"

    @property
    def namespace(self) -> str:
        """The namespace of its envelopes."""
        return NAMESPACES[self]


NAMESPACES = {
    SoapVersion.SOAP11: "http://schemas.xmlsoap.org/soap/envelope/",
    SoapVersion.SOAP12: "http://www.w3.org/2003/05/soap-envelope",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A well-formed answer that says the call failed. Its text is not kept: it may name a person.

    Attributes:
        codes: The code and its subcodes, without their prefixes; ``("Client", "Authentication")`` for either version.
    """

    codes: tuple[str, ...]

    @property
    def code(self) -> str:
        """The whole code, ``Server.ServerProxy``, as a message shows it."""
        return ".".join(self.codes) or "without a code"

    @property
    def side(self) -> FaultDomain | None:
        """Who has to act: the consumer for a request that is blamed, else the provider; None when it does not say."""
        known = {code.lower() for code in self.codes}
        if known & (SENDERS | UNAUTHORIZED):
            return FaultDomain.CONSUMER
        return FaultDomain.PROVIDER if known & RECEIVERS else None

    @property
    def reason(self) -> Reason:
        """Why the call failed."""
        is_refused = any(code.lower() in UNAUTHORIZED for code in self.codes)
        return Reason.UNAUTHORIZED if is_refused else Reason.SERVICE_FAULT


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that was read.

    Attributes:
        header: Its header blocks.
        body: What its body holds; empty for a fault.
        root: Its own element.
    """

    version: SoapVersion
    header: Sequence[Any]
    body: Sequence[Any]
    fault: Fault | None = None
    root: Any = None


def envelope(version: SoapVersion, header: Sequence[Any], body: Sequence[Any]) -> bytes:
    """Return an envelope as it is sent.

    Args:
        version: Of SOAP.
        header: Elements of lxml; without any there is no header.
        body: Elements of lxml.
    """
    space = version.namespace
    root = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    if header:
        etree.SubElement(root, f"{{{space}}}Header").extend(header)
    etree.SubElement(root, f"{{{space}}}Body").extend(body)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def elements_of(text: str) -> list[Any]:
    """Return the elements that configuration writes for an envelope.

    Raises:
        ValueError: There are none, or it is something else.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(f"<written>{text}</written>".encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError("write whole elements, with a namespace for each prefix") from None
    if any(part and part.strip() for part in (root.text, *(child.tail for child in root))):
        raise ValueError("there is text outside of its elements")
    return list(root)


def headers_for(version: SoapVersion, action: str) -> dict[str, str]:
    """Return the HTTP headers of a call (SOAP 1.1, 6.1.1; SOAP 1.2 part 2, 6.5.3)."""
    if version is SoapVersion.SOAP11:
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept": "text/xml"}
    more = f'; action="{action}"' if action else ""
    kind = "application/soap+xml"
    return {"Content-Type": f"{kind}; charset=utf-8{more}", "Accept": kind}


def root_part(answer: Answer) -> Answer:
    """Return an answer whose body is the SOAP message of it: the first part of several, or all of it.

    Raises:
        ProbeError: There should be parts, and there are none.
    """
    kind = answer.header("content-type") or ""
    if not kind.strip().lower().startswith("multipart/"):
        return answer
    named = _BOUNDARY.search(kind[:2000])
    limit = b"--" + (named[1] or named[2]).encode("utf-8", "replace") if named else b""
    parts = answer.body.split(limit, 2) if named else []
    if len(parts) < 3:
        raise ProbeError(Reason.CONTENT, "the answer has the type multipart, and no parts")
    part = parts[1].lstrip(b"\r\n")
    end = _HEAD_END.search(part, 0, LONGEST_HEAD)
    if end is None:
        raise ProbeError(Reason.CONTENT, "the first part of the answer has no end of its head")
    head, body = part[: end.start()], part[end.end() :]
    charset = [text for text in head.decode("latin-1").splitlines() if text.lower().startswith("content-type:")]
    headers = [pair for pair in answer.headers if pair[0] != "content-type"]
    stated = charset[0].partition(":")[2].strip() if charset else "text/xml"
    return replace(answer, body=body.rstrip(b"\r\n"), headers=(*headers, ("content-type", stated)))


def read_envelope(body: bytes) -> Envelope:
    """Return the envelope in the body of an answer.

    Raises:
        ProbeError: There is none (``Reason.CONTENT``), or it is too large.
    """
    root = read_xml(body)
    name = etree.QName(root)
    version = next((version for version, space in NAMESPACES.items() if space == name.namespace), None)
    if version is None or name.localname != "Envelope":
        raise ProbeError(Reason.CONTENT, "the body is XML, but no envelope of SOAP")
    space = f"{{{version.namespace}}}"
    found = root.find(f"{space}Body")
    if found is None:
        raise ProbeError(Reason.CONTENT, "the envelope has no body")
    header = root.find(f"{space}Header")
    if max(len(found), 0 if header is None else len(header)) > MOST_BLOCKS:
        raise ProbeError(Reason.TOO_LARGE, f"the envelope has more than {MOST_BLOCKS} blocks")
    blocks = () if header is None else tuple(header)
    fault = found.find(f"{space}Fault")
    if fault is not None:
        return Envelope(version, blocks, (), Fault(tuple(_codes(fault, version))), root)
    return Envelope(version, blocks, tuple(found), root=root)


def _codes(fault: Any, version: SoapVersion) -> list[str]:
    if version is SoapVersion.SOAP11:
        node = fault.find("faultcode")
        return [] if node is None else _readable(text_of(node))
    space = f"{{{version.namespace}}}"
    codes: list[str] = []
    code = fault.find(f"{space}Code")
    while code is not None and len(codes) < 5:
        value = code.find(f"{space}Value")
        codes += [] if value is None else _readable(text_of(value))
        code = code.find(f"{space}Subcode")
    return codes


def _readable(text: str) -> list[str]:
    code = text.strip()[-200:].rpartition(":")[2]
    return [part for part in code.split(".") if part][:5] if _CODE.fullmatch(code) else []
