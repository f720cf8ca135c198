"""The fields of a dataclass as a person writes them in a file."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, EnumType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from monitor.plugin.docstring import attributes, first_line
from monitor.plugin.exchange import ExternalIds
from monitor.plugin.fields import (
    Duration,
    HostPort,
    IpAddress,
    Pattern,
    Secret,
    SecretFile,
    Size,
    SocketAddress,
    Source,
    UnixPath,
    Url,
)
from monitor.plugin.json_schema import written_default
from monitor.plugin.quantities import SIZE_PATTERN

NAMES: Sequence[tuple[Any, str]] = (
    (Duration, "duration"),
    (Size, "size"),
    (Url, "URL"),
    (Source, "source"),
    (ExternalIds, "key of external_ids"),
    (HostPort, "host:port"),
    (SocketAddress, "host:port or unix:/path"),
    (IpAddress, "IP address"),
    (Pattern, "regular expression"),
    (Secret, "secret"),
    (SecretFile, "file of a secret"),
    (bool, "true or false"),
    (int, "whole number"),
    (float, "number"),
    (str, "text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key.

    Attributes:
        name: With the keys before it, such as ``tls_config.server_name``.
        default: Empty when there is none to show.
        help: What it does; empty when its author did not say.
    """

    name: str
    type: str
    default: str
    is_required: bool
    help: str


def fields_of(filled: type[Any], before: str = "") -> Iterator[Field]:
    """Yield the fields of a dataclass, those of nested ones after the field that holds them."""
    hints, told = get_type_hints(filled, include_extras=True), attributes(filled)
    for one in dataclasses.fields(filled):
        hint = hints[one.name]
        is_required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        yield Field(
            name=before + one.name,
            type=type_name(hint),
            default="" if is_required else _default(one.default, hint),
            is_required=is_required,
            help=told.get(one.name) or _own_words(hint),
        )
        nested = next((member for member in (hint, *get_args(hint)) if _is_nested(member)), None)
        if nested is not None:
            yield from fields_of(nested, f"{before}{one.name}.")


def type_name(hint: Any) -> str:
    """Return what may be written for a type."""
    for known, name in NAMES:
        if hint == known:
            return name
    origin, arguments = get_origin(hint), [one for one in get_args(hint) if one not in {type(None), ...}]
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " | ".join(str(member.value) for member in hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping of {type_name(arguments[-1])}"
    if isinstance(origin, type) and issubclass(origin, Sequence | frozenset | set):
        return f"list of {type_name(arguments[0])}"
    if origin is not None and arguments:
        return " or ".join(type_name(one) for one in arguments)
    return "mapping" if _is_nested(hint) else getattr(hint, "__name__", str(hint))


def _is_nested(hint: Any) -> bool:
    return (
        isinstance(hint, type)
        and dataclasses.is_dataclass(hint)
        and hint not in {ExternalIds, HostPort, Pattern, Secret, UnixPath}
    )


def _own_words(hint: Any) -> str:
    """Return what a type says of itself: ``tls_config`` is the same wherever it stands."""
    known = (one for one in (hint, *get_args(hint)) if _is_nested(one) or isinstance(one, EnumType))
    return next((words for one in known if (words := first_line(one))), "")


def _default(default: object, hint: Any) -> str:
    is_size = Size in (hint, *get_args(hint))
    shown = written_default(default, {"pattern": SIZE_PATTERN} if is_size else {})
    if isinstance(shown, bool):
        return "true" if shown else "false"
    return "" if shown is None else str(shown)
