"""Reads a WSDL and what it imports: the operations that it describes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree

from monitor.plugin import Answer, HttpOptions, ProbeError, Reason, TlsConfig, Vantage
from monitor.plugin.addresses import read_url
from monitor.plugin.http import REASONS, Fields, apart, read_xml

MOST_DOCUMENTS = 20
MOST_BYTES = 4 * 1024 * 1024
"""Of all documents together."""
MOST_OPERATIONS = 5000
NO_URL = "the WSDL imports what is no http or https URL"
WSDL11 = "http://schemas.xmlsoap.org/wsdl/"
WSDL20 = "http://www.w3.org/ns/wsdl"
XSD = "http://www.w3.org/2001/XMLSchema"
SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
ROOTS = (f"{{{WSDL11}}}definitions", f"{{{WSDL20}}}description")
OPERATIONS = (f"{{{WSDL11}}}portType/{{{WSDL11}}}operation", f"{{{WSDL20}}}interface/{{{WSDL20}}}operation")
IMPORTS = (
    (f"{{{WSDL11}}}import", "location"), (f"{{{WSDL20}}}import", "location"), (f"{{{WSDL20}}}include", "location"),
    (f"{{{XSD}}}import", "schemaLocation"), (f"{{{XSD}}}include", "schemaLocation"),
    (f"{{{XSD}}}redefine", "schemaLocation"),
)  # fmt: skip


@dataclass(slots=True)
class Description:
    """What a WSDL describes.

    Attributes:
        operations: Names.
        actions: The SOAPAction values of each operation's bindings.
        documents: How many documents were read.
    """

    operations: set[str] = field(default_factory=set)
    actions: dict[str, set[str]] = field(default_factory=dict)
    documents: int = 0

    def faults(self, operation: str, action: str) -> Iterator[str]:
        """Yield what the WSDL says otherwise than configuration does."""
        if not self.operations:
            yield "the WSDL has no operations"
        elif operation and operation not in self.operations:
            yield f"the WSDL has no operation {operation}"
        elif operation and action and (known := self.actions.get(operation)) and action not in known:
            yield f"the WSDL has another action for {operation} than {action}"


async def read_wsdl(url: str, fields: Fields, tls_config: TlsConfig, vantage: Vantage) -> Description:
    """Fetch a WSDL and all that it imports, each over a connection that the vantage vets.

    Args:
        url: Of the WSDL.
        fields: Headers, credentials included; sent to the origin of the WSDL only.
        tls_config: For that origin, too.
        vantage: Where we look from.

    Raises:
        ProbeError: It cannot be read, is too large, or leads where the monitor may not connect.
        OSError: There is no connection, or it broke.
    """
    found, waiting, seen, left = Description(), [url], {url}, MOST_BYTES
    while waiting:
        here = waiting.pop(0)
        answer = await _fetched(here, url, fields, tls_config, left, vantage)
        left = max(left - len(answer.body), 1)
        found.documents += 1
        take = partial(_take, found, answer.body, is_first=found.documents == 1)
        for location in await apart(answer.body, take):
            there = joined(answer.url, location)
            if there not in seen:
                if len(seen) == MOST_DOCUMENTS:
                    raise ProbeError(Reason.TOO_LARGE, f"the WSDL is made of more than {MOST_DOCUMENTS} documents")
                seen.add(there)
                waiting.append(there)
    return found


def joined(base: str, location: str) -> str:
    """Return the URL of a document that another one imports.

    Raises:
        ProbeError: It is none that a check could have: of another scheme, or with a name and a password.
    """
    try:
        return read_url(urldefrag(urljoin(base, location)).url)
    except ValueError:
        raise ProbeError(Reason.CONTENT, NO_URL) from None


async def _fetched(here: str, first: str, fields: Fields, tls_config: TlsConfig, most: int, vantage: Vantage) -> Answer:
    is_home = urlsplit(here)[:2] == urlsplit(first)[:2]
    options = HttpOptions(
        tls_config=tls_config if is_home else TlsConfig(ca_file=tls_config.ca_file), max_body=most, is_timed=False
    )
    try:
        answer = await vantage.http.request("GET", here, headers=fields if is_home else None, options=options)
    except ProbeError as error:
        if error.reason is Reason.PLUGIN and here != first:
            raise ProbeError(Reason.CONTENT, NO_URL) from error
        if error.reason is Reason.TOO_LARGE and error.detail.startswith("the body"):
            raise ProbeError(Reason.TOO_LARGE, f"the WSDL is over {MOST_BYTES} bytes") from error
        if error.reason is Reason.EGRESS and not is_home:
            words = f"the WSDL imports from {urlsplit(here).hostname}, where the monitor may not connect"
            remedy = "if it belongs there, add its network to egress.allow"
            raise ProbeError(Reason.REDIRECT, f"{words}; {remedy}") from error
        raise
    if not 200 <= answer.status < 300:
        what = "the WSDL" if here == first else "a document that the WSDL imports"
        raise ProbeError(REASONS.get(answer.status, Reason.STATUS), f"{what} answered {answer.status}, expected 2xx")
    return answer


def _take(found: Description, body: bytes, *, is_first: bool) -> list[str]:
    """Add what a document describes, and return the locations of what it imports."""
    try:
        root = read_xml(body)
    except ProbeError as error:
        raise ProbeError(error.reason, error.detail.replace("the body", "the WSDL")) from error
    if is_first and root.tag not in ROOTS:
        raise ProbeError(Reason.CONTENT, "what is there is XML, but no WSDL")
    for path in OPERATIONS:
        found.operations.update(node.get("name", "")[:200] for node in root.iterfind(path))
    if len(found.operations) > MOST_OPERATIONS:
        raise ProbeError(Reason.TOO_LARGE, f"the WSDL has more than {MOST_OPERATIONS} operations")
    for name, action in _actions(root):
        found.actions.setdefault(name, set()).add(action)
    places = (place for tag, key in IMPORTS for node in root.iter(tag) if (place := node.get(key)))
    return [*islice(dict.fromkeys(places), MOST_DOCUMENTS)]


def _actions(root: Any) -> Iterator[tuple[str, str]]:
    for node in root.iterfind(f"{{{WSDL11}}}binding/{{{WSDL11}}}operation"):
        for space in SOAP:
            bound: Mapping[str, str] | None = node.find(f"{{{space}}}operation")
            if bound is not None and (action := bound.get("soapAction")):
                yield node.get("name", "")[:200], action[:1000]


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of an operation."""
    try:
        etree.QName(text)
    except ValueError:
        return False
    return not text.startswith("{")
