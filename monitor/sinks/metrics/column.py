"""Columns of texts, and what the texts are."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from monitor.sinks.metrics.family import Family


class Column:
    """Texts by slot.

    Attributes:
        filled: How many of them there are.
    """

    __slots__ = ("filled", "texts")

    def __init__(self) -> None:
        self.texts: list[str | None] = []
        self.filled = 0


class Style(Enum):
    """What the texts of a column are."""

    VALUE = "value"
    """A number and the end of the line."""
    MARK = "mark"
    """Further labels, with a comma after them; the value is 1."""
    LINES = "lines"
    """Whole lines."""


@dataclass(frozen=True, slots=True)
class Part:
    """A column of a family.

    Attributes:
        between: Further labels of all its values, with a comma after them.
    """

    key: str
    style: Style = Style.VALUE
    between: str = ""


def states(family: Family, names: Iterable[str]) -> tuple[Part, ...]:
    """Return the parts of a family that has one value for each state."""
    return tuple(Part(f"{family.name} {name}", between=f'state="{name}",') for name in names)
