"""Error codes in the body of an answer: HTTP 200 is no proof that a call went well."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.plugin import Answer, ProbeError, Reason
from monitor.plugin.http import Contents, Place

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}", re.ASCII)
Meaning = Literal["unauthorized", "forbidden", "throttled", "service_fault", "maintenance", "stale", "backlog"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """The code by which an answer tells whether the call went well.

    Attributes:
        json: Where it stands, as an expression of JMESPath.
        good: The codes of a call that went well.
        lost: Those that say the session is over: a kept one is then renewed, once.
        reasons: What others mean: ``{"403": forbidden, "-9": maintenance}``. Any other is ``service_fault``.
        optional: Whether an answer without a code is good.
    """

    json: str = "error_code"
    good: tuple[int | str, ...] = (0,)
    lost: tuple[int | str, ...] = ()
    reasons: Mapping[str, Meaning] = field(default_factory=dict)
    optional: bool = False

    def __post_init__(self) -> None:
        Place(json=self.json)
        good, lost = set(map(str, self.good)), set(map(str, self.lost))
        if not good:
            raise ValueError("error_code: good has no code; write those of a call that went well")
        if both := (good & lost) | ((good | lost) & self.reasons.keys()):
            raise ValueError(f"error_code: {', '.join(sorted(both))} is named twice; a code has one meaning")

    def judge(self, answer: Answer) -> str | None:
        """Return the code of a call that did not go well; None for one that did.

        Raises:
            ProbeError: There is no code that can be read (``Reason.CONTENT``).
        """
        found = Contents(answer).value(Place(json=self.json))
        if found is None and self.optional:
            return None
        text = written(found)
        if not text:
            words = "missing" if found is None else f"a {type(found).__name__} that is no code"
            raise ProbeError(Reason.CONTENT, f"{self.json} is {words}")
        return None if text in map(str, self.good) else text

    def is_lost(self, code: str) -> bool:
        """Tell whether a code says that the session is over."""
        return code in map(str, self.lost)

    def reason(self, code: str) -> Reason:
        """Return what a code means."""
        if self.is_lost(code):
            return Reason.UNAUTHORIZED
        return Reason(self.reasons.get(code, "service_fault"))


def written(code: Any) -> str:
    """Return a code as text, empty when it is none: 0 and "0" are alike, and a sentence is no code."""
    if isinstance(code, bool):
        return "true" if code else "false"
    if isinstance(code, float) and code.is_integer() and abs(code) < 1e15:
        code = int(code)
    if isinstance(code, int) and code.bit_length() > 100:
        return ""
    text = str(code) if isinstance(code, int | str) else ""
    return text if _CODE.fullmatch(text) else ""
