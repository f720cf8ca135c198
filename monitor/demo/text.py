"""YAML as a person would write it: in braces what fits on a line, in lines of its own what does not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from textwrap import wrap

from monitor.demo.entry import Entry, Yaml
from monitor.sinks.printable import printable

WIDTH = 118
PLAIN = re.compile(r"[^\W\d_](?:[\w/.()=-]| (?=[\w(]))*|\d+(?:ms|s|m|h|d)|\d{4}-\d\d-\d\d \d\d:\d\d")
"""Text that needs no quotes, wherever it stands."""
PLAIN_KEY = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
SPOKEN_FOR = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
ALONE = frozenset({"programme", "systems", "connections", "contacts", "defaults", "templates"})
"""Keys whose entries have a line each, even when they are short."""


class Remarked(dict[str, Yaml]):
    """A mapping in a list, with remarks that stand above it as comments, a line each."""

    def __init__(self, entry: Entry, *remarks: str) -> None:
        super().__init__(entry)
        self.remarks = remarks


def comment(remark: str, indent: str = "") -> Iterator[str]:
    """Yield a remark as the lines of a comment, whatever is in it."""
    start = f"{indent}# "
    yield from wrap(
        printable(remark), WIDTH, initial_indent=start, subsequent_indent=f"{start}  ", break_on_hyphens=False
    )


def text(document: Entry) -> str:
    """Return a mapping as YAML, a line or more for each of its keys."""
    return "\n".join(_mapping(document, "")) + "\n"


def _mapping(value: Entry, indent: str) -> Iterator[str]:
    for key, each in value.items():
        name = _key(key)
        inline = f"{indent}{name}: {_inline(each)}"
        fits = key not in ALONE and len(inline) <= WIDTH and not _has_remarks(each)
        if not isinstance(each, Mapping | list) or fits:
            yield inline
        elif isinstance(each, Mapping):
            yield f"{indent}{name}:"
            yield from _mapping(each, indent + "  ")
        else:
            yield f"{indent}{name}:"
            yield from _sequence(each, indent + "  ", is_open=key in ALONE)


def _sequence(value: Sequence[Yaml], indent: str, *, is_open: bool = False) -> Iterator[str]:
    for each in value:
        for remark in each.remarks if isinstance(each, Remarked) else ():
            yield from comment(remark, indent)
        inline = f"{indent}- {_inline(each)}"
        is_short = len(inline) <= WIDTH and not _has_remarks(each)
        if not isinstance(each, Mapping) or (is_short and not (is_open and len(each) > 5)):
            yield inline
            continue
        lines = list(_mapping(each, indent + "  "))
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]


def _inline(value: Yaml) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(value) if isinstance(value, str) else str(value)


def _has_remarks(value: Yaml) -> bool:
    """Tell whether a remark stands somewhere below: what has one takes lines of its own."""
    if isinstance(value, Mapping):
        return any(_has_remarks(each) for each in value.values())
    return isinstance(value, list) and any(isinstance(each, Remarked) or _has_remarks(each) for each in value)


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) and key.lower() not in SPOKEN_FOR else json.dumps(key)


def _quoted(value: str) -> str:
    if PLAIN.fullmatch(value) and value.lower() not in SPOKEN_FOR:
        return value
    if ("\\" in value or '"' in value) and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value, ensure_ascii=False)
