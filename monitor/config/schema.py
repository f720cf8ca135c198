"""JSON Schema (2020-12) of the files, the fields of the installed probe kinds included: for editors."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from monitor.config.documents.agency import AgencyFile, ConnectionShape, SystemShape
from monitor.config.documents.check import CheckShape, TemplateShape
from monitor.config.documents.daemon import MonitorFile
from monitor.config.documents.programme import ProgrammeFile
from monitor.config.documents.shape import ID_PATTERN, Shape
from monitor.config.webconfig.grammar import WebConfigFile
from monitor.plugin.catalogue import Catalogue
from monitor.plugin.form import form
from monitor.plugin.json_schema import Generator
from monitor.plugin.probe import ProbeKind

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VARIABLE: Schema = {"type": "string", "pattern": r"\$\{"}
NARROW = ("pattern", "enum", "const", "format")


def agency_schema(catalogue: Catalogue) -> Schema:
    """Return the schema of a file in ``agencies/``."""
    schema = _schema(AgencyFile, SystemShape, ConnectionShape, CheckShape)
    definitions = schema["$defs"]
    schema["properties"]["systems"]["items"] = {"$ref": "#/$defs/SystemShape"}
    schema["properties"]["connections"]["items"] = {"$ref": "#/$defs/ConnectionShape"}
    for name in ("SystemShape", "ConnectionShape"):
        definitions[name]["properties"]["checks"]["items"] = {"$ref": "#/$defs/CheckShape"}
    _add_kinds(definitions, catalogue)
    return schema


def monitor_schema(catalogue: Catalogue) -> Schema:
    """Return the schema of ``monitor.yaml``."""
    schema = _schema(MonitorFile, TemplateShape, CheckShape)
    definitions = schema["$defs"]
    checks: Schema = {"type": "array", "items": {"$ref": "#/$defs/CheckShape"}, "minItems": 1}
    definitions["TemplateShape"]["properties"]["checks"] = checks
    template: Schema = {"anyOf": [checks, {"$ref": "#/$defs/TemplateShape"}]}
    schema["properties"]["templates"] |= {"patternProperties": {ID_PATTERN: template}, "additionalProperties": False}
    _add_kinds(definitions, catalogue)
    return schema


def programme_schema(catalogue: Catalogue) -> Schema:  # noqa: ARG001 - the same shape as the others
    """Return the schema of a file in ``programmes/``."""
    return _schema(ProgrammeFile)


def web_schema(catalogue: Catalogue) -> Schema:  # noqa: ARG001 - the same shape as the others
    """Return the schema of a web-config file."""
    return _schema(WebConfigFile)


SCHEMAS: Mapping[str, Callable[[Catalogue], Schema]] = {
    "agency": agency_schema,
    "monitor": monitor_schema,
    "programme": programme_schema,
    "web": web_schema,
}


def _schema(file: type[Shape], *parts: type[Shape]) -> Schema:
    models = [(model, "validation") for model in (file, *parts)]
    definitions: Schema = models_json_schema(models, schema_generator=Generator)[1]["$defs"]  # type: ignore[arg-type]
    return {"$schema": DIALECT, **definitions.pop(file.__name__), "$defs": definitions}


def _add_kinds(definitions: Schema, catalogue: Catalogue) -> None:
    check = definitions["CheckShape"]
    check["properties"] = {name: _or_variable(one) for name, one in check["properties"].items()}
    check["properties"]["probe"] = {"type": "string", "enum": sorted(catalogue.kinds)}
    check["properties"]["with"] = {"type": "object"}
    check["allOf"] = [_condition(definitions, name, kind) for name, kind in sorted(catalogue.kinds.items())]


def _condition(definitions: Schema, name: str, kind: ProbeKind) -> Schema:
    filled = form(kind.probe).json_schema()
    for inner, schema in filled.pop("$defs", {}).items():
        definitions[f"{name}.{inner}"] = _or_variable(_renamed(schema, name))
    settings = _or_variable(_renamed(filled, name))
    definitions[f"probe.{name}"] = settings
    consequence: Schema = {"properties": {"with": {"$ref": f"#/$defs/probe.{name}"}}}
    if settings.get("required"):
        consequence["required"] = ["with"]
    return {"if": {"properties": {"probe": {"const": name}}, "required": ["probe"]}, "then": consequence}


def _renamed(schema: Any, kind: str) -> Any:
    if isinstance(schema, list):
        return [_renamed(one, kind) for one in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = {key: _renamed(value, kind) for key, value in schema.items()}
    if isinstance(schema.get("$ref"), str):
        renamed["$ref"] = schema["$ref"].replace("#/$defs/", f"#/$defs/{kind}.")
    if schema.get("title") == "Secret":
        renamed |= {"minProperties": 1, "maxProperties": 1}
    return renamed


def _or_variable(schema: Any) -> Any:
    """Return a schema that admits ``${name}`` for every scalar that would not."""
    if not isinstance(schema, dict):
        return schema
    inner = dict(schema)
    for key in ("properties", "$defs"):
        if isinstance(inner.get(key), dict):
            inner[key] = {name: _or_variable(one) for name, one in inner[key].items()}
    for key in ("items", "additionalProperties"):
        inner[key] = _or_variable(inner[key]) if key in inner else None
    inner = {key: value for key, value in inner.items() if value is not None}
    if "anyOf" in inner:
        return {**inner, "anyOf": [*inner["anyOf"], VARIABLE]}
    is_scalar = inner.get("type") in {"integer", "number", "boolean"} or any(key in inner for key in NARROW)
    if not is_scalar:
        return inner
    notes = {key: inner.pop(key) for key in ("title", "description", "default", "examples") if key in inner}
    return {**notes, "anyOf": [inner, VARIABLE]}
