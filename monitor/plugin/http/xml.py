"""XML that targets send, read so that a hostile document costs little time and memory.

lxml reads it: it is in C, kept since 2005 and needs nothing else; defusedxml rests since 2021 and has no XPath.
"""

import re
from codecs import BOM_UTF8
from typing import Any

from lxml import etree

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

MOST_MARKS = 70_000
"""Tags and attributes: each takes up to 240 bytes of memory, whatever it takes in the document."""
MARK_BYTES = 50
"""What one takes at least where a check allows more than 4 MiB."""
ASCII = bytes(range(128))
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")
_DOCTYPE = re.compile(rb"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->))*+<!DOCTYPE", re.DOTALL)
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def read_xml(body: bytes) -> Any:
    """Return the root of an XML document: no entities, no DTD, nothing fetched, 256 levels and 70,000 marks at most.

    A DTD is refused before anything of it is read: 30,000 attribute lists keep libxml2 busy for ten seconds.

    Raises:
        ProbeError: It cannot be read (``Reason.CONTENT``), or has too many tags and attributes (``Reason.TOO_LARGE``).
    """
    text, encoding = _encoded(body)
    if _DOCTYPE.match(text):
        raise ProbeError(Reason.CONTENT, "the body is XML with a DOCTYPE, which is not read")
    most = max(MOST_MARKS, len(text) // MARK_BYTES)
    if text.count(b"<") + text.count(b"=") > most:
        raise ProbeError(Reason.TOO_LARGE, f"the body is XML with more than {most:,} tags and attributes")
    try:
        # Named, the encoding is the one that was looked through above, whatever the document says of itself.
        parser = etree.XMLParser(
            encoding=encoding, resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True,
            huge_tree=False, remove_comments=True, remove_pis=True, collect_ids=False,
        )  # fmt: skip
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        words = "it is not well-formed" if isinstance(error, etree.XMLSyntaxError) else "of its encoding"
        raise ProbeError(Reason.CONTENT, f"the body is not XML that can be read: {words}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ProbeError(Reason.CONTENT, "the body is XML with a DOCTYPE, which is not read")
    return root


def _encoded(body: bytes) -> tuple[bytes, str]:
    """Return a document in an encoding that writes ASCII as ASCII does, and its name.

    Raises:
        ProbeError: It is in none that can be brought there.
    """
    try:
        if wide := _UTF16.get(body[:2]):
            return body.decode(wide).encode(), "utf-8"
        text = body.removeprefix(BOM_UTF8)
        found = _DECLARED.match(text)
        name = found[1].decode() if found else "utf-8"
        if ASCII.decode(name) == ASCII.decode("ascii"):
            return text, name
    except (ValueError, LookupError):
        pass
    raise ProbeError(Reason.CONTENT, "the body is not XML that can be read: of its encoding")
