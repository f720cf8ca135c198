"""Status codes as configuration writes them: 200, "2xx", "200-299"."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated

from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

_CLASS = re.compile(r"[1-5]xx", re.ASCII)
_RANGE = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?", re.ASCII)
REMEDY = 'write a code such as 204, a class such as "2xx" or a range such as "200-299"'


@lru_cache(maxsize=1024)
def codes_of(entry: int | str) -> range:
    """Return the codes that an entry stands for.

    Raises:
        ValueError: For none.
    """
    text = str(entry)
    if _CLASS.fullmatch(text):
        return range(int(text[0]) * 100, int(text[0]) * 100 + 100)
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text[:30]}" is no status code; {REMEDY}')
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise ValueError(f'"{text}" runs backwards; write "{last}-{first}"')
    return range(first, last + 1)


def read_codes(value: object) -> int | str:
    """Return an entry as it stands in a configuration file.

    Raises:
        ValueError: It stands for no code.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{shown(value)} is no status code; {REMEDY}")  # noqa: TRY004 - for the operator
    codes_of(value)
    return value


StatusCodes = Annotated[
    int | str,
    Scalar(read_codes, {"anyOf": [{"type": "integer"}, {"type": "string"}], "examples": [204, "2xx", "200-299"]}),
]
"""A code, a class of codes or a range: 204, ``"2xx"``, ``"200-299"``."""


def all_codes(entries: Sequence[int | str]) -> frozenset[int]:
    """Return the codes that several entries stand for.

    Raises:
        ValueError: One stands for none.
    """
    return frozenset(code for entry in entries for code in codes_of(entry))


def written(entries: Sequence[int | str]) -> str:
    """Return the entries as a message shows them."""
    return ", ".join(map(str, entries)) or "2xx"
