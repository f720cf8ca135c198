"""JSON Schema whose defaults are written as configuration writes them."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DataclassSchema, DictSchema, WithDefaultSchema

from monitor.plugin.docstring import attributes
from monitor.plugin.quantities import SIZE_PATTERN, written_duration, written_size


class Generator(GenerateJsonSchema):
    """Pydantic's generator, with defaults that the schema itself accepts."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a field with its default, or without one that has no plain text."""
        inner = self.generate_inner(schema["schema"])
        default = written_default(schema.get("default"), inner)
        return inner if default is None else {**inner, "default": default}

    def dataclass_schema(self, schema: DataclassSchema) -> JsonSchemaValue:
        """Return the schema of a dataclass; its properties say what its docstring says of them."""
        told = attributes(schema["cls"])
        found = super().dataclass_schema(schema)
        for name, each in found.get("properties", {}).items():
            if name in told:
                each["description"] = told[name]
        return found

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        """Return the schema of a mapping; where its keys have a pattern, no other key is admitted."""
        mapping = super().dict_schema(schema)
        if "patternProperties" in mapping:
            mapping.setdefault("additionalProperties", False)
        return mapping


def written_default(default: object, inner: Mapping[str, Any]) -> str | int | float | bool | None:
    """Return a default as a file would have it; None when there is none to show."""
    if isinstance(default, timedelta):
        return written_duration(default)
    if isinstance(default, int) and any(one.get("pattern") == SIZE_PATTERN for one in (inner, *inner.get("anyOf", ()))):
        return written_size(default)
    if isinstance(default, Enum):
        return str(default.value)
    return default if isinstance(default, str | int | float) and default != "" else None
