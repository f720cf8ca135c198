"""What a dataclass of a plugin says of itself and of its fields, in docstrings of Google's style."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

SECTION = re.compile(r"^(\w+):$", re.MULTILINE)
ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*(?:\n {5,}.*)*)", re.MULTILINE)


def first_line(told: type[Any]) -> str:
    """Return the sentence a class begins with; empty when its author wrote none."""
    return _text(told).partition("\n")[0]


def prose(told: type[Any]) -> tuple[str, ...]:
    """Return the paragraphs between the first line and the first section, each on one line."""
    paragraphs = SECTION.split(_text(told))[0].partition("\n")[2].split("\n\n")
    return tuple(flat for paragraph in paragraphs if (flat := _flat(paragraph)))


def attributes(told: type[Any]) -> Mapping[str, str]:
    """Return what is said of fields, by their names."""
    sections = SECTION.split(_text(told))
    entries = dict(zip(sections[1::2], sections[2::2], strict=True)).get("Attributes", "")
    return {name: _flat(text) for names, text in ENTRY.findall(entries) for name in names.split(", ")}


def _text(told: type[Any]) -> str:
    written = told.__dict__.get("__doc__") or ""
    is_made_by_python = written.startswith(f"{told.__name__}(") or written == "An enumeration."
    return "" if is_made_by_python else inspect.cleandoc(written).replace("``", "")


def _flat(text: str) -> str:
    return " ".join(text.split())
