"""Search filters: from their text (RFC 4515) to what is sent (RFC 4511, section 4.5.1)."""

import re

from datashare_monitor_ldap.ber import boolean, octets, written

AND, OR, NOT, EQUALITY, SUBSTRINGS, AT_LEAST, AT_MOST, PRESENT, APPROXIMATE, EXTENSIBLE = (
    0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0x87, 0xA8, 0xA9,
)  # fmt: skip
INITIAL, ANY, FINAL = 0x80, 0x81, 0x82
RULE, TYPE, VALUE, IN_NAME = 0x81, 0x82, 0x83, 0x84
SETS = {"&": AND, "|": OR, "!": NOT}
COMPARISONS = {"=": EQUALITY, ">=": AT_LEAST, "<=": AT_MOST, "~=": APPROXIMATE}

DEEPEST = 20
ATTRIBUTE = r"[A-Za-z][A-Za-z0-9-]*(?:;[A-Za-z0-9-]+)*|\d+(?:\.\d+)+"
ATTRIBUTE_PATTERN = re.compile(ATTRIBUTE, re.ASCII)
ITEM = re.compile(rf"({ATTRIBUTE})(=|>=|<=|~=)([^()]*)", re.ASCII)
EXTENDED = re.compile(rf"({ATTRIBUTE})?(:dn)?(?::({ATTRIBUTE}))?:=([^()]*)", re.ASCII)
ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2})?")


def encoded(text: str) -> bytes:
    """Return a filter as it is sent.

    Raises:
        ValueError: The text is no filter; says what is wrong.
    """
    sent, at = _one(text, 0, 0)
    if at != len(text):
        raise ValueError(f"the filter goes on after its end, at character {at + 1}")
    return sent


def _one(text: str, at: int, depth: int) -> tuple[bytes, int]:
    """Return the filter that begins at a place, and the place behind it."""
    if depth > DEEPEST:
        raise ValueError(f"the filter is nested more than {DEEPEST} deep")
    if text[at : at + 1] != "(":
        raise ValueError(f"a filter begins with a parenthesis, such as (objectClass=*); see character {at + 1}")
    at += 1
    kind = SETS.get(text[at : at + 1])
    if kind is not None:
        return _several(kind, text, at + 1, depth)
    end = text.find(")", at)
    if end < 0:
        raise ValueError("the filter has a parenthesis that is not closed")
    return _item(text[at:end]), end + 1


def _several(kind: int, text: str, at: int, depth: int) -> tuple[bytes, int]:
    parts = []
    while text[at : at + 1] == "(":
        part, at = _one(text, at, depth + 1)
        parts.append(part)
    if text[at : at + 1] != ")":
        if at < len(text):
            raise ValueError(f"the filter has {text[at]!r} between its parts, at character {at + 1}; leave it out")
        raise ValueError("the filter has a parenthesis that is not closed")
    if not parts or (kind == NOT and len(parts) > 1):
        raise ValueError("in a filter & and | stand before one filter or more, ! before just one")
    return written(kind, *parts), at + 1


def _item(text: str) -> bytes:
    if found := ITEM.fullmatch(text):
        attribute, sign, value = found.groups()
        if sign == "=" and value == "*":
            return octets(attribute, PRESENT)
        if sign == "=" and "*" in value:
            return written(SUBSTRINGS, octets(attribute), _substrings(value))
        return written(COMPARISONS[sign], octets(attribute), octets(_value(value)))
    if (found := EXTENDED.fullmatch(text)) and (found[1] or found[3]):
        rule = octets(found[3], RULE) if found[3] else b""
        attribute = octets(found[1], TYPE) if found[1] else b""
        in_name = boolean(is_true=True, tag=IN_NAME) if found[2] else b""
        return written(EXTENSIBLE, rule, attribute, octets(_value(found[4]), VALUE), in_name)
    hint = r", and \28 for a parenthesis in the value" if "(" in text else ""
    raise ValueError(f"({text[:40]}) is no part of a filter; write (attribute=value){hint}")


def _substrings(value: str) -> bytes:
    first, *middle, last = value.split("*")
    parts = [octets(_value(first), INITIAL)] if first else []
    parts += [octets(_value(part), ANY) for part in middle if part]
    parts += [octets(_value(last), FINAL)] if last else []
    if not parts:
        raise ValueError("write one * alone to ask whether an attribute is present")
    return written(0x30, *parts)


def _value(text: str) -> bytes:
    r"""Return the value with ``\2a`` and its kin undone."""

    def byte(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise ValueError(r"in a filter \ stands before two hexadecimal digits; write \5c for itself")
        return bytes([int(found[1], 16)])

    return ESCAPE.sub(byte, text.encode())
