"""Validation by JSON Schema (draft 2020-12) whose cost grows no faster than the sample does."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from monitor.plugin import Pattern
from monitor.plugin.pattern import read_pattern


@lru_cache(maxsize=1024)
def pattern_of(text: str) -> Pattern | None:
    """Return a pattern; None when RE2 does not know it, as with a look-ahead: it is not judged by then."""
    try:
        return read_pattern(text)
    except ValueError:
        return None


def _pattern(_: Any, text: str, value: Any, __: Any) -> Iterator[ValidationError]:
    known = pattern_of(text) if isinstance(value, str) else None
    if known is not None and not known.search(value):
        yield ValidationError("does not match")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: Any, _: Any) -> Iterator[ValidationError]:
    for text, schema in patterns.items() if isinstance(value, dict) else ():
        known = pattern_of(text)
        for name, member in value.items():
            if known is not None and known.search(name):
                yield from validator.descend(member, schema, path=name, schema_path=text)


def _unique(_: Any, is_wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if is_wanted is True and isinstance(value, list) and len({_frozen(one) for one in value}) < len(value):
        yield ValidationError("has an item twice")


def _frozen(value: Any) -> Any:
    """Return what is equal for what JSON calls equal, and can be in a set."""
    if isinstance(value, list):
        return tuple([_frozen(one) for one in value])
    if isinstance(value, dict):
        return frozenset((name, _frozen(member)) for name, member in value.items())
    return (bool, value) if isinstance(value, bool) else value


Validator: Any = cast("Any", validators).extend(
    Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _pattern_properties, "uniqueItems": _unique},
)
"""Python's own patterns backtrack and its own comparison of items is quadratic, both for as long as a sample likes."""
