"""What an OpenAPI document promises, a line a promise, so that two of them can be compared."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from datashare_monitor_contract.promise import gathered, short
from monitor.plugin.http import read_json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DEEPEST = 8


def promises(text: bytes) -> list[str]:
    """Return the promises, sorted.

    Raises:
        ValueError: It is no OpenAPI document.
        ProbeError: It is no JSON that can be read, or has too many promises.
    """
    document = read_json(text)
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise ValueError("no OpenAPI document: it has no paths")  # noqa: TRY004 - what was read
    return gathered(chain(_of_paths(document["paths"]), _of_schemas(document)))


def _of_paths(paths: dict[str, Any]) -> Iterator[str]:
    for path, item in paths.items():
        shared = _list(_map(item).get("parameters"))
        for method in METHODS:
            operation = _map(item).get(method)
            if isinstance(operation, dict):
                yield from _of_operation(short(f"{method.upper()} {path}"), operation, shared)


def _of_operation(name: str, operation: dict[str, Any], shared: list[Any]) -> Iterator[str]:
    yield name
    for one in map(_map, (*shared, *_list(operation.get("parameters")))):
        wanted = "required" if one.get("required") is True else "optional"
        where = one.get("$ref") or f"{one.get('in')} {one.get('name')}: {_type(one.get('schema') or one)}"
        yield f"{name} parameter {where}, {wanted}"
    for kind, media in _map(_map(operation.get("requestBody")).get("content")).items():
        yield f"{name} takes {kind}: {_type(_map(media).get('schema'))}"
    for status, answer in _map(operation.get("responses")).items():
        contents = _map(_map(answer).get("content"))
        yield from (
            f"{name} answers {status} {kind}: {_type(_map(one).get('schema'))}" for kind, one in contents.items()
        )
        if not contents:
            yield f"{name} answers {status}: {_type(_map(answer).get('schema') or answer)}"


def _of_schemas(document: dict[str, Any]) -> Iterator[str]:
    found = _map(_map(document.get("components")).get("schemas")) or _map(document.get("definitions"))
    for name, schema in found.items():
        yield from _of_schema(short(f"schema {name}"), _map(schema), 0)


def _of_schema(name: str, schema: dict[str, Any], depth: int) -> Iterator[str]:
    yield f"{name}: {_type(schema)}"
    if depth >= DEEPEST:
        return
    required = {one for one in _list(schema.get("required")) if isinstance(one, str)}
    for key, inner in _map(schema.get("properties")).items():
        mark, inside = "required" if key in required else "optional", short(f"{name}.{key}")
        yield f"{inside}: {_type(inner)}, {mark}"
        if _map(_map(inner).get("properties")):
            yield from _of_schema(inside, _map(inner), depth + 1)
    for key in ("allOf", "oneOf", "anyOf"):
        for number, inner in enumerate(_list(schema.get(key))):
            yield from _of_schema(f"{name} {key} {number}", _map(inner), depth + 1)


def _type(schema: Any, depth: int = 0) -> str:
    schema = _map(schema)
    if "$ref" in schema:
        return short(str(schema["$ref"]).rpartition("/")[2])
    kind = str(schema.get("type", "anything"))
    if kind == "array" and depth < DEEPEST:
        return f"list of {_type(schema.get('items'), depth + 1)}"
    values = "|".join(sorted(map(str, _list(schema.get("enum")))))
    return short(" ".join(filter(None, (kind, str(schema.get("format", "")), values))))


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
