"""What the network saw during one run, as tables: names, addresses, certificates and judgements."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.cli.value import distance
from monitor.network.sight import Attempt, Handshake, Judgement, Lookup
from monitor.plugin.vantage import Certificate, TlsFacts
from monitor.sinks.printable import printable

MOST_NAMES = 8
MOST_ABOVE = 8
MOST_LETTERS = 300
SOON_DAYS = 14


def addresses(lookups: tuple[Lookup, ...], attempts: tuple[Attempt, ...]) -> Table:
    """Return what the names resolved to, and what was connected to."""
    table = _grid()
    for lookup in lookups:
        table.add_row(_said(lookup.host), Text(", ".join(map(str, lookup.addresses)) or "no address"))
    for attempt in attempts:
        host = f"[{attempt.address}]" if attempt.address.version == 6 else str(attempt.address)
        text = Text(f"✕ {attempt.failure}", "red") if attempt.failure else Text("✓ connected", "green")
        table.add_row(Text(f"{host}:{attempt.port}"), text)
    return table


def certificates(handshake: Handshake, now: datetime) -> RenderableType:
    """Return what a server showed of itself, its own certificate first."""
    facts, pieces = handshake.facts, list[RenderableType]()
    if handshake.problem:
        pieces.append(Text(f"✕ {_cut(handshake.problem)}", "red"))
    elif facts is not None and not facts.verified_chain:
        pieces.append(Text("? not verified: the check skips it", "yellow"))
    elif facts is not None:
        pieces.append(Text(f"✓ trusted: {facts.version}, {_cut(facts.cipher)}", "green"))
    table = _grid()
    for label, text in _rows(facts, now) if facts is not None and facts.chain else ():
        table.add_row(Text(label), text)
    if facts is None:
        table.add_row("", Text("the server did not show its certificates a second time"))
    return Group(*pieces, table)


def judgements(found: tuple[Judgement, ...]) -> Table:
    """Return every assertion with the value it was judged by, those that failed first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for one in sorted(found, key=lambda one: one.holds):
        colour = "green" if one.holds else "red"
        mark, value = Text("✓" if one.holds else "✕", colour), Text(_cut(one.value), "" if one.holds else "bold red")
        table.add_row(mark, _said(one.assertion), value)
    return table


def _rows(facts: TlsFacts, now: datetime) -> Iterator[tuple[str, Text]]:
    own, *above = facts.chain
    yield "subject", Text(_cut(own.subject) or "(none)", "bold")
    yield "names", Text(_names(own.names))
    yield "issuer", Text(_cut(own.issuer) or "(none)")
    if own.not_before > now:
        yield "begins", Text(f"{own.not_before:%Y-%m-%d %H:%M} UTC, not valid yet", "bold red")
    yield "ends", _end(own, now)
    for certificate in above[:MOST_ABOVE]:
        yield "above", Text.assemble(f"{_cut(certificate.subject) or '(none)'}, ends ", _end(certificate, now))
    if facts.verified_chain and (root := facts.verified_chain[-1]) not in facts.chain:
        yield "trusted", Text.assemble(f"{_cut(root.subject)}, ends ", _end(root, now))


def _end(certificate: Certificate, now: datetime) -> Text:
    left = certificate.not_after - now
    said = "expired " if left.days < 0 else ""
    colour = "bold red" if left.days < 0 else "yellow" if left.days < SOON_DAYS else ""
    return Text(f"{certificate.not_after:%Y-%m-%d %H:%M} UTC, {said}{distance(certificate.not_after, now)}", colour)


def _names(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(_cut(name) for name in names[:MOST_NAMES]) + rest or "(none)"


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=9, overflow="fold")
    table.add_column(overflow="fold")
    return table


def _said(text: str) -> Text:
    return Text(_cut(text))


def _cut(text: str) -> str:
    """Return text of a target, harmless and not endless."""
    clean = printable(text[: MOST_LETTERS + 1])
    return clean if len(clean) <= MOST_LETTERS else f"{clean[: MOST_LETTERS - 1]}…"
