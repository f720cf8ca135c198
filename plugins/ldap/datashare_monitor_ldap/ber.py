"""The part of BER that LDAP allows (RFC 4511, section 5.1): tags of one byte and lengths that are known.

A value is never read deeper than its caller asks for, so a nested one costs no more than a flat one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31
LONGEST_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Element:
    """One value."""

    tag: int
    content: bytes

    def number(self) -> int:
        """Return an INTEGER or ENUMERATED.

        Raises:
            ValueError: It is none, or longer than LDAP's 31 bits.
        """
        if self.tag not in {INTEGER, ENUMERATED} or not 0 < len(self.content) <= LONGEST_LENGTH:
            raise ValueError("a number was expected")
        return int.from_bytes(self.content, signed=True)

    def inside(self) -> list["Element"]:
        """Return the values within a constructed one.

        Raises:
            ValueError: It holds something else.
        """
        return list(elements(self.content))


def written(tag: int, *parts: bytes) -> bytes:
    """Return a value of which the parts are the content."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Return an INTEGER that is not negative, or an ENUMERATED."""
    return written(tag, number.to_bytes(number.bit_length() // 8 + 1))


def octets(text: str | bytes, tag: int = OCTETS) -> bytes:
    """Return an OCTET STRING; text in UTF-8."""
    return written(tag, text.encode() if isinstance(text, str) else text)


def boolean(*, is_true: bool, tag: int = BOOLEAN) -> bytes:
    """Return a BOOLEAN."""
    return written(tag, b"\xff" if is_true else b"\0")


def size_bytes(first: int) -> int:
    """Return how many bytes of length follow the first one.

    Raises:
        ValueError: The length is not known, or longer than four bytes.
    """
    if first < 0x80:
        return 0
    if not 0 < first & 0x7F <= LONGEST_LENGTH:
        raise ValueError("a length that LDAP does not allow")
    return first & 0x7F


def elements(data: bytes) -> Iterator[Element]:
    """Yield the values one after the other.

    Raises:
        ValueError: A value is longer than what is there.
    """
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("a value without a length")
        tag, first = data[at], data[at + 1]
        more = size_bytes(first)
        begin = at + 2 + more
        length = int.from_bytes(data[at + 2 : begin]) if more else first
        if begin + length > len(data):
            raise ValueError("a value longer than what holds it")
        yield Element(tag, data[begin : begin + length])
        at = begin + length
