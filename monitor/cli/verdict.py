"""One outcome for a person at a terminal: what is wrong, and whose it is, comes first."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.cli.advice import Advice, advice_on
from monitor.cli.findings import addresses, certificates, judgements
from monitor.cli.owner import has_hub, title_of, who_acts
from monitor.cli.phases import phases
from monitor.cli.readings import readings
from monitor.cli.screen import screen
from monitor.inventory import Check, Inventory
from monitor.network.sight import NOTHING, Seen
from monitor.observation import OURS, REFUSED_CERTIFICATE, Observation, Reason, Status
from monitor.outcome import Outcome
from monitor.plugin.addresses import UnixPath
from monitor.sinks.printable import printable
from monitor.web.pages.strip import milliseconds
from monitor.web.pages.words import REASONS, SYMBOLS

COLOURS = {Status.UP: "green", Status.DEGRADED: "yellow", Status.DOWN: "red", Status.UNKNOWN: "magenta"}
NO_ANSWER = frozenset(
    {
        Reason.TIMEOUT, Reason.REFUSED, Reason.UNREACHABLE, Reason.DISCONNECTED, Reason.DNS, Reason.TLS,
        *REFUSED_CERTIFICATE,
    }
)  # fmt: skip
"""Reasons of a target that gave none."""
INDENT = 2
NAME_NETWORK = "If it may connect there, name the network: --allow NETWORK, such as --allow 169.254.0.0/16."
NAME_SOCKET = (
    "If it may be used, name it under egress.sockets in monitor.yaml, and let the monitor's user enter and write to it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is looked at, and where it belongs.

    Attributes:
        target: What the command line named in place of a check; empty for one of the configuration.
        note: What a person should know of how it is looked at; empty for nothing.
    """

    check: Check
    inventory: Inventory = field(default_factory=Inventory)
    target: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """What the person who asks calls it."""
        return printable(self.target or self.check.id)

    def advice_on(self, outcome: Outcome) -> Advice | None:
        """Return who has to act and what to do first; None when nobody has to."""
        advice = advice_on(outcome, has_hub=has_hub(self.check, self.inventory))
        if advice is not None and outcome.observation.reason is Reason.EGRESS:
            if isinstance(getattr(self.check.probe, "target", None), UnixPath):
                return advice._replace(remedy=NAME_SOCKET)
            return advice._replace(remedy=NAME_NETWORK) if self.target else advice
        return advice


def show(subject: Subject, outcome: Outcome, seen: Seen = NOTHING, console: Console | None = None) -> None:
    """Write an outcome to the terminal."""
    console = console or screen()
    if console.is_terminal:
        _print(subject, outcome, seen, console)
        return
    with console.capture() as captured:
        _print(subject, outcome, seen, console)
    for row in captured.get().splitlines():
        console.out(row.rstrip())  # tables fill their lines up with spaces, which a file is better without


def _print(subject: Subject, outcome: Outcome, seen: Seen, console: Console) -> None:
    console.print(headline(subject, outcome))
    if title := title_of(subject.check, subject.inventory):
        console.print(Padding(Text(title), (0, 0, 0, INDENT)))
    console.print(Padding(_verdict(subject, outcome), (0, 0, 0, INDENT)))
    for heading, part in _sections(outcome, seen, console.width):
        console.print()
        console.print(Text(heading, "bold"))
        console.print(Padding(part, (0, 0, 0, INDENT)))


def headline(subject: Subject, outcome: Outcome) -> Text:
    """Return the verdict in one line."""
    status, check = outcome.observation.status, subject.check
    verdict = (f"{SYMBOLS[status]} {status.upper()}", f"bold {COLOURS[status]}")
    text = Text.assemble(verdict, "  ", (subject.name, "bold"))
    took = milliseconds(outcome.duration_seconds)
    return text.append(f"  {check.kind}, {took} of {check.timeout.total_seconds():g} s, from {outcome.vantage}", "dim")


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


def _verdict(subject: Subject, outcome: Outcome) -> Table:
    seen = outcome.observation
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", min_width=7)
    facts.add_column(overflow="fold")
    if seen.reason is not None:
        said = f"{seen.reason}: {REASONS[seen.reason][1]}"
        facts.add_row("reason", Text(said, f"bold {COLOURS[seen.status]}"))
    if seen.detail:
        facts.add_row("detail", Text(printable(seen.detail)))
    if (advice := subject.advice_on(outcome)) is not None:
        facts.add_row("to act", Text(who_acts(advice.fault, subject.check, subject.inventory), "bold"))
        facts.add_row("to do", Text(advice.remedy))
    if subject.note:
        facts.add_row("how", Text(printable(subject.note), "dim"))
    elif not subject.target and seen.reason is not None:
        facts.add_row("why", Text(why(subject.check, seen), "dim"))
    return facts


def _sections(outcome: Outcome, seen: Seen, columns: int) -> Iterator[tuple[str, RenderableType]]:
    now = outcome.started
    if seen.judgements:
        yield "assertions", judgements(seen.judgements)
    yield "time", phases(outcome, columns)
    if seen.lookups or seen.attempts:
        yield "addresses", addresses(seen.lookups, seen.attempts)
    for handshake in seen.handshakes:
        yield f"certificate of {printable(handshake.name[:253])}", certificates(handshake, now)
    if outcome.observation.readings:
        yield "readings", readings(outcome.observation.readings, now, columns - INDENT)
