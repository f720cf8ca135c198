"""Whether a sample of what an interface answers is valid by the agreed contract; of the sample nothing is repeated."""

from typing import Any

from monitor.plugin import ProbeError
from monitor.plugin.http import read_json, read_xml

SHOWN = 120


def fault_by_openapi(approved: bytes, schema: str, sample: bytes) -> str:
    """Return what is wrong with a JSON sample; empty when nothing is.

    Args:
        approved: The agreed OpenAPI document; what is live is not trusted with references.
        schema: A name among its schemas.
        sample: The answer.

    Raises:
        ProbeError: The sample is too large to be judged.
    """
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    from datashare_monitor_contract.schema import Validator

    document, answer = read_json(approved), read_json(sample)
    place = "components/schemas" if "components" in document else "definitions"
    whole = {
        "$ref": f"#/{place}/{schema}",
        **{key: document[key] for key in ("components", "definitions") if key in document},
    }
    try:
        # An empty registry: nothing is fetched, whatever a reference says.
        found = next(iter(Validator(whole, registry=Registry()).iter_errors(answer)), None)
    except (SchemaError, Unresolvable, RecursionError):
        return f"cannot be judged: the contract has no usable schema {schema}"
    return "" if found is None else f"breaks the contract at {_shown(found.absolute_schema_path)}"


def fault_by_xsd(approved: bytes, sample: bytes) -> str:
    """Return what is wrong with an XML sample; empty when nothing is.

    Raises:
        ProbeError: The sample is too large to be judged.
    """
    from lxml import etree

    try:
        schema = etree.XMLSchema(read_xml(approved))
    except (ProbeError, etree.XMLSchemaParseError):
        return "cannot be judged: the contract is no schema that stands alone"
    answer = read_xml(sample)
    if schema.validate(answer):
        return ""
    first = next(iter(schema.error_log), None)
    return f"breaks the contract in line {first.line} ({first.type_name})" if first else "breaks the contract"


def _shown(path: Any) -> str:
    text = "/".join(map(str, path))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
