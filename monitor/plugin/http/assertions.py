"""Assertions: what has to be true of a value in the answer, and how bad it is when it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from monitor.plugin import Answer, FaultDomain, Pattern, Reason, Status
from monitor.plugin.http.comparison import ORDERS, Mask, holds, shown, written_comparison
from monitor.plugin.http.contents import Contents, Place
from monitor.plugin.http.statuses import all_codes, written
from monitor.plugin.http.telling import Later, Tell

REASONS = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}
"""Why an answer with this status is not the expected one, where that has a name."""
OwnReason = Literal["content", "service_fault", "backlog", "stale", "mismatch", "self_reported", "maintenance"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be.

    Attributes:
        by_pattern: Whether a pattern of ``fail_if_…_regexp`` or ``fail_if_header_…`` decided.
        fault: Whose fault the answer says it is; None when it does not say.
    """

    reason: Reason
    detail: str
    status: Status = Status.DOWN
    by_pattern: bool = False
    fault: FaultDomain | None = None


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

    def judge(self, answer: Answer, contents: Contents, mask: Mask, tell: Tell) -> Finding | None:
        """Return what is wrong, with the value that decided, or None, and tell of it in either case.

        Raises:
            ProbeError: The body cannot be read.
        """
        status = Status(self._assertion.level)
        if self._place is None:
            is_good = answer.status in self._codes
            tell(Later(lambda: self._words(mask)), answer.status, holds=is_good)
            if is_good:
                return None
            words = f"{self._words(mask)} (was {answer.status})"
            return Finding(self._reason(REASONS.get(answer.status, Reason.STATUS)), words, status)
        value = contents.value(self._place)
        is_good = holds(self._comparison, value, self._limit)
        tell(Later(lambda: self._words(mask)), Later(lambda: shown(value, mask)), holds=is_good)
        if is_good:
            return None
        return Finding(self._reason(self._place.reason), f"{self._words(mask)} (was {shown(value, mask)})", status)

    def _words(self, mask: Mask) -> str:
        if self._place is None:
            return f"status_code in {written(self._assertion.status_codes)}"
        return f"{mask(self._place.text)} {written_comparison(self._comparison, self._limit)}"

    def _reason(self, otherwise: Reason) -> Reason:
        return Reason(self._assertion.reason) if self._assertion.reason else otherwise
