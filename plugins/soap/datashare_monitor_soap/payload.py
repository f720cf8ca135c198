"""XML that configuration writes for the envelope, with secrets in it."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from monitor.plugin import ProbeError, Reason, Secret
from monitor.plugin.http.soap import elements_of

LONGEST = 64 * 1024
_PLACE = re.compile(r"\{secret:([A-Za-z0-9_-]{1,40})\}")
_QUOTES = {'"': "&quot;", "'": "&apos;"}
Reveal = Callable[[Secret], str]


def check_payload(option: str, text: str, secrets: Mapping[str, Secret]) -> None:
    """Return if it is XML that can stand in an envelope, and names no secret that is not there.

    Raises:
        ValueError: It is not.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{option} has {len(text)} characters, at most {LONGEST}")
    for name in _PLACE.findall(text):
        if name not in secrets:
            raise ValueError(f"{option}: there is no secret {name}; write it under secrets")
    try:
        elements_of(_PLACE.sub("x", text))
    except ValueError as error:
        raise ValueError(f"{option} is not XML that can stand in an envelope: {error}") from None


def elements(text: str, secrets: Mapping[str, Secret], reveal: Reveal) -> list[Any]:
    """Return the elements, with secrets where ``{secret:NAME}`` stands, escaped as XML has it.

    Raises:
        ProbeError: A secret cannot be read, or cannot stand in XML.
    """
    try:
        return elements_of(_PLACE.sub(lambda found: escape(reveal(secrets[found[1]]), _QUOTES), text))
    except ValueError:
        raise ProbeError(Reason.SECRET, "a secret holds a character that XML cannot") from None


def names_secrets(text: str) -> bool:
    """Tell whether a text has a place for a secret."""
    return _PLACE.search(text) is not None
