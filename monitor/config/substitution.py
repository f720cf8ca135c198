"""``${name}`` in the checks of a target: replaced by the target's ``vars``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.config.place import Part

VARIABLE = re.compile(r"(\$?)\$\{([^}]*)\}")

Value = str | int | float | bool


@dataclass(slots=True)
class Substitution:
    """The variables of one target, and what became of them.

    Attributes:
        used: Variables that some check uses.
        touched: Paths of the values in which one was replaced, of the newest mapping.
        is_in_doubt: Whether a template is missing or cannot be filled, so that a variable may only seem unused.
        undefined: Variables that the newest mapping uses and that are not defined, with the path.
    """

    variables: Mapping[str, Value]
    used: set[str] = field(default_factory=set)
    touched: set[tuple[Part, ...]] = field(default_factory=set)
    is_in_doubt: bool = False
    undefined: list[tuple[tuple[Part, ...], str]] = field(default_factory=list)

    def apply(self, value: Any) -> Any:
        """Return a value with all variables in it replaced. ``$${`` stands for ``${``."""
        self.touched = set()
        self.undefined = []
        return self._value(value, ())

    def _value(self, value: Any, path: tuple[Part, ...]) -> Any:
        if isinstance(value, str):
            return self._text(value, path) if "${" in value else value
        if isinstance(value, dict):
            return {key: self._value(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, (*path, index)) for index, inner in enumerate(value)]
        return value

    def _text(self, text: str, path: tuple[Part, ...]) -> Value:
        whole = VARIABLE.fullmatch(text)
        if whole and not whole[1] and whole[2] in self.variables:
            self.used.add(whole[2])
            self.touched.add(path)
            return self.variables[whole[2]]
        return VARIABLE.sub(lambda found: self._replaced(found, path), text)

    def _replaced(self, found: re.Match[str], path: tuple[Part, ...]) -> str:
        if found[1]:
            return found[0][1:]
        name = found[2]
        if name not in self.variables:
            self.undefined.append((path, name))
            return found[0]
        self.used.add(name)
        self.touched.add(path)
        value = self.variables[name]
        return str(value).lower() if isinstance(value, bool) else str(value)
