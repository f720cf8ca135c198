"""What a WSDL or an XML schema promises, a line a promise, so that two of them can be compared."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from lxml import etree

from datashare_monitor_contract.promise import gathered, short
from monitor.plugin.http import read_xml

XSD = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
NAMED = {f"{XSD}{kind}" for kind in ("element", "attribute", "complexType", "simpleType", "group", "attributeGroup")}
FACETS = {
    f"{XSD}{kind}" for kind in ("enumeration", "pattern", "minLength", "maxLength", "minInclusive", "maxInclusive")
}


def of_schema(text: bytes) -> list[str]:
    """Return the promises of an XML schema, sorted.

    Raises:
        ValueError: It is none.
        ProbeError: It is no XML that can be read, or has too many promises.
    """
    root = read_xml(text)
    if root.tag != f"{XSD}schema":
        raise ValueError("no XML schema")
    return gathered(_of_types(root, ""))


def of_wsdl(text: bytes) -> list[str]:
    """Return the promises of a WSDL 1.1 document, those of its types among them, sorted.

    Raises:
        ValueError: It is none.
        ProbeError: It is no XML that can be read, or has too many promises.
    """
    root = read_xml(text)
    if root.tag != f"{WSDL}definitions":
        raise ValueError("no WSDL 1.1 document")
    types = (_of_types(schema, "") for schema in root.iterfind(f"{WSDL}types/{XSD}schema"))
    return gathered(chain(_of_operations(root), _of_messages(root), *types))


def _of_operations(root: Any) -> Iterator[str]:
    for port in root.iterfind(f"{WSDL}portType"):
        for operation in port.iterfind(f"{WSDL}operation"):
            name = short(f"operation {port.get('name')}.{operation.get('name')}")
            yield name
            for way in ("input", "output", "fault"):
                yield from (f"{name} {way} {_local(one.get('message'))}" for one in operation.iterfind(f"{WSDL}{way}"))


def _of_messages(root: Any) -> Iterator[str]:
    for message in root.iterfind(f"{WSDL}message"):
        for part in message.iterfind(f"{WSDL}part"):
            kind = _local(part.get("element") or part.get("type"))
            yield f"message {message.get('name')} part {part.get('name')}: {kind}"


def _of_types(parent: Any, path: str) -> Iterator[str]:
    """Yield what stands below an element, itself below the names of ``path``."""
    for node in parent:
        here = path
        if node.tag in NAMED:
            if name := node.get("name") or _local(node.get("ref")):
                here = short(f"{path}/{name}") if path else short(name)
            yield f"{here or '?'}: {_facts(node)}"
        elif node.tag in FACETS:
            yield f"{path or '?'} {etree.QName(node).localname} {str(node.get('value'))[:100]}"
        yield from _of_types(node, here)


def _facts(node: Any) -> str:
    facts = [_local(node.get("type") or node.get("ref")) or etree.QName(node).localname]
    facts += [f"{name}={node.get(name)}" for name in ("minOccurs", "maxOccurs", "use", "nillable") if node.get(name)]
    restriction = node.find(f"{XSD}restriction")
    if restriction is not None:
        facts.append(f"of {_local(restriction.get('base'))}")
    return " ".join(facts)


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
