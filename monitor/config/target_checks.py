"""The checks of one target: those of the templates it uses, and its own."""

from datetime import timedelta
from typing import Any

from monitor.config.land import Land
from monitor.config.place import Node
from monitor.config.problem import listed, suggestion
from monitor.config.recipe import Recipe
from monitor.config.substitution import Substitution, Value
from monitor.config.templates import Template, TemplateCheck
from monitor.inventory import TargetId


def add_checks(land: Land, node: Node, target: TargetId, max_latency: timedelta | None) -> None:
    """Add the checks of a target to the land, and note all that is wrong with them."""
    substitution = Substitution(_variables(node))
    origins: dict[str, str] = {}
    used = _used(land, node)
    substitution.is_in_doubt = len(used) < _count(node.value.get("use"))
    for place, template in used:
        for item in template.checks:
            recipe = item.recipe or _cooked(land, place, template, item, substitution)
            if recipe is not None:
                _add(land, place, target, recipe, max_latency, origins, f'the template "{template.name}"')
    for check in node.mappings("checks"):
        recipe = _own(land, check, substitution)
        if recipe is not None:
            _add(land, check.find("id"), target, recipe, max_latency, origins, "this target")
    for name in () if substitution.is_in_doubt else substitution.variables:
        if name not in substitution.used:
            text = f"no check here uses it; write ${{{name}}} where it belongs, or delete it"
            land.problems.add(node.find("vars", name), text, at_key=True)


def _variables(node: Node) -> dict[str, Value]:
    found = node.value.get("vars")
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float | bool)}


def _used(land: Land, node: Node) -> list[tuple[Node, Template]]:
    names = node.value.get("use")
    found: dict[str, tuple[Node, Template]] = {}
    for index, name in enumerate(names if isinstance(names, list) else ()):
        place = node.at("use", index)
        if not isinstance(name, str):
            continue
        if name not in land.templates:
            near = suggestion(name, land.templates) or f". There are: {listed(land.templates)}"
            land.problems.add(place, f'there is no template "{name[:60]}" in monitor.yaml{near}')
        elif name in found:
            land.problems.add(place, f'the template "{name}" is already in this list; keep one')
        else:
            found[name] = (place, land.templates[name])
    return list(found.values())


def _cooked(land: Land, place: Node, template: Template, item: TemplateCheck, variables: Substitution) -> Recipe | None:
    if not item.variable:
        return None  # it is wrong, and that is noted where the template stands
    value = variables.apply(item.node.value)
    touched = frozenset(variables.touched)
    start = len(item.node.path)

    def said(where: Node, text: str) -> tuple[Node, str] | None:
        """Put what a variable spoilt where the target uses the template; the rest is noted already."""
        path = where.path[start:]
        if not any(one[: len(path)] == path for one in touched) or not path:
            return None
        keys = ".".join(str(part) for part in path)
        name = item.node.text("id")
        return place, f'check "{name}" of the template "{template.name}", {keys}: {text}'

    for name in dict.fromkeys(name for _, name in variables.undefined):
        near = suggestion(name, variables.variables) or "; add it to vars"
        land.problems.add(place, f'the template "{template.name}" needs the variable "{name[:60]}"{near}')
    if variables.undefined:
        variables.is_in_doubt = True
        return None
    return land.kitchen.recipe(_with(item.node, value), template.outer, said)


def _own(land: Land, node: Node, variables: Substitution) -> Recipe | None:
    value = variables.apply(node.value) if land.has_variables else node.value
    for path, name in variables.undefined if land.has_variables else ():
        near = suggestion(name, variables.variables) or "; add it to vars, or write $${ for a plain ${"
        land.problems.add(node.find(*path), f"${{{name[:60]}}} is not defined{near}")
    return land.kitchen.recipe(_with(node, value), (land.defaults,))


def _with(node: Node, value: Any) -> Node:
    return Node(node.file, node.path, value, node.place)


def _add(
    land: Land,
    place: Node,
    target: TargetId,
    recipe: Recipe,
    max_latency: timedelta | None,
    origins: dict[str, str],
    origin: str,
) -> None:
    if recipe.name in origins:
        land.problems.add(place, f'there is already a check "{recipe.name}", from {origins[recipe.name]}; rename one')
        return
    origins[recipe.name] = origin
    land.checks.append(recipe.check(target, max_latency))


def _count(names: object) -> int:
    return len(names) if isinstance(names, list) else 0
