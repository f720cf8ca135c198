"""External ids: the names that gateways have for connections, and the connections they stand for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from monitor.plugin.quantities import shown

OTHER = "other"
"""Stands as consumer or service for whatever belongs to no connection of the inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A connection as readings name it; all three are ids from the inventory.

    Attributes:
        connection: ``agency/connection``.
        consumer: ``agency/system``, or the agency itself.
        service: The provider, ``agency/system``.
    """

    connection: str
    consumer: str
    service: str


@dataclass(frozen=True, slots=True)
class ExternalIds:
    """The system whose names are meant: the key under ``external_ids:`` of connections, such as ``wso2``."""

    system: str

    def __str__(self) -> str:
        return self.system

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[Any], Any]) -> Any:
        """Read the text when configuration fills a field of this type."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(read_external_ids)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """Describe the text to an editor."""
        return {"type": "string", "minLength": 1, "maxLength": 63, "examples": ["wso2", "xroad"]}


def read_external_ids(value: object) -> ExternalIds:
    """Return the system that a text names.

    Raises:
        ValueError: It is no name.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 63 or not value.isprintable():
        raise ValueError(f"{shown(value)} names no system; write the key that connections have under external_ids")
    return ExternalIds(value)


def systems_of(instance: object) -> Iterator[str]:
    """Yield the systems whose names a filled dataclass asks for, those of nested ones included."""
    if isinstance(instance, ExternalIds):
        yield instance.system
    elif is_dataclass(instance) and not isinstance(instance, type):
        for declared in fields(instance):
            yield from systems_of(getattr(instance, declared.name, None))


Exchanges = Mapping[str, Exchange]
"""By external id."""
