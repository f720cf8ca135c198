"""What a plain scalar means: JSON's words and numbers, and nothing else. ``no``, ``012`` and ``1:30`` stay text."""

import math
import re

WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][-+]?[0-9]{1,3})?", re.ASCII)
_FIRST = frozenset("-0123456789")


def plain(text: str) -> str | int | float | bool | None:
    """Return the value of a scalar that was written without quotes."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in _FIRST:
        return text
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number[1] is None and number[2] is None:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else text
