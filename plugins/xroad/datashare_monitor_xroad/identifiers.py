"""Identifiers of X-Road as configuration writes them: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``."""

from typing import Any
from urllib.parse import quote

from lxml import etree

ROAD = "http://x-road.eu/xsd/xroad.xsd"
IDS = "http://x-road.eu/xsd/identifiers"
LONGEST = 255
NAMES = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")

Parts = tuple[str, ...]


def client_id(option: str, text: str) -> Parts:
    """Return the parts of a member or subsystem.

    Raises:
        ValueError: There are more or fewer than three or four.
    """
    return _parts(option, text, (3, 4), "INSTANCE/CLASS/MEMBER or INSTANCE/CLASS/MEMBER/SUBSYSTEM")


def service_id(option: str, text: str) -> Parts:
    """Return the parts of a service, its code the last of them.

    Raises:
        ValueError: There are more or fewer than four or five.
    """
    return _parts(option, text, (4, 5), "INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE, with or without the subsystem")


def server_id(option: str, text: str) -> Parts:
    """Return the parts of a security server, its code the last of them.

    Raises:
        ValueError: There are more or fewer than four.
    """
    return _parts(option, text, (4,), "INSTANCE/CLASS/MEMBER/SERVER")


def encoded(parts: Parts) -> str:
    """Return an identifier as a URL or a header has it (PR-REST, 4.2): each part for itself."""
    return "/".join(quote(part, safe="") for part in parts)


def client_element(name: str, parts: Parts) -> Any:
    """Return a header block that names a client."""
    kind = "SUBSYSTEM" if len(parts) == 4 else "MEMBER"
    return _element(name, kind, list(zip(NAMES, parts, strict=False)))


def service_element(parts: Parts, version: str = "") -> Any:
    """Return the header block that names the service."""
    names = [*zip(NAMES, parts[:-1], strict=False), ("serviceCode", parts[-1])]
    return _element("service", "SERVICE", [*names, ("serviceVersion", version)] if version else names)


def server_element(parts: Parts) -> Any:
    """Return the header block that names the security server."""
    return _element("securityServer", "SERVER", list(zip((*NAMES[:3], "serverCode"), parts, strict=True)))


def _parts(option: str, text: str, counts: tuple[int, ...], form: str) -> Parts:
    parts = tuple(text.split("/"))
    is_good = all(part and part.isprintable() and part == part.strip() and len(part) <= LONGEST for part in parts)
    if len(parts) not in counts or not is_good:
        raise ValueError(f'{option}: "{text[:60]}" is no identifier; write {form}')
    return parts


def _element(name: str, kind: str, children: list[tuple[str, str]]) -> Any:
    root = etree.Element(f"{{{ROAD}}}{name}", nsmap={"xroad": ROAD, "id": IDS})
    root.set(f"{{{IDS}}}objectType", kind)
    for child, text in children:
        etree.SubElement(root, f"{{{IDS}}}{child}").text = text
    return root
