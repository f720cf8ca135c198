"""An answer in several parts (RFC 2046), taken apart without looking into them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from monitor.plugin import ProbeError, Reason

MOST_PARTS = 8
MOST_HEAD = 8192
BOUNDARY = re.compile(r"""boundary="?([A-Za-z0-9'()+_,./:=? -]{1,70})"?""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    Attributes:
        identity: Its Content-ID, without angle brackets; empty without one.
        content_type: In lower case, without parameters.
    """

    identity: str
    content_type: str
    body: memoryview


def parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a body.

    Raises:
        ProbeError: It has none, or too many, or is not closed.
    """
    found = BOUNDARY.search(content_type)
    if found is None:
        raise ProbeError(Reason.CONTENT, "the answer is multipart and names no boundary")
    delimiter = b"--" + found[1].rstrip().encode()
    return [*_parts(memoryview(body), body, delimiter)]


def _parts(view: memoryview, body: bytes, delimiter: bytes) -> Iterator[Part]:
    start = 0 if body.startswith(delimiter) else body.find(b"\r\n" + delimiter) + 2
    if start == 1:
        raise ProbeError(Reason.CONTENT, "the answer is multipart and has no parts")
    for _ in range(MOST_PARTS):
        start += len(delimiter)
        if body.startswith(b"--", start):
            return
        head_end = body.find(b"\r\n\r\n", start, start + MOST_HEAD)
        end = body.find(b"\r\n" + delimiter, start)
        if head_end < 0 or end < 0:
            raise ProbeError(Reason.CONTENT, "a part of the answer is cut off")
        headers = _headers(body[start:head_end])
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        yield Part(
            headers.get("content-id", "").strip().strip("<>"), content_type, view[head_end + 4 : max(end, head_end + 4)]
        )
        start = end + 2
    raise ProbeError(Reason.CONTENT, f"the answer has more than {MOST_PARTS} parts")


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def referred(reference: str, found: list[Part]) -> Part:
    """Return the part that a ``cid:`` reference means (RFC 2392).

    Raises:
        ProbeError: There is none.
    """
    identity = unquote(reference.strip().removeprefix("cid:"))
    for part in found:
        if identity and part.identity == identity:
            return part
    raise ProbeError(Reason.CONTENT, "the answer refers to a part that it does not have")
