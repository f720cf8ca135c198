"""Assertions: what has to be true of a value in the answer, and how bad it is when it is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from operator import ge, gt, le, lt
from typing import Any, Literal

from datashare_monitor_http.contents import Contents, Place
from datashare_monitor_http.statuses import all_codes, written
from monitor.plugin import Answer, Pattern, Reason, Status

REASONS = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}
"""Why an answer with this status is not the expected one, where that has a name."""
ORDERS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "less_than": ("<", lt), "at_most": ("<=", le), "more_than": (">", gt), "at_least": (">=", ge),
}  # fmt: skip
SHOWN = 80
Mask = Callable[[str], str]
OwnReason = Literal["content", "service_fault", "backlog", "stale", "mismatch", "self_reported", "maintenance"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be.

    Attributes:
        by_pattern: Whether a pattern of ``fail_if_…_regexp`` or ``fail_if_header_…`` decided.
    """

    reason: Reason
    detail: str
    status: Status = Status.DOWN
    by_pattern: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One comparison with a value of the answer: ``{json: data.pending, less_than: 100, level: degraded}``.

    Attributes:
        json: The value, as an expression of JMESPath over the body.
        xml: Or as one of XPath 1.0; of several nodes the first counts.
        namespaces: URIs by the prefixes that ``xml`` uses.
        header: Or as the name of a header.
        status_codes: Or the status, one of these.
        equals: Numbers equal numbers, also when XML or a header writes them as text.
        matches: A pattern that is found somewhere in the text.
        exists: Whether there is a value at all: anything but nothing and null.
        level: What the check is when the assertion does not hold.
        reason: Why, then; otherwise ``content``, ``header`` or the status's own.
        not_equals: The opposite of ``equals``.
        less_than, at_most, more_than, at_least: A limit; a value that is no number fails.
        not_matches: A pattern that is found nowhere in the text.
    """

    json: str | None = None
    xml: str | None = None
    namespaces: Mapping[str, str] = field(default_factory=dict)
    header: str | None = None
    status_codes: tuple[int | str, ...] = ()
    equals: bool | int | float | str | None = None
    not_equals: bool | int | float | str | None = None
    less_than: int | float | None = None
    at_most: int | float | None = None
    more_than: int | float | None = None
    at_least: int | float | None = None
    matches: Pattern | None = None
    not_matches: Pattern | None = None
    exists: bool | None = None
    level: Literal["degraded", "down"] = "down"
    reason: OwnReason | None = None

    def __post_init__(self) -> None:
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if self.status_codes:
            all_codes(self.status_codes)
            if given or self.json or self.xml or self.header:
                raise ValueError("status_codes stand alone in an assertion; write another one for the rest")
            return
        if len(given) != 1:
            raise ValueError(f"write exactly one comparison: {', '.join(COMPARISONS)}")
        limit = getattr(self, given[0])
        if isinstance(limit, float) and not isfinite(limit):
            raise ValueError(f"{given[0]} is not a finite number")
        self.place  # noqa: B018 - it says what is wrong

    @property
    def place(self) -> Place:
        """Where the value is."""
        return Place(json=self.json, xml=self.xml, namespaces=self.namespaces, header=self.header)


COMPARISONS = ("equals", "not_equals", *ORDERS, "matches", "not_matches", "exists")


class Rule:
    """An assertion, made ready."""

    __slots__ = ("_assertion", "_codes", "_comparison", "_limit", "_place")

    def __init__(self, assertion: Assertion) -> None:
        self._assertion = assertion
        self._codes = all_codes(assertion.status_codes)
        self._place = None if self._codes else assertion.place
        given = (name for name in COMPARISONS if getattr(assertion, name) is not None)
        self._comparison = next(given, "")
        self._limit = getattr(assertion, self._comparison) if self._comparison else None

    def judge(self, answer: Answer, contents: Contents, mask: Mask) -> Finding | None:
        """Return what is wrong, with the value that decided, or None.

        Raises:
            ProbeError: The body cannot be read.
        """
        status = Status(self._assertion.level)
        if self._place is None:
            if answer.status in self._codes:
                return None
            words = f"status_code in {written(self._assertion.status_codes)} (was {answer.status})"
            return Finding(self._reason(REASONS.get(answer.status, Reason.STATUS)), words, status)
        value = contents.value(self._place)
        if holds(self._comparison, value, self._limit):
            return None
        words = f"{mask(self._place.text)} {written_comparison(self._comparison, self._limit)}"
        return Finding(self._reason(self._place.reason), f"{words} (was {shown(value, mask)})", status)

    def _reason(self, otherwise: Reason) -> Reason:
        return Reason(self._assertion.reason) if self._assertion.reason else otherwise


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
    """Return a value of a target's as a message shows it: masked, on one line, not long."""
    if value is None:
        return "missing"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    text = mask(f'"{value}"' if isinstance(value, str) and number_of(value) is None else str(plain(value)))
    cut = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)


def plain(value: Any) -> Any:
    """Return true and false as configuration writes them, and of lists and objects nothing but their size."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return value
