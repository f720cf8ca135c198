"""Regular expressions from configuration: RE2, whose time grows with the text only, whatever the expression."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from monitor.plugin.quantities import shown

LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax. It is compiled once, when first used, and pickles as its text."""

    pattern: str

    def search(self, text: str | bytes) -> Any:
        """Return the first match anywhere in the text, with the methods of ``re.Match``, or None."""
        return _compiled(self.pattern).search(text)

    def fullmatch(self, text: str | bytes) -> Any:
        """Return the match of the whole text, or None."""
        return _compiled(self.pattern).fullmatch(text)

    @property
    def groups(self) -> frozenset[str]:
        """The numbers and names of its groups, 0 for the whole match among them."""
        compiled = _compiled(self.pattern)
        return frozenset((*map(str, range(compiled.groups + 1)), *compiled.groupindex))

    def __str__(self) -> str:
        return self.pattern

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Callable[[Any], Any]) -> Any:
        """Read the text when configuration fills a field of this type."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(read_pattern)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: Callable[[Any], Any]) -> dict[str, Any]:
        """Describe the text to an editor."""
        return {"type": "string", "description": "A regular expression in RE2's syntax."}


def read_pattern(value: object) -> Pattern:
    """Return the regular expression, known to compile.

    Raises:
        ValueError: It is not one.
    """
    import re2

    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(f"{shown(value)} is not a regular expression; write a text of at most {LONGEST} characters")
    try:
        _compiled(value)
    except re2.error as error:
        raise ValueError(f"{shown(value)} is not a regular expression of RE2: {_said(error)}") from None
    return Pattern(value)


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    hint = "; RE2 has no look-around and no back-references" if "perl operator" in text or "escape" in text else ""
    return text + hint


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
