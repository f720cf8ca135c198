"""The head of a request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from monitor.network.hostname import shown
from monitor.network.weburl import WebUrl
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

Fields = tuple[tuple[str, str], ...]

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""RFC 9110, 5.5: a line break in a value would be a header of its own."""
FRAMING = frozenset({"content-length", "transfer-encoding", "proxy-connection", "upgrade", "te", "trailer", "expect"})
"""Ours to write: two opinions about where a message ends are a hole."""
AUTOMATIC = (
    ("user-agent", "User-Agent: datashare-monitor\r\n"),
    ("accept", "Accept: */*\r\n"),
    ("connection", "Connection: close\r\n"),
)
COMPRESSION = "Accept-Encoding: gzip, deflate\r\n"
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
NOTHING: frozenset[str] = frozenset()


def checked(headers: Mapping[str, str] | Sequence[tuple[str, str]] | None) -> Fields:
    """Return the caller's headers, once they are known to be headers.

    Raises:
        ProbeError: A name or a value would break the head (``Reason.PLUGIN``); a value is never quoted.
    """
    if not headers:
        return ()
    fields = tuple(headers.items() if isinstance(headers, Mapping) else headers)
    for name, value in fields:
        if not TOKEN.fullmatch(name):
            raise ProbeError(Reason.PLUGIN, f"{shown(name)} is not a header name")
        if FORBIDDEN.search(value):
            raise ProbeError(Reason.PLUGIN, f"the value of the header {name} holds a line break or control character")
        if name.lower() in FRAMING:
            raise ProbeError(Reason.PLUGIN, f"the header {name} is written by the monitor; leave it out")
    return fields


@lru_cache(maxsize=256)
def automatic(given: frozenset[str], decompress: bool) -> str:  # noqa: FBT001
    """Return the header lines that go with every request unless the caller gave them."""
    lines = "".join(line for name, line in AUTOMATIC if name not in given)
    return lines + COMPRESSION if decompress and "accept-encoding" not in given else lines


def head(
    method: str, url: WebUrl, fields: Fields, body: bytes | None, *, decompress: bool, form: str | None = None
) -> bytes:
    """Return the bytes of a request's head; proxies want another ``form`` of the target than its path.

    Raises:
        ProbeError: The method is none (``Reason.PLUGIN``).
    """
    if not TOKEN.fullmatch(method):
        raise ProbeError(Reason.PLUGIN, f"{shown(method)} is not an HTTP method")
    if not fields and body is None and not url.authorization and method not in WITH_BODY:  # nearly every probe
        always = automatic(NOTHING, decompress)
        return f"{method} {form or url.path} HTTP/1.1\r\nHost: {url.authority}\r\n{always}\r\n".encode()
    given = frozenset(name.lower() for name, _ in fields)
    parts = [f"{method} {form or url.path} HTTP/1.1\r\n"]
    if "host" not in given:
        parts.append(f"Host: {url.authority}\r\n")
    parts.append(automatic(given, decompress))
    parts.extend(f"{name}: {value}\r\n" for name, value in fields)
    if url.authorization and "authorization" not in given:
        parts.append(f"Authorization: {url.authorization}\r\n")
    if body is not None or method in WITH_BODY:
        parts.append(f"Content-Length: {len(body or b'')}\r\n")
    parts.append("\r\n")
    return "".join(parts).encode()


def without(fields: Fields, names: Iterable[str]) -> Fields:
    """Return the fields except those of the lower-case names given."""
    return tuple((name, value) for name, value in fields if name.lower() not in names)
