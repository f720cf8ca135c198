"""Text that may come from anywhere, made safe to show: one line, no control character, valid UTF-8."""

import re

UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: they move the cursor, ring, or break the line
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible ones, and those that turn the direction
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags, invisible too
    "\ud800-\udfff]"  # halves of characters, which UTF-8 cannot hold
)


def printable(text: str) -> str:
    r"""Return the text with whatever is not safe to show written out, such as ``\x1b`` or ``\u202e``."""
    return UNSAFE.sub(_written_out, text) if UNSAFE.search(text) else text


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x0A:
        return r"\n"
    if code < 0x100:
        return rf"\x{code:02x}"
    return rf"\u{code:04x}" if code < 0x10000 else rf"\U{code:08x}"
