"""Whether a sample of what an interface answers is valid by the agreed contract; of the sample nothing is repeated."""

import json
from typing import Any

from datashare_monitor_contract.xml import parsed

SHOWN = 120


def fault_by_openapi(approved: bytes, schema: str, sample: bytes) -> str:
    """Return what is wrong with a JSON sample; empty when nothing is.

    Args:
        approved: The agreed OpenAPI document; what is live is not trusted with patterns and references.
        schema: A name among its schemas.
        sample: The answer.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        document: Any = json.loads(approved)
        answer = json.loads(sample)
    except (ValueError, RecursionError):
        return "is no JSON"
    place = "components/schemas" if "components" in document else "definitions"
    whole = {
        "$ref": f"#/{place}/{schema}",
        **{key: document[key] for key in ("components", "definitions") if key in document},
    }
    try:
        # An empty registry: nothing is fetched, whatever a reference says.
        found = next(iter(Draft202012Validator(whole, registry=Registry()).iter_errors(answer)), None)
    except (SchemaError, Unresolvable, RecursionError):
        return f"cannot be judged: the contract has no usable schema {schema}"
    return "" if found is None else f"breaks the contract at {_shown(found.absolute_schema_path)}"


def fault_by_xsd(approved: bytes, sample: bytes) -> str:
    """Return what is wrong with an XML sample; empty when nothing is."""
    from lxml import etree

    try:
        schema = etree.XMLSchema(parsed(approved))
    except (ValueError, etree.XMLSchemaParseError):
        return "cannot be judged: the contract is no schema that stands alone"
    try:
        answer = parsed(sample)
    except ValueError:
        return "is no XML"
    if schema.validate(answer):
        return ""
    first = next(iter(schema.error_log), None)
    return f"breaks the contract in line {first.line} ({first.type_name})" if first else "breaks the contract"


def _shown(path: Any) -> str:
    text = "/".join(map(str, path))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
