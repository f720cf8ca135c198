"""The path of a connection for a person at a terminal: what is broken, and whose it is, comes first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.cli.screen import screen
from monitor.cli.value import distance
from monitor.cli.verdict import COLOURS
from monitor.judge.locate import HopVerdict
from monitor.observation import OURS, FaultDomain, Reason, Status
from monitor.outcome import Ground
from monitor.rest import RESTING
from monitor.sinks.printable import printable
from monitor.web.pages.words import FAULTS, REASONS, SYMBOLS

Facts = Mapping[str, Any]
"""As the API has them."""

SAID: Mapping[Ground, str] = {
    Ground.HOP: "its own checks are down",
    Ground.HINT: "the answer to {check} says whose fault it is",
    Ground.REASON: "the reason of {check} says whose fault it is",
    Ground.DOOR: "it is the first system on the way of {check}",
    Ground.ELIMINATION: "{check} failed, and this is what the checks of the other hops leave over",
    Ground.OURS: "the monitor could not look, so nothing is said about the path",
}
VERDICTS: Mapping[HopVerdict, tuple[str, str]] = {
    HopVerdict.UP: (SYMBOLS[Status.UP], COLOURS[Status.UP]),
    HopVerdict.DEGRADED: (SYMBOLS[Status.DEGRADED], COLOURS[Status.DEGRADED]),
    HopVerdict.BROKEN: (SYMBOLS[Status.DOWN], COLOURS[Status.DOWN]),
    HopVerdict.UNREACHABLE: ("·", "dim"),
    HopVerdict.UNKNOWN: (SYMBOLS[Status.UNKNOWN], COLOURS[Status.UNKNOWN]),
    HopVerdict.UNSEEN: ("·", "dim"),
}


def show(found: Facts, console: Console | None = None, now: datetime | None = None) -> None:
    """Write where a connection stands to the terminal.

    Raises:
        KeyError, TypeError, ValueError: It is not what the API of this version tells.
    """
    console, now = console or screen(), now or datetime.now(UTC)
    if console.is_terminal:
        _print(found, console, now)
        return
    with console.capture() as captured:
        _print(found, console, now)
    for row in captured.get().splitlines():
        console.out(row.rstrip())


def _print(found: Facts, console: Console, now: datetime) -> None:
    console.print(headline(found, now))
    if found["name"]:
        console.print(Padding(Text(printable(found["name"])), (0, 0, 0, 2)))
    console.print(Padding(_fault(found, now), (0, 0, 0, 2)))
    console.print()
    console.print(Text("path", "bold"))
    for hop in found["hops"]:
        for line in _hop(hop, now):
            _put(line, console)
    console.print()
    console.print(Text("checks of the connection itself", "bold"))
    for check in found["checks"]:
        _put(_check(check, now), console)
    if not found["checks"]:
        is_resting = found["stage"] in RESTING
        _put(Text("none runs" if is_resting else "none: whether data really pass is not known", "dim"), console)


def _put(line: Text, console: Console) -> None:
    """Write a line whole, however long: a terminal wraps it, a file keeps it fit for grep."""
    console.print(Text("  ").append_text(line), soft_wrap=True)


def headline(found: Facts, now: datetime) -> Text:
    """Return how the connection stands, in one line."""
    status = Status(found["status"])
    if found["stage"] in RESTING:
        return Text.assemble((f"· {found['stage'].upper()}", "bold"), "  ", (printable(found["id"]), "bold"))
    verdict = (f"{SYMBOLS[status]} {status.upper()}", f"bold {COLOURS[status]}")
    text = Text.assemble(verdict, "  ", (printable(found["id"]), "bold"))
    text.append(f"  {found['stage']}{_since(found['since'], now)}", "dim")
    return text.append("  planned maintenance", "bold blue") if found["maintenance"] else text


def _fault(found: Facts, now: datetime) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", min_width=7)
    facts.add_column(overflow="fold")
    fault = found["fault"]
    if fault is None:
        facts.add_row("fault", Text(_no_fault(Status(found["status"]), found["detail"], found["awaits"])))
        return facts
    domain, ground = FaultDomain(fault["domain"]), Ground(fault["ground"])
    facts.add_row("fault", Text(_place(domain, fault["at"]), f"bold {COLOURS[Status(fault['status'])]}"))
    facts.add_row("to act", Text(printable(fault["owner"] or _nobody(domain)), "bold"))
    facts.add_row("reason", Text(evidence(fault)))
    facts.add_row("since", Text(_since(fault["since"], now).removeprefix(", since ")))
    facts.add_row("why", Text(SAID[ground].format(check=printable(fault["check"] or "")), "dim"))
    return facts


def _no_fault(status: Status, detail: str, awaits: Sequence[str]) -> str:
    if status is Status.UNKNOWN:
        return printable(detail) or "nothing is known yet"
    if awaits:
        return f"not located yet: the next look at {' and '.join(map(printable, awaits))} tells more"
    if status is not Status.UP:
        return "not located yet"
    return "none: nothing on the path is broken"


def _place(domain: FaultDomain, at: str | None) -> str:
    if domain is FaultDomain.NETWORK and at:
        return f"{domain}, on the way to {printable(at)}"
    return f"{domain}, {printable(at)}" if at else FAULTS[domain][1]


def _nobody(domain: FaultDomain) -> str:
    return "whoever runs the monitor" if domain is FaultDomain.MONITOR else "nobody is named; give it an owner"


def _hop(hop: Facts, now: datetime) -> Iterator[Text]:
    verdict, state = HopVerdict(hop["verdict"]), hop["state"]
    symbol, colour = VERDICTS[verdict]
    line = Text.assemble((f"{symbol} {verdict:<12}", colour), (f"{hop['role']:<10}", "dim"), printable(hop["id"]))
    line.append(f"  {printable(hop['name'])}" if hop["name"] else "", "dim")
    yield line
    about = [f"owner {printable(hop['owner'])}" if hop["owner"] else "no owner"]
    about.append("no check looks at it" if state is None else _own(verdict, state, now))
    if state is not None and state["maintenance"]:
        about.append("in planned maintenance")
    yield Text(f"    {', '.join(about)}", "dim")
    for check in hop["checks"]:
        if check["status"] != Status.UP:
            yield Text("    ").append_text(_check(check, now))


def _own(verdict: HopVerdict, state: Facts, now: datetime) -> str:
    """Return what a hop's own checks say, beside how it stands on the path."""
    status = Status(state["status"])
    said = f"{status}{_since(state['since'], now)}".replace(",", "", 1)
    is_the_same = verdict == (HopVerdict.BROKEN if status is Status.DOWN else status)
    return said if is_the_same else f"its own checks say {said}"


def _check(check: Facts, now: datetime) -> Text:
    status = Status(check["status"])
    line = Text.assemble((f"{SYMBOLS[status]} {status:<9}", COLOURS[status]), printable(check["id"].rpartition("/")[2]))
    if check["reason"]:
        line.append(f"  {evidence(check)}")
    line.append(_since(check["since"], now), "dim")
    newest = check["newest"]
    if newest and newest["started"]:
        line.append(f", looked {distance(datetime.fromisoformat(newest['started']), now)}", "dim")
    return line


def evidence(facts: Facts) -> str:
    """Return why something is not up: the reason, and what was seen in the words of whoever saw it."""
    reason, detail = Reason(facts["reason"]), printable(facts["detail"]).rstrip(".")
    words = REASONS[reason][1]
    if not detail or detail.casefold() == words.casefold():
        return f"{reason}: {words}"
    return f"{reason}: {words}, {detail}" if reason in OURS else f"{reason}: {detail}"


def _since(since: str | None, now: datetime) -> str:
    if since is None:
        return ""
    began = datetime.fromisoformat(since)
    return f", since {began:%Y-%m-%d %H:%M:%S} UTC ({distance(began, now)})"
