"""Fills shapes and probes from nodes, and says what is wrong in the operator's words."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json

from monitor.config.documents.shape import Shape
from monitor.config.keys import keys_at
from monitor.config.place import Node, Part, Problems
from monitor.config.problem import listed, suggestion
from monitor.plugin.quantities import shown
from monitor.plugin.secret import Secret

S = TypeVar("S", bound=Shape)

Said = Callable[[Node, str], tuple[Node, str] | None]
"""Takes the place and the text of a problem; returns both as they are to be noted, or None to drop it."""

Filled = Callable[[str], object]

WORD = re.compile(r"\w+")
MOST_ROUNDS = 10
"""Of dropping what is wrong: one is enough unless a key shows its fault only once another is gone."""

MOST_ERRORS = 2000
"""Of one mapping; a file of nothing but wrong keys is refused without a word on each."""

MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}
UNKNOWN_KEY = {"extra_forbidden", "unexpected_keyword_argument"}
WANTED = {
    "string_type": "text; put quotes around it",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "dataclass_type": "a mapping",
}


def fill(shape: type[S], node: Node, problems: Problems, apart: Collection[str] = ()) -> S | None:
    """Return the shape that a node has, or note all that keeps it from it.

    Args:
        shape: What is to be filled.
        node: What it is to be filled from.
        problems: Takes up what is found.
        apart: Keys whose mappings are read one by one elsewhere: here they count as empty.
    """
    try:
        return shape.model_validate_json(to_json(without(node.value, apart)))
    except ValidationError as error:
        note(error, shape, node, problems)
        return None


def salvaged(shape: type[S], value: Any) -> S:
    """Return a shape, all of whose keys have defaults, from what is right in a value."""
    kept = deepcopy(value) if isinstance(value, dict) else {}
    for _ in range(MOST_ROUNDS):
        try:
            return shape.model_validate_json(to_json(kept))
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False, include_context=False):
                _drop(kept, one["loc"])
    return shape()


def hidden(error: ValidationError, value: Mapping[str, Any], filled: type[Any], fill: Filled) -> ValidationError | None:
    """Return what an error has kept from being judged, None for nothing: options that contradict each other.

    What can be wrong with several options together is looked for only when each of them is right by itself. So those
    that are not are left out, and it is looked for in the others.

    Args:
        error: What pydantic raised.
        value: What it was to fill the type from.
        filled: The type.
        fill: Fills it from JSON text; raises a ValidationError.
    """
    kept = deepcopy(dict(value))
    left_out: set[str] = set()
    emptied: set[tuple[Part, ...]] = set()
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        path = one["loc"][:-1] if one["type"] in MISSING else one["loc"]
        if not path:
            return None
        left_out |= {str(part) for part in path if isinstance(part, str)}
        near = suggestion(str(path[-1]), keys_at(filled, path[:-1]))
        left_out.add(near.partition('"')[2].partition('"')[0])
        if _drop(kept, path):
            emptied.add(path[:-1])
    try:
        fill(as_json(kept))
    except ValidationError as more:
        found = more.errors(include_url=False)
        return None if any(one["loc"] in emptied or _is_about(one, left_out) for one in found) else more
    except BaseException:  # noqa: BLE001 - foreign code, which may even call sys.exit; its first error has been told
        return None
    return None


def _is_about(one: ErrorDetails, left_out: Collection[str]) -> bool:
    """Return whether an error may have come of what was left out."""
    words = set(WORD.findall(one["msg"]))
    return one["type"] in MISSING or not words.isdisjoint(left_out)


def _drop(value: dict[str, Any], path: Sequence[Part]) -> bool:
    """Take out what is at the end of a path, and return whether its mapping is empty now."""
    holder, key = value, path[0]
    for part in path[1:]:
        inner = holder.get(str(key))
        if not isinstance(inner, dict) or part not in inner:
            break
        holder, key = inner, part
    holder.pop(str(key), None)
    return not holder


def as_json(value: object) -> str:
    """Return a value of a file as JSON text: strict reading of JSON takes lists for tuples, and text for dates."""
    return to_json(value).decode()


def without(value: Any, keys: Collection[str]) -> Any:
    """Return a mapping in which every mapping under, or in the list under, one of the keys is empty."""
    if not isinstance(value, dict):
        return value
    return {key: _emptied(inner) if key in keys else inner for key, inner in value.items()}


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return [{} if isinstance(item, dict) else item for item in value]
    return {} if isinstance(value, dict) else value


def note(
    error: ValidationError,
    filled: type[Any],
    node: Node,
    problems: Problems,
    said: Said = lambda place, text: (place, text),
) -> None:
    """Note every problem that pydantic found.

    Args:
        error: What pydantic raised.
        filled: The type that was to be filled, for suggestions.
        node: What it was to be filled from.
        problems: Takes up what is found.
        said: Moves, rewords or drops a problem.
    """
    found: dict[tuple[Part, ...], tuple[Node, bool, list[str]]] = {}
    for one in islice(error.errors(include_url=False), MOST_ERRORS):
        place = node.find(*one["loc"])
        if one["type"] in MISSING:
            key = str(one["loc"][-1])
            if moved := said(place, f'the key "{key}" is missing'):
                problems.add_missing(moved[0], key, moved[1])
            continue
        is_key = one["type"] in UNKNOWN_KEY or one["loc"][-1:] == ("[key]",)
        texts = found.setdefault(place.path, (place, is_key, []))[2]
        text = _message(one, filled, place)
        if text not in texts:
            texts.append(text)
    for place, is_key, texts in found.values():
        if moved := said(place, " or ".join(texts) + _quotes(place.value)):
            problems.add(*moved, at_key=is_key)


def _message(one: ErrorDetails, filled: type[Any], place: Node) -> str:
    kind, context = one["type"], one.get("ctx", {})
    if kind in UNKNOWN_KEY:
        key = str(one["loc"][-1])
        known = keys_at(filled, one["loc"][:-1])
        near = suggestion(key, known) or "."
        rest = f" Known: {listed(known, 40)}" if known else " Delete it."
        if ":" in key:
            return f"unknown key {shown(key)}; write a space behind the colon"
        return f"unknown key {shown(key)}{near}{rest}"
    if kind.startswith("date_"):
        return f"{shown(place.value)} is not a date; write 2026-05-04"
    if "error" in context:
        return str(context["error"])
    if kind == "dataclass_type" and context.get("class_name") == Secret.__name__:
        return "a secret is not written here; write {file: PATH}, {env: NAME} or {credential: NAME}"
    if kind in WANTED:
        is_scalar = kind.partition("_")[0] in {"int", "float", "bool"}
        found = (
            f"{shown(place.value)} is written here" if is_scalar and place.value is not None else _found(place.value)
        )
        return f"{found}; this must be {WANTED[kind]}{_as_list(kind, place.value)}"
    if kind in {"enum", "literal_error"}:
        is_key = one["loc"][-1:] == ("[key]",)
        return _choice(str(context.get("expected", "")), one["loc"][-2] if is_key else place.value)
    if kind == "too_short":
        return f"{_found(place.value)}; at least {context.get('min_length')} must stand in it"
    if kind in {"string_too_long", "too_long"}:
        return f"this is too long; at most {context.get('max_length')} are taken"
    return _plain(one["msg"], place.value)


def _as_list(kind: str, value: object) -> str:
    if WANTED[kind] != "a list" or value is None:
        return ""
    return "; begin each entry with -" if isinstance(value, dict) else "; write [ and ] around it"


def _quotes(value: object) -> str:
    is_quoted = isinstance(value, str) and value[:1] in {"“", "”", "„", "‘", "’"}
    return '; “ ” are not quotes here, write "…"' if is_quoted else ""


def _choice(expected: str, value: object) -> str:
    words = [word.strip().strip("'\"") for word in expected.replace(" or ", ", ").split(",")]
    known = [word for word in words if word]  # an empty one is what is meant when nothing is written
    if not isinstance(value, str):
        return f"{_found(value)}; this must be one of {', '.join(known)}"
    return f"{shown(value)} is not one of {', '.join(known)}{suggestion(value, known)}"


def _found(value: object) -> str:
    names: Mapping[type, str] = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}
    if value is None:
        return "nothing is written here"
    return f"{names.get(type(value), 'a number')} is written here"


def _plain(message: str, value: object) -> str:
    text = message.replace("Input should ", "must ").replace("Input ", "it ")
    text = text.replace("List should", "it should").replace("should have", "must have")
    text = text[:1].lower() + text[1:]
    return f"{shown(value)} does not fit; it {text}" if isinstance(value, int | float) else text
