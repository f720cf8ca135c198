"""JSON that targets send, read so that a hostile document costs little time and memory."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

Found = TypeVar("Found")

INLINE_BYTES = 64 * 1024
"""A longer body is read in a thread, so that nobody waits for it."""
MOST_CONTAINERS = 100_000
MOST_VALUES = 400_000
"""Python needs 60 times the memory of a document of empty lists, and nothing else runs while it is read."""
CONTAINER_BYTES, VALUE_BYTES = 40, 10
"""What a list or object, and a value, take at least where a check allows more than 4 MiB."""


async def apart(body: bytes, read: Callable[[], Found]) -> Found:
    """Return what the reading of a body comes to: in a thread when the body is long, else at once."""
    return await asyncio.to_thread(read) if len(body) > INLINE_BYTES else read()


def read_json(body: bytes, name: str = "the body", encoding: str = "") -> Any:
    """Return a JSON document (RFC 8259) of 100,000 lists and objects, and 400,000 values, at most.

    One of more than 4 MiB may have more: one of them in each 40 bytes, and in each 10.

    Args:
        body: In UTF-8, UTF-16 or UTF-32, or in ``encoding`` and nothing else.
        name: What messages call it.
        encoding: Known beforehand; told from how the body begins when empty.

    Raises:
        ProbeError: It cannot be read (``Reason.CONTENT``), or has more of them (``Reason.TOO_LARGE``).
    """
    most = max(MOST_CONTAINERS, len(body) // CONTAINER_BYTES)
    if body.count(b"[") + body.count(b"{") > most:
        raise ProbeError(Reason.TOO_LARGE, f"{name} is JSON with more than {most:,} lists and objects")
    most = max(MOST_VALUES, len(body) // VALUE_BYTES)
    if body.count(b",") > most:
        raise ProbeError(Reason.TOO_LARGE, f"{name} is JSON with more than {most:,} values")
    try:
        return _STRICT.decode(body.decode(encoding or json.detect_encoding(body)))
    except (ValueError, RecursionError) as error:
        raise ProbeError(Reason.CONTENT, f"{name} is not JSON that can be read: {why(error)}") from None


def refused_constant(name: str) -> float:
    """Refuse what Python's reader takes for a number and JSON does not."""
    raise ValueError(f"{name} is no number of JSON")


_STRICT = json.JSONDecoder(parse_constant=refused_constant)


def why(error: Exception) -> str:
    """Return in a few words, and without the document, why it cannot be read."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at character {error.pos}"
    return "it is not in Unicode" if isinstance(error, UnicodeError) else "it holds a number that is none or too long"
