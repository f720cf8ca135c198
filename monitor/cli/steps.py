"""What a reload does, step by step: each thing that it adds, changes or removes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.config import changes
from monitor.config.description import Kind, Things, entry_of, is_comparable
from monitor.config.facts import HIDDEN, Facts
from monitor.inventory import Check

NOT_SET = "not set"
UNKNOWN = "…"
"""Stands for a value that the daemon does not tell."""


class Deed(StrEnum):
    """What becomes of a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Edit:
    """A field before and after, for a person; None where it has its default."""

    old: str | None
    new: str | None

    @property
    def is_half_known(self) -> bool:
        """Whether the daemon keeps the old value to itself and the new one may be shown."""
        return self.old == UNKNOWN and self.new != HIDDEN

    def __str__(self) -> str:
        if self.old and self.new and HIDDEN in {self.old, self.new}:
            return "changed, not shown"
        if self.old == self.new:
            return f"{self.new}, changed in what is not shown"
        return f"{self.old or NOT_SET} → {self.new or NOT_SET}"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing.

    Attributes:
        edits: By the path of the field; empty unless it is changed.
    """

    kind: Kind
    id: str
    deed: Deed
    edits: Mapping[str, Edit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """A configuration that is compared with another one.

    Attributes:
        prints: The fingerprint of each thing, by id.
        facts: Returns what is said of one of them.
    """

    prints: Mapping[Kind, Mapping[str, str]]
    facts: Callable[[Kind, str], Facts]


def side_of(there: Things) -> Side:
    """Return the side that a configuration in this process is."""

    def print_of(thing: object) -> str:
        return thing.fingerprint if isinstance(thing, Check) else entry_of(thing).fingerprint

    prints = {kind: {name: print_of(thing) for name, thing in found.items()} for kind, found in there.items()}
    return Side(prints, lambda kind, name: entry_of(there[kind][name]).facts)


def steps(old: Side, new: Side) -> Iterator[Step]:
    """Yield what a reload would do, kind by kind, each in the order of ids."""
    for kind in Kind:
        before, after = old.prints.get(kind, {}), new.prints.get(kind, {})
        found = changes(before, after, str.__eq__)
        yield from _steps(kind, Deed.ADDED, found.added)
        for name in sorted(found.changed):
            yield Step(kind, name, Deed.CHANGED, edits(old.facts(kind, name), new.facts(kind, name)))
        yield from _steps(kind, Deed.REMOVED, found.removed)


def edits(old: Facts, new: Facts) -> dict[str, Edit]:
    """Return the fields that differ."""
    return {
        name: Edit(_text(old, name), _text(new, name))
        for name in dict.fromkeys((*old, *new))
        if _mark(old, name) != _mark(new, name) and is_comparable(old, new, name)
    }


def _steps(kind: Kind, deed: Deed, names: Iterable[str]) -> Iterator[Step]:
    return (Step(kind, name, deed) for name in sorted(names))


def _text(facts: Facts, name: str) -> str | None:
    if name not in facts:
        return None
    text = facts[name].text
    return UNKNOWN if text is None else text


def _mark(facts: Facts, name: str) -> str | None:
    return facts[name].mark if name in facts else None
