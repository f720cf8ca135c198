"""YAML text to values and their places; what could blow up is refused on the event stream, before it is built."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out

from monitor.config.place import Node, Place
from monitor.config.problem import Problem
from monitor.config.scalar import plain
from monitor.config.syntax import syntax_problem
from monitor.config.text import CONTROL

MOST_DEPTH = 32
MOST_ALIASES = 1_000
MOST_VALUES = 2_000_000
"""With aliases counted as often as they are used."""
MERGE = "<<"
RAW = frozenset({"send", "expect_bytes"})
"""What goes to a target as it is, or comes from it: any byte, where YAML's escapes write it."""


def parsed(file: str, text: str, *, merges: bool = False) -> tuple[Node | None, list[Problem]]:
    """Return the one document of a file, None when it cannot be read, and what is wrong with its YAML.

    With ``merges``, the mappings under a key ``<<`` are merged into the one around it: what that one says itself wins,
    then the first of several.
    """
    reading = _Reading(CParser(text), file, merges)
    try:
        node = reading.document()
    except _RefusedError as error:
        return None, [*reading.problems, error.problem]
    except yaml.MarkedYAMLError as error:
        return None, [*reading.problems, syntax_problem(file, text, error)]
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
    merges: bool = False
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
        merged: list[tuple[dict[str, Any], dict[str, Place]]] = []
        get_event = self.parser.get_event
        while type(event := get_event()) is not yaml.MappingEndEvent:
            name = self.key(event)
            mark = event.start_mark
            key = (mark.line + 1, mark.column + 1)
            if name == MERGE and event.implicit[0]:
                merged += self.merge(event, depth, is_again=bool(merged))
                continue
            if name in values:
                first = places[name]
                self.problem(event, f'the key "{name[:60]}" is already at line {first.key_line}; keep one of them')
            values[name], places[name] = self.value(get_event(), depth, key, is_raw=name in RAW)
        for others, where in merged:
            for name, value in others.items():
                if name not in values:
                    values[name], places[name] = value, where[name]
        return values, places

    def merge(self, event: Any, depth: int, *, is_again: bool) -> list[tuple[dict[str, Any], dict[str, Place]]]:
        value, place = self.value(self.parser.get_event(), depth, (0, 0))
        if is_again:
            self.refuse(event, "there are two merge keys (<<) here; write one, with a list: <<: [*a, *b]")
        given = [(value, place.children)]
        if isinstance(value, list) and isinstance(place.children, list):
            given = [(one, where.children) for one, where in zip(value, place.children, strict=True)]
        found = [(one, where) for one, where in given if isinstance(one, dict) and isinstance(where, dict)]
        if not found or len(found) < len(given):
            self.refuse(event, "a merge key (<<) takes a mapping, or a list of some; write <<: *anchor")
        return found

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
        if name == MERGE and event.implicit[0] and not self.merges:
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
