"""What a configuration says of one thing, field by field, fit to be compared with what another one says."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

from monitor.config.wording import LEAVES, worded
from monitor.plugin.secret import Secret

HIDDEN = "(not shown)"
DIGITS = 5
"""Hexadecimal, of the digest of a fact that stays in the house. So few that a telephone number cannot be found by
trying all there are: a thousand have the same digest. One change in a million goes unseen."""
LONGEST = 120
CONFIDENTIAL = (
    "auth", "body", "communit", "cookie", "credential", "header", "key", "pass", "query", "secret", "token", "user",
)  # fmt: skip
"""In the name of a setting of a probe: what stands there may be a credential written in clear."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one field says.

    Attributes:
        text: For a person, without secrets; None when it is not known here.
        mark: Equal for facts that say the same: the text itself, or a digest where that must not leave the process.
    """

    text: str | None
    mark: str

    @property
    def is_open(self) -> bool:
        """Whether whoever may ask the API may read it."""
        return self.text == self.mark


Facts = Mapping[str, Fact]


def open_facts(thing: object, without: frozenset[str] = frozenset()) -> dict[str, Fact]:
    """Return what a dataclass says, defaults left out, by the path of the field; all of it may be shown to anybody."""
    return {
        path: Fact(text := worded(value), text)
        for path, value in leaves(thing)
        if path.partition(".")[0] not in without
    }


def closed_facts(thing: object, prefix: str = "") -> dict[str, Fact]:
    """Return what a dataclass or a mapping says, defaults left out; none of it may leave the process."""
    found = {}
    for path, value in leaves(thing):
        text = HIDDEN if any(word in path.lower() for word in CONFIDENTIAL) else _shortened(value)
        found[f"{prefix}{path}"] = Fact(text, closed(worded(value)))
    return found


def closed(content: str) -> str:
    """Return the mark of a fact that must not leave the process."""
    return "#" + blake2b(content.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def leaves(thing: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value in a dataclass or a mapping that is not the default of its field, with its path."""
    if isinstance(thing, Mapping):
        inner = [(str(key), value) for key, value in sorted(thing.items())]
    else:
        defaults = _defaults(cast("Hashable", type(thing)))
        values = ((name, getattr(thing, name, None), default) for name, default in defaults.items())
        inner = [(name, value) for name, value, default in values if value is not default and value != default]
    for name, value in inner:
        here = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) or (dataclasses.is_dataclass(value) and not isinstance(value, LEAVES)):
            yield from leaves(value, here)
        else:
            yield here, value


def _shortened(value: object) -> str:
    if isinstance(value, Secret):
        return HIDDEN
    text = worded(value)
    if "://" in text and "?" in text:
        text = f"{text.partition('?')[0]}?…"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@lru_cache(maxsize=512)
def _defaults(kind: type[Any]) -> Mapping[str, object]:
    if not dataclasses.is_dataclass(kind):
        return {}
    return {
        declared.name: declared.default_factory()
        if declared.default_factory is not dataclasses.MISSING
        else declared.default
        for declared in dataclasses.fields(kind)
        if declared.init
    }
