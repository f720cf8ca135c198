"""Texts with places for what a pattern matched, as Go's ``Regexp.Expand`` fills them."""

import re
from collections.abc import Iterator
from typing import Any

from monitor.plugin import Pattern

PLACE = re.compile(r"\$\$|\$(?:(\w+)|\{(\w+)\})", re.ASCII)


def filled(text: str, match: Any) -> str:
    """Return the text with ``${1}``, ``$1`` or ``${name}`` replaced by what the group matched, and ``$$`` by ``$``."""

    def group(place: re.Match[str]) -> str:
        name = named(place)
        if not name:
            return "$"
        return match[int(name) if name.isdigit() else name] or ""

    return PLACE.sub(group, text)


def unknown_groups(text: str, pattern: Pattern) -> Iterator[str]:
    """Yield the places of a text that the pattern has no group for."""
    known = pattern.groups
    for place in PLACE.finditer(text):
        name = named(place)
        if name and (str(int(name)) if name.isdigit() else name) not in known:
            yield place[0]


def named(place: re.Match[str]) -> str:
    """Return the number or name of a place's group; nothing for ``$$``."""
    return place[1] or place[2] or ""
