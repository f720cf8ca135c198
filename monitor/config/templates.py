"""Templates: named lists of checks, prepared once and used by many targets."""

from dataclasses import dataclass, field
from typing import Any

from monitor.config.beat import beat_of
from monitor.config.documents.check import BeatShape, TemplateShape
from monitor.config.filling import fill
from monitor.config.kitchen import Kitchen
from monitor.config.place import Node, Part, Problems
from monitor.config.recipe import Recipe
from monitor.config.substitution import VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCheck:
    """One check of a template.

    Attributes:
        recipe: Ready for every target when no variable stands in it; None when it is not, or is wrong.
        variable: Paths of the values in which variables stand.
    """

    node: Node
    recipe: Recipe | None
    variable: frozenset[tuple[Part, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A named list of checks and what they have in common."""

    name: str
    outer: tuple[BeatShape, ...]
    checks: tuple[TemplateCheck, ...] = field(default=())


def template_of(name: str, node: Node, defaults: BeatShape, kitchen: Kitchen) -> Template:
    """Return a template, and note all that is wrong with it whoever uses it."""
    problems = kitchen.problems
    shape: BeatShape = BeatShape()
    if isinstance(node.value, list):
        checks = [(node.at(index), item) for index, item in enumerate(node.value)]
        if not checks:
            problems.add(node, "the template is empty; write a list of checks")
    elif isinstance(node.value, dict):
        shape = fill(TemplateShape, node, problems, ("checks",)) or BeatShape()
        listed = node.value.get("checks")
        checks = [
            (node.at("checks", index), item) for index, item in enumerate(listed if isinstance(listed, list) else ())
        ]
    else:
        problems.add(node, "a template is a list of checks, or a mapping with the key checks")
        checks = []
    outer = (shape, defaults) if isinstance(node.value, dict) else (defaults,)
    note_beat(node, outer, problems)
    return Template(name=name, outer=outer, checks=tuple(_check(at, item, outer, kitchen) for at, item in checks))


def note_beat(node: Node, shapes: tuple[BeatShape, ...], problems: Problems) -> None:
    """Note what is wrong with the times that a template or the defaults set."""
    for key, message in beat_of(shapes)[1].items():
        if isinstance(node.value, dict) and key in node.value:
            problems.add(node.find(key), message)


def _check(node: Node, item: Any, outer: tuple[BeatShape, ...], kitchen: Kitchen) -> TemplateCheck:
    if not isinstance(item, dict):
        kitchen.problems.add(node, "a check is a mapping, {id: …, probe: …}")
        return TemplateCheck(node=node, recipe=None, variable=frozenset())
    variable = frozenset(_variable(item, ()))

    def said(place: Node, text: str) -> tuple[Node, str] | None:
        """Drop what only the variables of a target can tell."""
        path = place.path[len(node.path) :]
        return None if any(one[: len(path)] == path for one in variable) and path else (place, text)

    recipe = kitchen.recipe(node, outer, said)
    return TemplateCheck(node=node, recipe=None if variable else recipe, variable=variable)


def _variable(value: Any, path: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    if isinstance(value, str):
        return [path] if VARIABLE.search(value) else []
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _variable(inner, (*path, key))]
    if isinstance(value, list):
        return [found for index, inner in enumerate(value) for found in _variable(inner, (*path, index))]
    return []
