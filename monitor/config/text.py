"""Bytes of a file to text: UTF-8 without control characters, or a problem with its place."""

import re
from codecs import BOM_UTF8

from monitor.config.problem import Problem

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def decoded(file: str, content: bytes) -> str | Problem:
    """Return the text of a file."""
    content = content.removeprefix(BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        byte = content[error.start]
        return _problem(file, before, f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8")
    control = CONTROL.search(text)
    if control:
        name = "NUL" if control[0] == "\0" else f"U+{ord(control[0]):04X}"
        return _problem(file, text[: control.start()], f"the control character {name} has no place here; delete it")
    return text


def _problem(file: str, before: str, message: str) -> Problem:
    line = before.count("\n") + 1
    return Problem(file=file, line=line, column=len(before) - (before.rfind("\n") + 1) + 1, message=message)
