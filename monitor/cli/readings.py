"""The readings of one run as rows: a measure, its value, what it means; labels that would not fit stand below it."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.cli.value import value_text
from monitor.measure import Reading
from monitor.sinks.printable import printable

GAP = 2
LONGEST_BESIDE = 48
"""Letters of a name with its labels, above which these stand on lines of their own."""
FEWEST_EXPLAINED = 24
"""Columns that are left for what a measure means, below which it is left out."""


def readings(found: tuple[Reading, ...], now: datetime, columns: int) -> RenderableType:
    """Return readings as rows in so many columns."""
    names = [printable(one.measure.name) + braced(one) for one in found]
    values = [value_text(one.measure, one.value, now) for one in found]
    name_width = min(max(map(len, names)), columns - GAP - 1)
    value_width = max(1, min(max(map(len, values)), columns - name_width - GAP))
    left = columns - name_width - value_width - 2 * GAP
    return Group(
        *(
            piece
            for reading, name, value in zip(found, names, values, strict=True)
            for piece in _rows(reading, name, value, (name_width, value_width, left))
        )
    )


def braced(reading: Reading) -> str:
    """Return the labels of a reading as they stand behind its name; nothing when they stand below it."""
    labels = ", ".join(_labels(reading))
    is_short = labels and len(reading.measure.name) + len(labels) + 2 <= LONGEST_BESIDE
    return f"{{{labels}}}" if is_short else ""


def _labels(reading: Reading) -> Iterator[str]:
    for label, value in zip(reading.measure.labels, reading.labels, strict=False):
        yield f'{label.name}="{printable(value)}"'


def _rows(reading: Reading, name: str, value: str, widths: tuple[int, int, int]) -> Iterator[RenderableType]:
    name_width, value_width, left = widths
    table = Table.grid(padding=(0, GAP))
    table.add_column(style="dim", overflow="fold", width=name_width)
    table.add_column(overflow="fold", width=value_width)
    cells = [Text(name), Text(value)]
    if left >= FEWEST_EXPLAINED:
        table.add_column(style="dim", overflow="fold", width=left)
        cells.append(Text(printable(reading.measure.help)))
    table.add_row(*cells)
    yield table
    if not braced(reading):
        for label in _labels(reading):
            yield Padding(Text(label, "dim", overflow="fold"), (0, 0, 0, 2 * GAP))
