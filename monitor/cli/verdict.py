"""One outcome for a person at a terminal, or for a machine."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.inventory import Check
from monitor.observation import OURS, Observation, Reason, Status
from monitor.outcome import Outcome
from monitor.sinks.printable import printable
from monitor.web.pages.strip import milliseconds, parts
from monitor.web.pages.words import FAULTS, REASONS, SYMBOLS
from monitor.web.record import Json, outcome_json, readings_json

WIDTH = 40
COLOURS = {Status.UP: "green", Status.DEGRADED: "yellow", Status.DOWN: "red", Status.UNKNOWN: "bright_black"}
NO_ANSWER = frozenset(
    {
        Reason.TIMEOUT, Reason.REFUSED, Reason.UNREACHABLE, Reason.DISCONNECTED, Reason.DNS, Reason.TLS,
        Reason.CERTIFICATE,
    }
)  # fmt: skip
"""Reasons of a target that gave none."""


def outcome_facts(check: Check, outcome: Outcome) -> dict[str, Json]:
    """Return an outcome for a machine; the keys stay as they are from release to release."""
    return {
        "check": check.id,
        "kind": check.kind,
        **outcome_json(outcome),
        "why": why(check, outcome.observation),
        "readings": readings_json(outcome.observation.readings),
    }


def show(check: Check, outcome: Outcome, console: Console | None = None) -> None:
    """Write an outcome to the terminal."""
    console = console or Console(highlight=False, emoji=False)
    seen = outcome.observation
    colour = COLOURS[seen.status]
    title = Text.assemble((f"{SYMBOLS[seen.status]} {seen.status.upper()}", f"bold {colour}"), "  ", (check.id, "bold"))
    took = milliseconds(outcome.duration_seconds)
    title.append(f"  {check.kind}, {took} of {check.timeout.total_seconds():g} s, from {outcome.vantage}", "dim")
    console.print(title)
    console.print(_phases(outcome))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    if seen.reason is not None:
        facts.add_row("reason", Text.assemble((str(seen.reason), colour), f": {REASONS[seen.reason][1]}"))
    if seen.detail:
        facts.add_row("detail", Text(printable(seen.detail)))
    if seen.fault is not None:
        facts.add_row("to act", Text(FAULTS[seen.fault][1]))
    facts.add_row("why", Text(why(check, seen)))
    console.print(facts)
    if seen.readings:
        console.print(_readings(seen))


def why(check: Check, seen: Observation) -> str:
    """Return what the verdict rests on, and what the daemon makes of it."""
    if seen.reason is None:
        return "The target answered as it should."
    if seen.reason in OURS:
        return "Nothing was learnt about the target: the fault is the monitor's. The daemon keeps the state it has."
    ground = "The target gave no proper answer" if seen.reason in NO_ANSWER else "The target answered, but not well"
    runs = check.confirm.down
    if runs == 1:
        return f"{ground}. The daemon says {seen.status} at once."
    soon = f"looks again after {check.recheck.total_seconds():g} s"
    return f"{ground}. The daemon {soon} and says {seen.status} after {runs} such runs in a row."


def _phases(outcome: Outcome) -> Table:
    """Return the phases as bars, each beginning where the one before ended."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    rows = parts(outcome)
    total = sum(seconds for _, seconds in rows) or 1.0
    before = 0.0
    for name, seconds in rows:
        start = min(WIDTH - 1, int(WIDTH * before / total))
        length = max(1, min(WIDTH - start, round(WIDTH * seconds / total)))
        bar = Text(" " * start + "█" * length + " " * (WIDTH - start - length), style="cyan")
        table.add_row(Text(printable(name)), bar, milliseconds(seconds))
        before += seconds
    return table


def _readings(seen: Observation) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    for reading in seen.readings:
        pairs = zip(reading.measure.labels, reading.labels, strict=False)
        labels = ", ".join(f'{label.name}="{printable(value)}"' for label, value in pairs)
        table.add_row(Text(reading.measure.name + (f"{{{labels}}}" if labels else "")), Text(f"{reading.value:.10g}"))
    return table
