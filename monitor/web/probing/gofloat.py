"""Numbers as Go's ``strconv.ParseFloat`` reads them: ASCII, hexadecimal too, underscores between digits."""

import math
import re

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_HEX = r"[0-9a-f]+(?:_[0-9a-f]+)*"
_DECIMAL = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?", re.ASCII)
_HEXADECIMAL = re.compile(rf"[+-]?0x_?(?:{_HEX}(?:\.(?:{_HEX})?)?|\.{_HEX})p[+-]?{_DIGITS}", re.ASCII)
_SPECIAL = re.compile(r"nan|[+-]?inf(?:inity)?", re.ASCII)
LONGEST = 400


def read_float(text: str) -> float:
    """Return a number; infinity and what is no number have words of their own.

    Raises:
        ValueError: It is none, or too large for a double.
    """
    lower = text.lower() if text.isascii() and len(text) <= LONGEST else ""
    if _SPECIAL.fullmatch(lower):
        return float(lower)
    plain = lower.replace("_", "")
    try:
        if _DECIMAL.fullmatch(lower):
            found = float(plain)
        elif _HEXADECIMAL.fullmatch(lower):
            found = float.fromhex(plain)
        else:
            found = math.inf
    except OverflowError:
        found = math.inf
    if math.isinf(found):
        raise ValueError("no number of Go's, or too large")
    return found
