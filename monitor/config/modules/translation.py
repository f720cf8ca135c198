"""From the section of a prober to the settings of a probe kind: by name, by type, and nothing left out in silence."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from monitor.config.place import Node, Part, Problems, written
from monitor.plugin.addresses import HostPort
from monitor.plugin.fields import Size
from monitor.plugin.pattern import Pattern
from monitor.plugin.secret import Secret

ASKS_WHEN_FALSE = frozenset({"ip_protocol_fallback", "recursion_desired", "follow_redirects"})
"""True unless written otherwise, so that ``false`` asks for something."""
KEPT_ANYWAY = frozenset({"skip_resolve_phase_with_proxy"})
"""What every kind does whatever is written: a proxy is always left to look the target up."""
FILE = "_file"


@dataclass(slots=True)
class Translation:
    """The translation of one section.

    Attributes:
        module: Name of the module.
        node: Where the section stands.
        secrets: Takes up the secrets that are written in the file itself.
    """

    module: str
    node: Node
    problems: Problems
    secrets: dict[Secret, str] = field(default_factory=dict, repr=False)

    def settings(self, section: Mapping[str, Any], filled: type[Any], path: tuple[Part, ...] = ()) -> dict[str, Any]:
        """Return the settings for a dataclass, or note each option that it has no field for."""
        hints = get_type_hints(filled, include_extras=True)
        known = {one.name for one in dataclasses.fields(filled) if one.init}
        made: dict[str, Any] = {}
        for key, value in section.items():
            stem = key.removesuffix(FILE)
            is_secret_file = (
                key not in known and key.endswith(FILE) and stem in known and Secret in members(hints[stem])
            )
            name = stem if is_secret_file else key
            if key in KEPT_ANYWAY:
                continue
            if is_nothing(value) and (key not in ASKS_WHEN_FALSE or key in known):
                if value is False and key in known:
                    made[key] = False
            elif name in made:
                self.problems.add(self.node.find(*path, key), f"write {stem} or {stem}{FILE}, not both", at_key=True)
            elif is_secret_file:
                made[name] = {"file": value}
            elif key in known:
                made[key] = self._value(value, hints[key], (*path, key))
            else:
                self._refuse((*path, key))
        return made

    def _value(self, value: Any, hint: Any, path: tuple[Part, ...]) -> Any:
        kinds = members(hint)
        if isinstance(value, str) and Secret in kinds:
            return {"file": value} if path[-2:-1] == ("files",) else self._secret(value, path)
        if hint == Size or Size in get_args(hint):
            return f"{value}B" if isinstance(value, int) else value
        if isinstance(value, dict):
            return self._mapping(value, kinds, path)
        if isinstance(value, list):
            inner = next((get_args(one)[0] for one in kinds if is_of(one, Sequence)), Any)
            return [self._value(one, inner, (*path, index)) for index, one in enumerate(value)]
        return value

    def _mapping(self, value: dict[str, Any], kinds: Sequence[Any], path: tuple[Part, ...]) -> dict[str, Any]:
        nested = next((one for one in kinds if is_nested(one)), None)
        if nested is not None:
            return self.settings(value, nested, path)
        inner = next((get_args(one)[1] for one in kinds if is_of(one, Mapping)), Any)
        return {key: self._value(one, inner, (*path, key)) for key, one in value.items()}

    def _secret(self, text: str, path: tuple[Part, ...]) -> dict[str, str]:
        """Keep a text under a name that can be printed, and return how settings name it."""
        name = f"modules.{self.module}.{written((*self.node.path[-1:], *path))}"
        self.secrets[Secret(env=name)] = text
        return {"env": name}

    def _refuse(self, path: tuple[Part, ...]) -> None:
        message = f'the option "{path[-1]}" of blackbox_exporter is not to be had here; take it out'
        self.problems.add(self.node.find(*path), message, at_key=True)


def is_nothing(value: object) -> bool:
    """Return whether a value is what blackbox_exporter takes for not written."""
    return value is None or value in ("", 0, False) or value in ([], {})


def members(hint: Any) -> Sequence[Any]:
    """Return the alternatives of a union, or the type itself."""
    origin = get_origin(hint)
    is_generic = isinstance(origin, type) and issubclass(origin, Sequence | Mapping | set | frozenset)
    is_read_by_itself = hasattr(hint, "__metadata__")
    return (hint,) if is_generic or is_read_by_itself or not get_args(hint) else (hint, *get_args(hint))


def is_of(hint: Any, kind: type) -> bool:
    """Return whether a type is a generic one of a kind, such as a sequence of something."""
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, kind) and bool(get_args(hint))


def is_nested(hint: Any) -> bool:
    """Return whether a type is a dataclass that a mapping fills."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint not in {HostPort, Pattern, Secret}
