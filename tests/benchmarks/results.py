"""The table: printed, and kept in RESULTS.md row by row."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.figure import HEADING, Figure

RESULTS = Path(__file__).parent / "RESULTS.md"
INTRODUCTION = """# What the monitor costs

Written by `make bench`. Ratios are measured side by side in one run, in alternation; a row shows the median of its
rounds. The daemon runs with everything on that is on by default. What is measured has one core, the server the other.
"""


def table(figures: Iterable[Figure]) -> str:
    """Return the table of some figures."""
    return "\n".join([HEADING, *(figure.row() for figure in figures)])


def keep(figures: Iterable[Figure]) -> None:
    """Write the rows; those measured earlier and not now stay in their place."""
    rows = _rows_kept() | {figure.name: figure.row() for figure in figures}
    about = [f"Newest measurement: {datetime.now(UTC):%Y-%m-%d}", *machine.described()]
    RESULTS.write_text("\n".join([INTRODUCTION, about[0], "", *about[1:], "", HEADING, *rows.values(), ""]))


def _rows_kept() -> dict[str, str]:
    if not RESULTS.is_file():
        return {}
    lines = [line for line in RESULTS.read_text().splitlines() if line.startswith("| ")][1:]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines}
