"""Compares values of an answer, and writes comparisons and values as messages show them."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from operator import ge, gt, le, lt
from typing import Any

ORDERS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "less_than": ("<", lt), "at_most": ("<=", le), "more_than": (">", gt), "at_least": (">=", ge),
}  # fmt: skip
LONG = 1e8
"""Numbers from here on may be a person's: telephone numbers and identity numbers have nine digits and more."""
CODE = re.compile(r"(?=.{1,24}\Z)(?:[A-Z]+|[a-z]+)(?:[_-](?:[A-Z]+|[a-z]+|[0-9]{1,4}))*|[A-Z]{1,4}[0-9]{1,4}", re.ASCII)
"""Words of programs: in capitals or in small letters throughout, as names of persons are not."""
Mask = Callable[[str], str]


def holds(comparison: str, value: Any, limit: Any) -> bool:
    """Return whether a value of an answer is as it should be."""
    if comparison == "exists":
        return (value is not None) is limit
    if comparison in ("equals", "not_equals"):
        return is_equal(value, limit) is (comparison == "equals")
    if comparison in ("matches", "not_matches"):
        if value is None:
            return False
        text = value if isinstance(value, str) else str(plain(value))
        return (limit.search(text.encode("utf-8", "replace")) is not None) is (comparison == "matches")
    number = number_of(value)
    return number is not None and ORDERS[comparison][1](number, limit)


def is_equal(value: Any, limit: bool | float | str) -> bool:  # noqa: FBT001 - a value, not a switch
    """Return whether a value of an answer is the expected one: true is not 1, and "5" is 5 only where text is all."""
    if isinstance(limit, bool):
        return value is limit
    if isinstance(limit, str):
        return isinstance(value, str) and value == limit
    number = number_of(value)
    return number is not None and number == limit


def number_of(value: Any) -> int | float | None:
    """Return a number, also one written as text; None for anything else, NaN and infinities included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text) if len(text) < 40 and text.isascii() and "_" not in text else None
        except ValueError:
            return None
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, int) else None


def written_comparison(comparison: str, limit: Any) -> str:
    """Return the comparison as a message shows it."""
    if comparison == "exists":
        return "exists" if limit else "does not exist"
    if comparison in ("matches", "not_matches"):
        return f"{'matches' if comparison == 'matches' else 'does not match'} '{limit.pattern}'"
    sign = {"equals": "==", "not_equals": "!="}.get(comparison) or ORDERS[comparison][0]
    return f"{sign} {plain(limit)}"


def shown(value: Any, mask: Mask) -> str:
    """Return a value of a target's as a message shows it: masked, on one line, not long, and never of a person.

    A word such as ``FAIL``, ``pending`` or ``E-404`` is shown, and a number; other text and long numbers may name a
    person, a request or a path.
    """
    if value is None:
        return "missing"
    number = number_of(value)
    if isinstance(value, str) and number is None:
        return f'"{mask(value)}"' if not value or CODE.fullmatch(value) else "a text"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    if number is not None and abs(number) >= LONG:
        return f"about {float(number):.2e}"
    return mask(str(plain(value)))


def plain(value: Any) -> Any:
    """Return true and false as configuration writes them, and of lists and objects nothing but their size."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return value
