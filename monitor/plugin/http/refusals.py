"""Why an answer has a status that is not the expected one, and whose fault it says that is."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from monitor.observation import FaultDomain, Reason
from monitor.plugin.http.assertions import REASONS
from monitor.plugin.vantage import Answer

SIDES = (
    ("server.clientproxy", FaultDomain.CONSUMER),
    ("server.serverproxy", FaultDomain.PROVIDER),
    ("client", FaultDomain.CONSUMER),
    ("server", FaultDomain.PROVIDER),
)
"""By how a code of X-Road begins (PR-REST, 4.6): the consumer's security server, the provider's, the request, the
service."""
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,120}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,7}", re.ASCII)


def reason_of(answer: Answer) -> Reason:
    """Return why a status that was not expected is none: 503 with Retry-After is maintenance (RFC 9110, 15.6.4)."""
    status = answer.status
    if status == 503 and answer.header("retry-after") is not None:
        return Reason.MAINTENANCE
    return REASONS.get(status, Reason.REDIRECT if 300 <= status < 400 else Reason.STATUS)


def words_of(answer: Answer) -> list[str]:
    """Return what an answer adds to a refusal, in words that are known and hold nothing personal."""
    code, until = answer.header("x-road-error"), retry_after(answer)
    words = [] if code is None else [f"X-Road-Error {shown_code(code)}"]
    return words if until is None else [*words, f"retry after {until}"]


def fault_of(answer: Answer) -> FaultDomain | None:
    """Return whose fault the header X-Road-Error says it is; None without one."""
    code = answer.header("x-road-error")
    return None if code is None else side_of(code)


def side_of(code: str) -> FaultDomain | None:
    """Return on which side an error of X-Road happened; capitals do not matter."""
    plain = code.strip().lower()
    return next((side for start, side in SIDES if plain == start or plain.startswith(f"{start}.")), None)


def shown_code(code: str) -> str:
    """Return a code of X-Road if it is one; a message instead of it may name hosts and persons."""
    text = code.strip()
    return text if _CODE.fullmatch(text) else "without a code"


def retry_after(answer: Answer) -> str | None:
    """Return when to come back, as ``120 s`` or a moment; None when the answer does not say."""
    said = (answer.header("retry-after") or "").strip()
    if _SECONDS.fullmatch(said):
        return f"{said} s"
    try:
        return f"{parsedate_to_datetime(said[:100]).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
