"""Looking at one check again and again, a line for each look and a running summary, until somebody ends it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from monitor.cli.facts import outcome_facts
from monitor.cli.json_text import json_text
from monitor.cli.look import Finding, Looking
from monitor.cli.tally import Tally
from monitor.cli.value import distance
from monitor.cli.verdict import COLOURS, Subject
from monitor.observation import Status
from monitor.outcome import Outcome
from monitor.sinks.printable import printable
from monitor.web.pages.strip import milliseconds
from monitor.web.pages.words import SYMBOLS

SIGNALS = (signal.SIGINT, signal.SIGTERM)
RANKS = (50, 95)

Told = Callable[[Finding], None]


async def watch(looker: Looking, every_seconds: float, told: Told) -> Status | None:
    """Look every so often until SIGINT or SIGTERM; return the newest status, None when no look has ended.

    A look that takes longer than the beat delays the next one to the beat after it.
    """
    newest: Status | None = None
    async with _ending() as ended:
        began = monotonic()
        while (finding := await _unless(ended, looker)) is not None:
            newest = finding.outcome.observation.status
            told(finding)
            left = every_seconds - (monotonic() - began) % every_seconds
            await asyncio.wait((ended,), timeout=left)
    return newest


@contextmanager
def lines(subject: Subject, console: Console) -> Iterator[Told]:
    """Show looks as lines; on a terminal the summary stays below them, elsewhere it comes at the end."""
    tally = Tally()
    newest: datetime | None = None
    is_live = console.is_terminal and not console.is_dumb_terminal
    live = Live(console=console, auto_refresh=False, transient=True) if is_live else None
    console.print(Text.assemble((subject.name, "bold"), ("  Ctrl-C ends it", "dim")))

    def told(finding: Finding) -> None:
        nonlocal newest
        newest = finding.outcome.started
        tally.add(finding.outcome)
        console.print(line(finding.outcome))
        if live is not None:
            live.update(summary(tally, newest), refresh=True)

    if live is not None:
        live.start()
    try:
        yield told
    finally:
        if live is not None:
            live.stop()
        if newest is not None:
            console.print(summary(tally, newest))


def machine(subject: Subject) -> Told:
    """Return what writes each look as one line of JSON."""

    def told(finding: Finding) -> None:
        print(json_text(outcome_facts(subject, finding.outcome, finding.seen), indent=None), flush=True)

    return told


def line(outcome: Outcome) -> Text:
    """Return one look as a line; its time is this machine's own."""
    seen = outcome.observation
    colour = COLOURS[seen.status]
    text = Text.assemble(
        (f"{outcome.started.astimezone():%H:%M:%S}", "dim"),
        (f"  {SYMBOLS[seen.status]} {seen.status:<8}", colour),
        f"{milliseconds(outcome.duration_seconds):>8}",
    )
    if seen.reason is not None:
        text.append(f"  {seen.reason}", f"bold {colour}")
    return text.append(f"  {printable(seen.detail)}" if seen.detail else "")


def summary(tally: Tally, now: datetime) -> Text:
    """Return what the looks add up to, in one paragraph."""
    text = Text(f"\n{tally.runs:,} {'run' if tally.runs == 1 else 'runs'}", "bold")
    for status in Status:
        if count := tally.counts[status]:
            text.append(f"  {SYMBOLS[status]} {status} {count:,}", COLOURS[status])
    if tally.ratio is not None:
        text.append(f"  up or degraded {tally.ratio * 100:.4g} %")
    text.append("\n")
    for rank, seconds in zip(RANKS, tally.percentiles(*RANKS), strict=False):
        text.append(f"p{rank} {milliseconds(seconds)}  ")
    if tally.status is not None and tally.since is not None:
        length = distance(tally.since, now).removesuffix(" ago").removeprefix("in ")
        times = "once" if tally.changes == 1 else f"{tally.changes:,} times"
        text.append(f"{tally.status} for {length}" + (f", changed {times}" if tally.changes else ""))
    return text


@asynccontextmanager
async def _ending() -> AsyncIterator[asyncio.Future[None]]:
    """Yield a future that a signal ends."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    for number in SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        yield ended
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _unless(ended: asyncio.Future[None], looker: Looking) -> Finding | None:
    """Look once; None when the end comes first."""
    if ended.done():
        return None
    look = asyncio.ensure_future(looker.once())
    await asyncio.wait((look, ended), return_when=asyncio.FIRST_COMPLETED)
    if look.done():
        return look.result()
    look.cancel()
    await asyncio.wait((look,))
    return None
