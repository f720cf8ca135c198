"""Header fields and methods, judged when configuration is read rather than when they are sent."""

import re
from collections.abc import Iterable
from typing import Annotated

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

Fields = tuple[tuple[str, str], ...]

METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH",
)  # fmt: skip
FRAMING = frozenset({"content-length", "transfer-encoding", "proxy-connection", "upgrade", "te", "trailer", "expect"})
"""What the monitor writes itself: two opinions about where a message ends are a hole."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_method(method: str) -> None:
    """Return if the method is a known one.

    Raises:
        ValueError: It is not.
    """
    if method not in METHODS:
        near = method.upper()
        hint = f"; write {near}" if near in METHODS else f"; known: {', '.join(METHODS)}"
        raise ValueError(f'"{method[:30]}" is no method of HTTP{hint}')


def read_method(value: object) -> str:
    """Return the method that a scalar of a configuration file names.

    Raises:
        ValueError: It names none.
    """
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no method of HTTP; known: {', '.join(METHODS)}")  # noqa: TRY004 - for the operator
    check_method(value)
    return value


Method = Annotated[str, Scalar(read_method, {"type": "string", "enum": [*METHODS]})]
"""A method of HTTP."""


def check_names(option: str, names: Iterable[str]) -> None:
    """Return if these can be the names of headers of one request.

    Raises:
        ValueError: One cannot, or is there twice.
    """
    seen = set()
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f'{option}: "{name[:30]}" is no name of a header')
        if name.lower() in FRAMING:
            raise ValueError(f"{option}: the header {name} is written by the monitor; leave it out")
        if name.lower() in seen:
            raise ValueError(f"{option}: the header {name} is there twice; write it once")
        seen.add(name.lower())


def check_values(option: str, fields: Iterable[tuple[str, str]]) -> None:
    """Return if no value would end its header.

    Raises:
        ValueError: One would; it is not quoted.
    """
    for name, value in fields:
        if _FORBIDDEN.search(value):
            raise ValueError(f"{option}: the value of {name} holds a line break or control character; leave it out")


def sendable(fields: Fields) -> Fields:
    """Return the fields that secrets are part of, once they are known not to break the head.

    Raises:
        ProbeError: A secret holds a line break or control character (``Reason.SECRET``); it is not quoted.
    """
    for name, text in fields:
        if _FORBIDDEN.search(text):
            words = f"the secret for the header {name} holds a line break or control character"
            raise ProbeError(Reason.SECRET, words)
    return fields
