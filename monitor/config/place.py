"""Where each value of a file stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from monitor.config.problem import Problem, in_order

Part = str | int


class Place(NamedTuple):
    """The position of a value, from 1, and of the key before it; children have the shape of the value."""

    line: int
    column: int
    key_line: int = 0
    key_column: int = 0
    children: dict[str, "Place"] | list["Place"] | None = None

    def child(self, part: Part) -> "Place | None":
        """Return the place of one value inside this one, or None."""
        if isinstance(self.children, dict):
            return self.children.get(part) if isinstance(part, str) else None
        if isinstance(self.children, list) and isinstance(part, int):
            return self.children[part] if part < len(self.children) else None
        return None


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a file and where it stands."""

    file: str
    path: tuple[Part, ...]
    value: Any
    place: Place

    def at(self, *parts: Part) -> "Node":
        """Return the node inside this one.

        Raises:
            LookupError: There is none.
        """
        value, place = self.value, self.place
        for part in parts:
            inner = place.child(part)
            if inner is None:
                raise LookupError(part)
            value, place = value[part], inner
        return Node(self.file, (*self.path, *parts), value, place)

    def find(self, *parts: Part) -> "Node":
        """Return the innermost node that exists on the way along ``parts``; parts that lead nowhere are skipped."""
        node = self
        for part in parts:
            try:
                node = node.at(part)
            except LookupError:
                continue
        return node

    def mappings(self, key: str) -> "list[Node]":
        """Return the mappings in the list under ``key``; what has another shape is left out."""
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        if not isinstance(inner, list):
            return []
        return [self.at(key, index) for index, item in enumerate(inner) if isinstance(item, dict)]

    def text(self, key: str) -> str:
        """Return the text under ``key``; empty when it is missing or something else."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else ""


@dataclass(slots=True)
class Problems:
    """All that was found wrong so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, node: Node, message: str, *, at_key: bool = False, is_error: bool = True) -> None:
        """Note a problem of a value, or of the key before it."""
        place = node.place
        line, column = (place.key_line, place.key_column) if at_key and place.key_line else (place.line, place.column)
        self.found.append(
            Problem(
                file=node.file,
                line=line,
                column=column,
                path=written(node.path),
                message=message,
                is_error=is_error,
            )
        )

    def add_missing(self, node: Node, key: str, message: str) -> None:
        """Note that a mapping lacks a key."""
        self.add(Node(node.file, (*node.path, key), None, node.place), message)

    @property
    def in_order(self) -> tuple[Problem, ...]:
        """The problems by file and line, each once."""
        return in_order(self.found)

    @property
    def has_errors(self) -> bool:
        """Whether anything has to be mended."""
        return any(problem.is_error for problem in self.found)


def written(path: Sequence[Part]) -> str:
    """Return a path as a message shows it."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part and all(letter.isalnum() or letter in "-_" for letter in part):
            text += f".{part}" if text else part
        else:
            text += f'["{"".join(letter if letter.isprintable() else "?" for letter in part[:60])}"]'
    return text
