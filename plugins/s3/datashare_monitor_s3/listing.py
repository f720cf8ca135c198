"""What a list of objects says, in XML. Keys are matched and forgotten: they are personal data as often as not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import unquote

from lxml import etree

from monitor.plugin import ProbeError
from monitor.plugin.http import read_xml

LONGEST_TOKEN = 8192
LONGEST_ERROR = 64 * 1024
MARKS_OF_ONE = 64
"""Tags, attributes or entities of one object: twice what any store writes. In memory a tag is thirty times its text."""
MARKS_BESIDE = 1000


@dataclass(frozen=True, slots=True)
class Object:
    """An object in a bucket."""

    key: str
    size: int
    made: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        token: What to ask for the next part with; empty when this is the last.
    """

    objects: tuple[Object, ...]
    token: str


def page(body: bytes, most: int) -> Page:
    """Read a ``ListBucketResult`` of at most so many objects.

    Raises:
        ValueError: It is none; no part of it is in the message.
    """
    if max(map(body.count, (b"<", b"=", b"&"))) > MARKS_BESIDE + MARKS_OF_ONE * most:
        raise ValueError(f"it has more to it than the {most} objects that were asked for")
    root = parsed(body)
    if etree.QName(root).localname != "ListBucketResult":
        raise ValueError("it has another root")
    is_encoded = root.findtext("{*}EncodingType") == "url"
    found = list(islice(root.iterfind("{*}Contents"), most + 1))
    if len(found) > most:
        raise ValueError(f"it has more than the {most} objects that were asked for")
    objects = tuple(_object(each, is_encoded=is_encoded) for each in found)
    token = root.findtext("{*}NextContinuationToken") or ""
    has_more = (root.findtext("{*}IsTruncated") or "").strip() == "true"
    if has_more and not 0 < len(token) <= LONGEST_TOKEN:
        raise ValueError("it has more, and no way to get it")
    return Page(objects, token if has_more else "")


def error_code(body: bytes) -> str:
    """Return the code of an ``Error``; empty when it is none."""
    try:
        return parsed(body[:LONGEST_ERROR]).findtext("{*}Code") or ""
    except ValueError:
        return ""


def parsed(body: bytes) -> etree._Element:
    """Parse XML without entities, DTDs and network.

    Raises:
        ValueError: It is no XML.
    """
    try:
        return read_xml(body)
    except ProbeError:
        raise ValueError("it is not XML that can be read") from None


def _object(element: etree._Element, *, is_encoded: bool) -> Object:
    key, size, made = (element.findtext(f"{{*}}{name}") for name in ("Key", "Size", "LastModified"))
    if key is None or size is None or made is None or not size.isdecimal() or len(size) > 18:
        raise ValueError("an object without key, size or time")
    try:
        moment = datetime.fromisoformat(made)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("the time of an object is none") from None
    return Object(unquote(key.replace("+", " ")) if is_encoded else key, int(size), moment)
