"""YAML as a person would write it: in braces what fits on a line, in lines of its own what does not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from monitor.demo.entry import Entry, Yaml

WIDTH = 118
PLAIN = re.compile(r"[^\W\d_](?:[\w/.()=-]| (?=[\w(]))*|\d+(?:ms|s|m|h|d)|\d{4}-\d\d-\d\d \d\d:\d\d")
"""Text that needs no quotes, wherever it stands."""
SPOKEN_FOR = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
ALONE = frozenset({"programme", "systems", "connections", "contacts", "defaults", "templates"})
"""Keys whose entries have a line each, even when they are short."""


def text(document: Entry) -> str:
    """Return a mapping as YAML, a line or more for each of its keys."""
    return "\n".join(_mapping(document, "")) + "\n"


def _mapping(value: Entry, indent: str) -> Iterator[str]:
    for key, each in value.items():
        inline = f"{indent}{key}: {_inline(each)}"
        if not isinstance(each, Mapping | list) or (key not in ALONE and len(inline) <= WIDTH):
            yield inline
        elif isinstance(each, Mapping):
            yield f"{indent}{key}:"
            yield from _mapping(each, indent + "  ")
        else:
            yield f"{indent}{key}:"
            yield from _sequence(each, indent + "  ", is_open=key in ALONE)


def _sequence(value: Sequence[Yaml], indent: str, *, is_open: bool = False) -> Iterator[str]:
    for each in value:
        inline = f"{indent}- {_inline(each)}"
        if not isinstance(each, Mapping) or (len(inline) <= WIDTH and not (is_open and len(each) > 5)):
            yield inline
            continue
        lines = list(_mapping(each, indent + "  "))
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]


def _inline(value: Yaml) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(value: str) -> str:
    if PLAIN.fullmatch(value) and value.lower() not in SPOKEN_FOR:
        return value
    if "\\" in value or '"' in value:
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=False)
