"""Judges an HTTP answer against what the check expects of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.plugin import Answer, Pattern, Reason
from monitor.plugin.http.assertions import Finding
from monitor.plugin.http.refusals import fault_of, reason_of, words_of
from monitor.plugin.http.statuses import all_codes, written
from monitor.plugin.http.telling import Later, Searched, Tell, found, in_all


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatch:
    """A pattern for the values of one header.

    Attributes:
        allow_missing: Whether an answer without the header passes.
        header: Its name.
        regexp: The pattern.
    """

    header: str
    regexp: Pattern
    allow_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a good answer looks like; an empty sequence expects nothing.

    Attributes:
        status_codes: As configuration writes them; empty for 200 to 299.
        tls: None when it does not matter.
    """

    status_codes: tuple[int | str, ...] = ()
    http_versions: Sequence[str] = ()
    tls: bool | None = None
    body_without: Sequence[Pattern] = ()
    body_with: Sequence[Pattern] = ()
    headers_without: Sequence[HeaderMatch] = ()
    headers_with: Sequence[HeaderMatch] = ()


def judge(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    """Return the first thing that is wrong with the answer, or None, and tell of all that was written up to it."""
    return next((fault for rule in RULES if (fault := rule(answer, expected, tell))), None)


def _status(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    status = answer.status
    holds = status in _codes(expected.status_codes) if expected.status_codes else 200 <= status < 300
    if expected.status_codes:
        tell(Later(lambda: f"status_code in {written(expected.status_codes)}"), status, holds=holds)
    if holds:
        return None
    added = ", ".join(words_of(answer))
    said = f"answered {status}{f' ({added})' if added else ''}, expected {written(expected.status_codes)}"
    return Finding(reason_of(answer), said, fault=fault_of(answer))


def _version(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    if not expected.http_versions:
        return None
    version = f"HTTP/{answer.version}"
    holds = version in expected.http_versions
    tell(Later(lambda: f"version in {', '.join(expected.http_versions)}"), version, holds=holds)
    if holds:
        return None
    return Finding(Reason.PROTOCOL, f"answered in {version}, expected {', '.join(expected.http_versions)}")


def _tls(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    if expected.tls is None:
        return None
    has_tls = answer.tls is not None
    tell("TLS" if expected.tls else "no TLS", "TLS" if has_tls else "none", holds=expected.tls is has_tls)
    if expected.tls is has_tls:
        return None
    return Finding(Reason.TLS, "answered over TLS, expected none" if has_tls else "answered without TLS, expected TLS")


def _headers(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    for matches, should_match in ((expected.headers_without, False), (expected.headers_with, True)):
        for match in matches:
            values = [value.encode() for key, value in answer.headers if key == match.header.lower()]
            fault = _header(values, match, should_match=should_match)
            words = Searched(f"header {match.header}", match.regexp, should_match)
            tell(words, in_all(values), holds=fault is None)
            if fault:
                return fault
    return None


def _header(values: Sequence[bytes], match: HeaderMatch, *, should_match: bool) -> Finding | None:
    if not values:
        missing = Finding(Reason.HEADER, f"header {match.header} is missing", by_pattern=True)
        return None if match.allow_missing else missing
    if any(match.regexp.search(value) for value in values) is should_match:
        return None
    matches = "does not match" if should_match else "matches"
    return Finding(Reason.HEADER, f"header {match.header} {matches} '{match.regexp.pattern}'", by_pattern=True)


def _body(answer: Answer, expected: Expectation, tell: Tell) -> Finding | None:
    if not expected.body_without and not expected.body_with:
        return None
    body = _searchable(answer)
    for patterns, should_match in ((expected.body_without, False), (expected.body_with, True)):
        for pattern in patterns:
            is_there = pattern.search(body) is not None
            tell(Searched("body", pattern, should_match), found(is_there=is_there), holds=is_there is should_match)
            if is_there is not should_match:
                matches = "does not match" if should_match else "matches"
                return Finding(Reason.CONTENT, f"body {matches} '{pattern.pattern}'", by_pattern=True)
    return None


def _searchable(answer: Answer) -> bytes:
    """Return the body in UTF-8. RE2 searches bytes as they are, and text at five times the price."""
    content_type = (answer.header("content-type") or "").lower()
    return answer.text().encode() if "charset=" in content_type and "utf-8" not in content_type else answer.body


RULES: Sequence[Callable[[Answer, Expectation, Tell], Finding | None]] = (_status, _tls, _version, _headers, _body)
_codes = lru_cache(maxsize=1024)(all_codes)
