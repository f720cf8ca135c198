"""The phases of one run as bars, each beginning where the one before ended."""

from rich.table import Table
from rich.text import Text

from monitor.observation import REFUSED_CERTIFICATE, Reason
from monitor.outcome import Outcome
from monitor.sinks.printable import printable
from monitor.web.pages.strip import REST, milliseconds, parts

MOST_COLUMNS, FEWEST_COLUMNS = 40, 10
BESIDE_COLUMNS = 42
"""What a row takes beside its bar."""
COLOURS = {"resolve": "magenta", "connect": "blue", "tls": "cyan", "processing": "yellow", "transfer": "green"}
HUNG = REFUSED_CERTIFICATE | {Reason.TIMEOUT, Reason.DISCONNECTED, Reason.REFUSED, Reason.TLS, Reason.DNS}
"""Reasons for which the last phase is the one that did not end well."""


def phases(outcome: Outcome, columns: int) -> Table:
    """Return the phases of a run, in a terminal of so many columns."""
    width = max(FEWEST_COLUMNS, min(MOST_COLUMNS, columns - BESIDE_COLUMNS))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=9)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    rows = parts(outcome)
    total = sum(seconds for _, seconds in rows) or 1.0
    last = next((name for name, _ in reversed(rows) if name != REST), "")
    before = 0.0
    for name, seconds in rows:
        start = min(width - 1, int(width * before / total))
        length = max(1, min(width - start, round(width * seconds / total)))
        is_end = name == last and outcome.observation.reason in HUNG
        bar = Text(" " * start)
        bar.append("█" * length, "red" if is_end else COLOURS.get(name, "bright_black"))
        bar.append(" " * (width - start - length))
        table.add_row(
            Text(printable(name)), bar, Text(milliseconds(seconds)), Text("✕ ended here" if is_end else "", "red")
        )
        before += seconds
    return table
