"""Rows of a text: CSV with a head line, or JSON lines. For sources whose files come from elsewhere."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.source import Cell, Row

MOST_COLUMNS = 1000


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
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProbeError(Reason.CONTENT, f"not UTF-8 text: byte {error.start}") from None
    found = _of_csv(decoded) if written is TableFormat.CSV else _of_json(decoded)
    for number, row in enumerate(found):
        if number >= most:
            raise ProbeError(Reason.TOO_LARGE, f"more than {most} rows")
        yield row


def _of_json(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError):
            raise ProbeError(Reason.CONTENT, f"line {number} is not JSON") from None
        if not isinstance(row, Mapping):
            raise ProbeError(Reason.CONTENT, f"line {number} is a {type(row).__name__}, expected an object")
        yield {name: cell for name, cell in row.items() if not isinstance(cell, (list, dict))}


def _of_csv(text: str) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = next(lines, [])
        if len(names) > MOST_COLUMNS or len(set(names)) != len(names):
            raise ProbeError(Reason.CONTENT, f"the head of {len(names)} columns is too long, or has a name twice")
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                raise ProbeError(Reason.CONTENT, f"line {lines.line_num} has {len(cells)} cells, the head {len(names)}")
            row: dict[str, Cell] = dict(zip(names, cells, strict=True))
            yield row
    except csv.Error:
        raise ProbeError(Reason.CONTENT, f"line {lines.line_num} is not CSV") from None
