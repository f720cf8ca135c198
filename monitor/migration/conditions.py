"""The conditions of Gatus: ``[STATUS] == 200`` and its kin, as settings of a check."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from monitor.config.scalar import plain
from monitor.migration.expression import literal, whole, wildcards
from monitor.migration.quantity import length_of

CONDITION = re.compile(r"\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*", re.DOTALL)
FUNCTION = re.compile(r"(len|has|any|pat|age)\((.*)\)", re.DOTALL)
BODY = re.compile(r"\[BODY\](.*)", re.DOTALL)
PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
COMPARISONS = {
    "==": "equals", "!=": "not_equals", "<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least",
}  # fmt: skip
FIRST_STATUS, LAST_STATUS = 100, 599
DAY = timedelta(days=1)


@dataclass(slots=True)
class Conditions:
    """What the conditions of one endpoint come to.

    Attributes:
        settings: For the kind of the endpoint.
        min_days: The least days a certificate may have left; None when no condition asks.
        remarks: On those that have no place here.
        lowest: With ``highest``, the status codes that orders leave; None when no condition has one.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    min_days: int | None = None
    remarks: list[str] = field(default_factory=list)
    lowest: int | None = None
    highest: int | None = None


def read(given: object, kind: str) -> Conditions:
    """Return what the conditions of an endpoint of a kind come to."""
    found = Conditions()
    for one in given if isinstance(given, list) else ():
        parts = CONDITION.fullmatch(str(one))
        if parts is None or not _take(found, kind, parts[1], parts[2], parts[3]):
            found.remarks.append(f"not carried over: the condition {one}")
    if found.lowest is not None or found.highest is not None:
        first, last = found.lowest or FIRST_STATUS, found.highest or LAST_STATUS
        found.settings.setdefault("valid_status_codes", []).append(f"{first}-{last}")
    return found


def _take(found: Conditions, kind: str, left: str, order: str, right: str) -> bool:
    """Take up one condition; return whether it has a place here."""
    reader = READERS.get(left)
    if reader is not None:
        return reader(found, order, right)
    if "[BODY]" in left and kind == "http":
        assertion = _assertion(left, order, right)
        if assertion is not None:
            key, value = assertion
            found.settings.setdefault(key, []).append(value)
        return assertion is not None
    if left == "[BODY]" and kind == "dns" and order == "==":
        records = found.settings.setdefault("validate_answer_rrs", {"fail_if_not_matches_regexp": []})
        records["fail_if_not_matches_regexp"].append(_pattern(right) or literal(right))
        return True
    if left == "[BODY]" and kind == "websocket" and order == "==" and "query_response" not in found.settings:
        # A second condition would wait for a second message, where Gatus asks both of the first one.
        found.settings["query_response"] = [{"expect": _pattern(right) or whole([right])}]
        return True
    return False


def _status(found: Conditions, order: str, right: str) -> bool:
    choice = FUNCTION.fullmatch(right)
    texts = [one.strip() for one in choice[2].split(",")] if choice and choice[1] == "any" else [right]
    codes = [int(text) for text in texts if re.fullmatch(r"[1-5]\d\d", text, re.ASCII)]
    if len(codes) != len(texts) or (order != "==" and len(codes) != 1):
        return False
    if order == "==":
        found.settings.setdefault("valid_status_codes", []).extend(codes)
    elif order in {"<", "<="}:
        found.highest = codes[0] - (order == "<")
    elif order in {">", ">="}:
        found.lowest = codes[0] + (order == ">")
    return order != "!="


def _time(found: Conditions, order: str, right: str) -> bool:
    limit = length_of(f"{right}ms" if right.isdigit() else right)
    if order not in {"<", "<="} or limit is None:
        return False
    found.settings["down_over"] = f"{round(limit / timedelta(milliseconds=1))}ms"
    return True


def _certificate(found: Conditions, order: str, right: str) -> bool:
    left = length_of(right)
    if order not in {">", ">="} or left is None:
        return False
    found.min_days = -(-left // DAY)
    return True


def _connected(found: Conditions, order: str, right: str) -> bool:  # noqa: ARG001 - what every kind demands anyway
    return order == "==" and right == "true"


def _rcode(found: Conditions, order: str, right: str) -> bool:
    if order == "==":
        found.settings["valid_rcodes"] = [right]
    return order == "=="


READERS: Mapping[str, Callable[[Conditions, str, str], bool]] = {
    "[STATUS]": _status, "[RESPONSE_TIME]": _time, "[CERTIFICATE_EXPIRATION]": _certificate,
    "[CONNECTED]": _connected, "[DNS_RCODE]": _rcode,
}  # fmt: skip


def _assertion(left: str, order: str, right: str) -> tuple[str, Any] | None:
    """Return the option that says the same about the body, and its value."""
    function = FUNCTION.fullmatch(left)
    inside = BODY.fullmatch(function[2] if function else left)
    if inside is None:
        return None
    path = _path(inside[1])
    if path == "" and not function:
        pattern = _pattern(right) or whole([right])
        option = {"==": "fail_if_body_not_matches_regexp", "!=": "fail_if_body_matches_regexp"}.get(order)
        return (option, pattern) if option else None
    if function and function[1] == "has":
        return ("assertions", {"json": path, "exists": right == "true"}) if order == "==" and path else None
    if function and function[1] == "len":
        return _compared(f"length({path or '@'})", order, right)
    return _compared(path, order, right) if not function and path else None


def _compared(path: str, order: str, right: str) -> tuple[str, Any] | None:
    pattern = _pattern(right)
    if pattern is not None:
        key = {"==": "matches", "!=": "not_matches"}.get(order)
        return ("assertions", {"json": path, key: pattern}) if key else None
    value = plain(right)
    if "[" in right or value is None or (order not in {"==", "!="} and not isinstance(value, int | float)):
        return None
    return "assertions", {"json": path, COMPARISONS[order]: value}


def _path(given: str) -> str | None:
    """Return a path of Gatus as an expression of JMESPath; None when it is none."""
    made, end = "", 0
    for part in PART.finditer(given):
        if part.start() != end:
            return None
        end = part.end()
        if part[2] is not None:
            made += f"[{part[2]}]"
        else:
            name = part[1] if PLAIN_NAME.fullmatch(part[1]) else f'"{part[1]}"'
            made += f".{name}" if made else name
    return made if end == len(given) else None


def _pattern(given: str) -> str | None:
    """Return ``pat(a*)`` or ``any(a, b)`` as a regular expression; None for anything else."""
    function = FUNCTION.fullmatch(given)
    if function is None or function[1] not in {"pat", "any"}:
        return None
    return wildcards(function[2]) if function[1] == "pat" else whole(one.strip() for one in function[2].split(","))
