"""Fills a frozen dataclass of a plugin from configuration, strictly: what the dataclass does not declare is refused.

The strictness is added to a copy of the schema that pydantic makes of the dataclass; the plugin's module stays as it
is.
"""

import dataclasses
import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast, get_type_hints

from monitor.plugin.addresses import host_of
from monitor.plugin.secret import Secret
from monitor.plugin.source import SourceKind

SOURCES = "sources"
USED = "used"


@dataclass(frozen=True, slots=True)
class Form:
    """One dataclass, ready to be filled any number of times.

    Attributes:
        has_source: Whether any of its fields is a Source.
    """

    filled: type[Any]
    schema: dict[str, Any]
    validator: Any
    host_fields: tuple[str, ...]
    has_source: bool

    def fill(self, settings: str, sources: Mapping[str, SourceKind] | None = None, used: set[str] | None = None) -> Any:
        """Return an instance, filled from a JSON text.

        Args:
            settings: A mapping, as JSON.
            sources: The kinds that Source fields may name.
            used: Takes up the names of the kinds of source that were named.

        Raises:
            pydantic_core.ValidationError: A ValueError that holds every problem with its place.
        """
        context = {SOURCES: {} if sources is None else sources, USED: used if used is not None else set()}
        return self.validator.validate_json(settings, strict=True, context=context)

    def host(self, instance: object) -> str:
        """Return the host of the first field that names one, in lower case; empty when none does."""
        return next((host for name in self.host_fields if (host := host_of(getattr(instance, name, None)))), "")

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the mapping that fills it."""
        from monitor.plugin.json_schema import Generator

        return Generator().generate(self.schema, mode="validation")


def form(filled: type[Any]) -> Form:
    """Return the form of a dataclass.

    Raises:
        TypeError: A field has a type that configuration cannot fill.
    """
    return _form(cast("Hashable", filled))


def fill_source(value: object, information: Any) -> object:
    """Return the source that a mapping of one key describes.

    Raises:
        ValueError: No such kind of source is installed, or its configuration is wrong.
    """
    sources: Mapping[str, SourceKind] = information.context[SOURCES]
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("write one kind of source and its settings, {KIND: {…}}")
    [(name, settings)] = value.items()
    if name not in sources:
        raise ValueError(f'no source kind "{name}" is installed; installed: {", ".join(sorted(sources)) or "none"}')
    information.context[USED].add(name)
    return _nested(name, form(sources[name].source), settings or {}, information.context)


def secrets_of(instance: object) -> Iterator[Secret]:
    """Yield the secrets that a filled dataclass names, those of nested ones included."""
    if isinstance(instance, Secret):
        yield instance
    elif dataclasses.is_dataclass(instance) and not isinstance(instance, type):
        for declared in dataclasses.fields(instance):
            yield from secrets_of(getattr(instance, declared.name, None))
    elif isinstance(instance, Mapping):
        for value in instance.values():
            yield from secrets_of(value)
    elif isinstance(instance, list | tuple | set | frozenset):
        for value in instance:
            yield from secrets_of(value)


def _nested(name: str, inner: Form, settings: object, context: dict[str, Any]) -> object:
    from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

    try:
        return inner.validator.validate_json(json.dumps(settings), strict=True, context=context)
    except ValidationError as error:
        details: list[InitErrorDetails] = [
            {
                "type": PydanticCustomError(one["type"], "{said}", {"said": one["msg"], **one.get("ctx", {})}),
                "loc": (name, *one["loc"]),
                "input": None,
            }
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise ValidationError.from_exception_data("source", details) from None


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: value if key in {"default", "cls", "metadata"} else _strict(value) for key, value in schema.items()}
    if copy.get("type") == "dataclass-args":
        copy.setdefault("extra_behavior", "forbid")
    if copy.get("type") == "dataclass":
        copy["config"] = {"extra_fields_behavior": "forbid", **copy.get("config", {})}
    return copy


def _host_fields(filled: type[Any], hints: Mapping[str, Any]) -> Iterator[str]:
    from monitor.plugin.fields import HostPort, Url

    for declared in dataclasses.fields(filled):
        hint = hints.get(declared.name)
        members = (hint, *getattr(hint, "__args__", ()))
        if declared.name == "target" or any(member in (HostPort, Url) for member in members):
            yield declared.name


def _has_source(schema: Any) -> bool:
    if isinstance(schema, dict):
        function = schema.get("function")
        if isinstance(function, dict) and function.get("function") is fill_source:
            return True
        return any(_has_source(value) for key, value in schema.items() if key not in {"default", "cls", "metadata"})
    return isinstance(schema, list) and any(_has_source(item) for item in schema)


@lru_cache(maxsize=512)
def _form(filled: type[Any]) -> Form:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError
    from pydantic_core import SchemaValidator
    from pydantic_core.core_schema import CoreConfig

    try:
        schema = _strict(TypeAdapter(filled).core_schema)
        hints = get_type_hints(filled, include_extras=True)
    except (PydanticUserError, NameError) as error:
        raise TypeError(str(error).partition("\n")[0]) from error
    # What is wrong may be a password in the wrong place: the text of an error does not repeat it.
    validator = SchemaValidator(schema, CoreConfig(hide_input_in_errors=True))
    return Form(filled, schema, validator, tuple(_host_fields(filled, hints)), _has_source(schema))
