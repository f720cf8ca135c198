"""Rows of a text: CSV with a head line, or JSON lines. For sources whose files come from elsewhere."""

import csv
import io
from codecs import BOM_UTF8
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from enum import StrEnum

from monitor.observation import Reason
from monitor.plugin.documents import apart, read_json
from monitor.plugin.errors import ProbeError
from monitor.plugin.source import Cell, Row

MOST_COLUMNS = 1000
AT_ONCE = 500
"""Rows that a thread reads of a long text before they are handed out: no more of them need to be in memory."""
AT_ONCE_LENGTH = 1024 * 1024
"""How much of the text it reads at most before that, but for the last row: rows take many times their length."""
Measured = tuple[Row, int]
"""A row, and how much of the text it took: bytes or characters."""


class TableFormat(StrEnum):
    """How rows are written."""

    CSV = "csv"
    """With the names of the columns in the first line (RFC 4180); every cell is text."""
    JSON_LINES = "jsonl"
    """An object on each line; a member that is itself a list or an object is left out."""


def rows_of(text: bytes, written: TableFormat, most: int) -> Iterator[Row]:
    """Yield the rows of a whole text.

    Args:
        text: UTF-8, with or without a byte order mark.
        written: How.
        most: The most rows.

    Raises:
        ProbeError: It cannot be read as such, or has more rows. No part of the text is in the message.
    """
    for row, _ in _measured(text, written, most):
        yield row


async def rows_apart(text: bytes, written: TableFormat, most: int) -> AsyncIterator[Row]:
    """Yield what ``rows_of`` does, and raise the same; a long text is read in a thread, so that nobody waits for it."""
    found = _measured(text, written, most)
    while rows := await apart(text, lambda: _batch(found)):
        while rows:
            yield rows.popleft()


def _batch(found: Iterator[Measured]) -> deque[Row]:
    rows: deque[Row] = deque()
    taken = 0
    for row, length in found:
        rows.append(row)
        taken += length
        if len(rows) >= AT_ONCE or taken >= AT_ONCE_LENGTH:
            break
    return rows


def _measured(text: bytes, written: TableFormat, most: int) -> Iterator[Measured]:
    found = _of_csv(text) if written is TableFormat.CSV else _of_json(text)
    for number, each in enumerate(found):
        if number >= most:
            raise ProbeError(Reason.TOO_LARGE, f"more than {most} rows")
        yield each


def _of_json(text: bytes) -> Iterator[Measured]:
    for number, line in enumerate(io.BytesIO(text.removeprefix(BOM_UTF8)), 1):
        if _is_blank(line):
            continue
        row = read_json(line, f"line {number}", "utf-8")
        if not isinstance(row, Mapping):
            raise ProbeError(Reason.CONTENT, f"line {number} is a {type(row).__name__}, expected an object")
        yield {name: cell for name, cell in row.items() if not isinstance(cell, (list, dict))}, len(line)


def _is_blank(line: bytes) -> bool:
    rest = line.strip()
    # JSON begins with a printable character of ASCII: a long line of it is not decoded only to look for other spaces.
    return not rest or (not 0x20 < rest[0] < 0x7F and not rest.decode("utf-8", "replace").strip())


def _of_csv(text: bytes) -> Iterator[Measured]:
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProbeError(Reason.CONTENT, f"not UTF-8 text: byte {error.start}") from None
    source = io.StringIO(decoded, newline="")
    lines = csv.reader(source, strict=True)
    try:
        names = next(lines, [])
        came_to = source.tell()
        if len(names) > MOST_COLUMNS or len(set(names)) != len(names):
            raise ProbeError(Reason.CONTENT, f"the head of {len(names)} columns is too long, or has a name twice")
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                raise ProbeError(Reason.CONTENT, f"line {lines.line_num} has {len(cells)} cells, the head {len(names)}")
            row: dict[str, Cell] = dict(zip(names, cells, strict=True))
            began, came_to = came_to, source.tell()
            yield row, came_to - began
    except csv.Error:
        raise ProbeError(Reason.CONTENT, f"line {lines.line_num} is not CSV") from None
