"""What is asked of a collection: a filter or a pipeline in MongoDB's Extended JSON, known to do nothing but read."""

from collections.abc import Iterator, Mapping
from typing import Any

STAGES = frozenset(
    {
        "$addFields", "$bucket", "$bucketAuto", "$collStats", "$count", "$densify", "$facet", "$fill", "$geoNear",
        "$graphLookup", "$group", "$indexStats", "$limit", "$lookup", "$match", "$project", "$redact", "$replaceRoot",
        "$replaceWith", "$sample", "$set", "$setWindowFields", "$skip", "$sort", "$sortByCount", "$unionWith", "$unset",
        "$unwind",
    }
)  # fmt: skip
"""Stages that read; any other is refused, ``$out`` and ``$merge`` first of all."""
REFUSED = frozenset({"$where", "$function", "$accumulator", "$out", "$merge", "$eval"})
"""Operators that run code or write, wherever they stand."""
LONGEST, DEEPEST = 20_000, 30


def read_filter(text: str) -> Mapping[str, Any]:
    """Return a filter.

    Raises:
        ValueError: It is none, or does more than read.
    """
    found = _parsed(text, "filter")
    if not isinstance(found, dict):
        words = 'filter is no object; write one such as {"status": "waiting"}'
        raise ValueError(words)  # noqa: TRY004 - a setting
    for fault in _faults(found, 0):
        raise ValueError(f"filter {fault}")
    return found


def read_pipeline(text: str) -> list[Any]:
    """Return a pipeline.

    Raises:
        ValueError: It is none, or does more than read.
    """
    found = _parsed(text, "pipeline")
    for fault in (*_of_stages(found), *_faults(found, 0)):
        raise ValueError(f"pipeline {fault}")
    return list(found)


def _parsed(text: str, name: str) -> Any:
    from bson import json_util
    from bson.errors import BSONError

    if len(text) > LONGEST:
        raise ValueError(f"{name} is longer than {LONGEST} characters")
    try:
        return json_util.loads(text)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, BSONError):
        raise ValueError(f'{name} is no JSON; write it in quotation marks, \'{{"status": "waiting"}}\'') from None


def _of_stages(pipeline: Any) -> Iterator[str]:
    if not isinstance(pipeline, list):
        yield "is no list of stages"
        return
    for stage in pipeline:
        if not isinstance(stage, dict) or len(stage) != 1:
            yield 'has a stage that is not one, such as {"$match": {…}}'
            continue
        [name] = stage
        if name not in STAGES:
            yield f"has the stage {str(name)[:30]}, which is not one of those that only read"
        if name == "$facet" and isinstance(stage[name], dict):
            for inner in stage[name].values():
                yield from _of_stages(inner)


def _faults(value: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"is nested more than {DEEPEST} deep"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in REFUSED:
                yield f"has {key}, which runs code or writes"
            if key == "pipeline" and isinstance(inner, list):
                yield from _of_stages(inner)
            yield from _faults(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _faults(inner, depth + 1)
