"""The keys that a mapping may have: known from the type that reads it, for suggestions."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from monitor.config.place import Part


def keys_at(kind: Any, path: Sequence[Part]) -> list[str]:
    """Return the keys of the mapping at ``path`` inside a model or dataclass; empty when nothing is known of it."""
    fields = _fields(kind)
    if not path:
        found = list(fields)
        return found or [key for member in _members(kind) for key in keys_at(member, path)]
    if fields:
        return keys_at(fields[str(path[0])], path[1:]) if path[0] in fields else []
    return [
        key for member in _members(kind, path[0]) for key in keys_at(member, path if _is_choice(kind) else path[1:])
    ]


def _fields(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
    return {}


def _is_choice(kind: Any) -> bool:
    origin = get_origin(kind)
    return not (isinstance(origin, type) and issubclass(origin, Sequence | Mapping))


def _members(kind: Any, part: Part = "") -> tuple[Any, ...]:
    arguments = get_args(kind)
    origin = get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1:]
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return arguments[:1] if isinstance(part, int) else ()
    return tuple(one for one in arguments if one is not type(None))
