"""Regular expressions of RE2 for what other tools match as text or with wildcards."""

import re
from collections.abc import Iterable

SPECIAL = re.compile(r"([.^$|()\[\]{}*+?\\])")
WILD = {"*": ".*", "?": "."}


def literal(text: str) -> str:
    """Return the expression that matches this text wherever it stands."""
    return SPECIAL.sub(r"\\\1", text)


def whole(texts: Iterable[str]) -> str:
    """Return the expression that matches one of these texts and nothing around it."""
    found = [literal(text) for text in texts]
    return f"^{found[0]}$" if len(found) == 1 else f"^({'|'.join(found)})$"


def wildcards(pattern: str) -> str:
    """Return the expression for a pattern in which ``*`` and ``?`` stand for anything."""
    pieces = re.split(r"([*?])", pattern)
    return f"(?s)^{''.join(WILD.get(piece) or literal(piece) for piece in pieces)}$"
