"""What a WSDL or an XML schema promises, a line a promise, so that two of them can be compared."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
NAMED = {f"{XSD}{kind}" for kind in ("element", "attribute", "complexType", "simpleType", "group", "attributeGroup")}
FACETS = {
    f"{XSD}{kind}" for kind in ("enumeration", "pattern", "minLength", "maxLength", "minInclusive", "maxInclusive")
}


def parsed(text: bytes) -> Any:
    """Return the root of a document; entities and what is elsewhere are left alone.

    Raises:
        ValueError: It is no XML, or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError("no XML") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("it has a document type, which neither WSDL nor XSD needs")
    return root


def of_schema(text: bytes) -> list[str]:
    """Return the promises of an XML schema, sorted.

    Raises:
        ValueError: It is none.
    """
    root = parsed(text)
    if root.tag != f"{XSD}schema":
        raise ValueError("no XML schema")
    return sorted(set(_of_types(root)))


def of_wsdl(text: bytes) -> list[str]:
    """Return the promises of a WSDL 1.1 document, those of its types among them, sorted.

    Raises:
        ValueError: It is none.
    """
    root = parsed(text)
    if root.tag != f"{WSDL}definitions":
        raise ValueError("no WSDL 1.1 document")
    return sorted(
        {
            *_of_operations(root),
            *_of_messages(root),
            *(one for each in root.iter(f"{XSD}schema") for one in _of_types(each)),
        }
    )


def _of_operations(root: Any) -> Iterator[str]:
    for port in root.iter(f"{WSDL}portType"):
        for operation in port.iter(f"{WSDL}operation"):
            name = f"operation {port.get('name')}.{operation.get('name')}"
            yield name
            for way in ("input", "output", "fault"):
                yield from (f"{name} {way} {_local(one.get('message'))}" for one in operation.iter(f"{WSDL}{way}"))


def _of_messages(root: Any) -> Iterator[str]:
    for message in root.iter(f"{WSDL}message"):
        for part in message.iter(f"{WSDL}part"):
            kind = _local(part.get("element") or part.get("type"))
            yield f"message {message.get('name')} part {part.get('name')}: {kind}"


def _of_types(schema: Any) -> Iterator[str]:
    for node in schema.iter():
        if node.tag in NAMED:
            yield f"{_path(node)}: {_facts(node)}"
        elif node.tag in FACETS:
            yield f"{_path(node)} {etree.QName(node).localname} {str(node.get('value'))[:100]}"


def _facts(node: Any) -> str:
    facts = [_local(node.get("type") or node.get("ref")) or etree.QName(node).localname]
    facts += [f"{name}={node.get(name)}" for name in ("minOccurs", "maxOccurs", "use", "nillable") if node.get(name)]
    restriction = node.find(f"{XSD}restriction")
    if restriction is not None:
        facts.append(f"of {_local(restriction.get('base'))}")
    return " ".join(facts)


def _path(node: Any) -> str:
    names = [one.get("name") or _local(one.get("ref")) for one in (node, *node.iterancestors()) if one.tag in NAMED]
    return "/".join(reversed([name for name in names if name])) or "?"


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
