"""YAML text to values and their places; what could blow up is refused on the event stream, before it is built."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out

from monitor.config.place import Node, Place
from monitor.config.problem import Problem
from monitor.config.scalar import plain
from monitor.config.text import CONTROL

MOST_DEPTH = 32
MOST_ALIASES = 1_000
MOST_VALUES = 2_000_000
"""With aliases counted as often as they are used."""
RAW = frozenset({"send", "expect_bytes"})
"""What goes to a target as it is, or comes from it: any byte, where YAML's escapes write it."""

REMEDIES = {
    "mapping values are not allowed": '; put quotes around text with ": " in it',
    "cannot start any token": "; put quotes around text that begins with @, ` or %",
    "found unexpected end of stream": "; a closing quote is missing",
    "could not find expected ':'": "; write a space behind the colon",
    "unknown escape character": "; in single quotes a backslash is nothing but a backslash",
    "flow": "; look for a missing bracket, brace or comma",
    "did not find expected key": "; look at the indentation, and for a missing quote",
    "did not find expected '-' indicator": "; look at the indentation",
}

SPACES = {
    "\t": "a tab cannot indent YAML; write spaces",
    "\u00a0": "a no-break space cannot indent YAML; type plain spaces instead",
}


def parsed(file: str, text: str) -> tuple[Node | None, list[Problem]]:
    """Return the one document of a file, None when it cannot be read, and what is wrong with its YAML."""
    reading = _Reading(CParser(text), file)
    try:
        node = reading.document()
    except _RefusedError as error:
        return None, [*reading.problems, error.problem]
    except yaml.MarkedYAMLError as error:
        return None, [*reading.problems, _syntax(file, text, error)]
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        return None, [*reading.problems, Problem(file=file, message=f"not YAML: {said}")]
    return node, reading.problems


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(slots=True)
class _Reading:
    parser: Any
    file: str
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Any, Place, int, int]] = field(default_factory=dict)
    aliases: int = 0
    values: int = 0
    deepest: int = 0

    def document(self) -> Node:
        self.parser.get_event()  # the start of the stream
        start = self.parser.get_event()
        if isinstance(start, yaml.StreamEndEvent):
            self.refuse(start, "the file is empty")
        value, place = self.value(self.parser.get_event(), 0, (0, 0))
        self.parser.get_event()  # the end of the document
        another = self.parser.get_event()
        if not isinstance(another, yaml.StreamEndEvent):
            self.refuse(another, "a second document begins here; one file holds one")
        return Node(self.file, (), value, place)

    def value(self, event: Any, depth: int, key: tuple[int, int], *, is_raw: bool = False) -> tuple[Any, Place]:
        self.values += 1
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event, depth, key)
        if event.tag is not None:
            self.refuse_tag(event)
        if kind is not yaml.ScalarEvent:
            return self.collection(event, depth, key)
        is_raw = is_raw and event.anchor is None  # an alias would carry it elsewhere
        if event.style == '"' and not is_raw and CONTROL.search(event.value):
            self.refuse(event, "the text holds a control character; leave it out")
        value = plain(event.value) if event.implicit[0] else event.value
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1, *key)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, place, 1, 0)
        return value, place

    def collection(self, event: Any, depth: int, key: tuple[int, int]) -> tuple[Any, Place]:
        if depth >= MOST_DEPTH:
            self.refuse(event, f"nested more than {MOST_DEPTH} deep")
        if self.values > MOST_VALUES:
            self.refuse(event, f"more than {MOST_VALUES:,} values; split the file")
        before, outside, self.deepest = self.values, self.deepest, depth + 1
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)
        collect = self.mapping if type(event) is yaml.MappingStartEvent else self.sequence
        value, children = collect(depth + 1)
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1, *key, children)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, place, self.values - before + 1, self.deepest - depth)
        self.deepest = max(self.deepest, outside)
        return value, place

    def mapping(self, depth: int) -> tuple[dict[str, Any], dict[str, Place]]:
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        get_event = self.parser.get_event
        while type(event := get_event()) is not yaml.MappingEndEvent:
            name = self.key(event)
            mark = event.start_mark
            key = (mark.line + 1, mark.column + 1)
            if name in values:
                first = places[name]
                self.problem(event, f'the key "{name[:60]}" is already at line {first.key_line}; keep one of them')
            values[name], places[name] = self.value(get_event(), depth, key, is_raw=name in RAW)
        return values, places

    def sequence(self, depth: int) -> tuple[list[Any], list[Place]]:
        values: list[Any] = []
        places: list[Place] = []
        get_event = self.parser.get_event
        while type(event := get_event()) is not yaml.SequenceEndEvent:
            value, place = self.value(event, depth, (0, 0))
            values.append(value)
            places.append(place)
        return values, places

    def key(self, event: Any) -> str:
        if type(event) is not yaml.ScalarEvent:
            self.refuse(event, "a key is a plain word; put quotes around anything else")
        if event.tag is not None:
            self.refuse_tag(event)
        name: str = event.value
        if name == "<<" and event.implicit[0]:
            self.refuse(event, "merge keys (<<) are not read; write a template and use it")
        if not name:
            self.refuse(event, "a key is missing before the colon")
        return name

    def alias(self, event: Any, depth: int, key: tuple[int, int]) -> tuple[Any, Place]:
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            self.refuse(event, f"more than {MOST_ALIASES:,} aliases; write a template and use it")
        if event.anchor not in self.anchors:
            self.refuse(event, f"the alias *{event.anchor[:60]} has no finished anchor before it")
        value, place, size, height = self.anchors[event.anchor]
        self.values += size
        self.deepest = max(self.deepest, depth + height)
        if self.deepest > MOST_DEPTH:
            self.refuse(event, f"aliases nest more than {MOST_DEPTH} deep")
        if self.values > MOST_VALUES:
            self.refuse(event, f"aliases make more than {MOST_VALUES:,} values of this file")
        mark = event.start_mark
        return value, Place(mark.line + 1, mark.column + 1, *key, place.children)

    def problem(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(file=self.file, line=mark.line + 1, column=mark.column + 1, message=message))

    def refuse(self, event: Any, message: str) -> None:
        self.problem(event, message)
        raise _RefusedError(self.problems.pop())

    def refuse_tag(self, event: Any) -> None:
        self.refuse(event, f"the tag {event.tag[:60]} is not read; put quotes around text and leave tags out")


def _syntax(file: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    said = " ".join(f"{error.context or ''} {error.problem or ''}".split())
    has_no_colon = "could not find expected ':'" in said  # it is noticed only on the line below
    mark = (error.context_mark if has_no_colon else error.problem_mark) or error.context_mark or error.problem_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    for number in range(max(0, line - 1), min(line + 1, len(lines))):
        indent = lines[number][: -len(lines[number].lstrip()) or None]
        for space, message in SPACES.items():
            if space in indent:
                return Problem(file=file, line=number + 1, column=indent.index(space) + 1, message=message)
    remedy = _remedy(said, lines[line] if line < len(lines) else "")
    return Problem(file=file, line=line + 1, column=column + 1, message=f"not YAML: {said}{remedy}")


def _remedy(said: str, here: str) -> str:
    if "“" in here or "”" in here:
        return '; “ ” are not quotes here, write "…"'
    if "mapping values are not allowed" in said and f"{here} ".count(": ") == 1:
        return "; this line stands too far to the right, or too far to the left"
    return next((remedy for symptom, remedy in REMEDIES.items() if symptom in said), "")
