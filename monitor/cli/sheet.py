"""A plan as a person reads it: what it comes to first, then kind by kind, things that change alike together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from monitor.cli.check_config import counted
from monitor.cli.steps import UNKNOWN, Deed, Edit, Step
from monitor.config.description import AT_A_RELOAD, Kind
from monitor.sinks.printable import printable

WORDS = {
    Kind.AGENCY: ("agency", "agencies"),
    Kind.CONTACT: ("contact", "contacts"),
    Kind.PROGRAMME: ("programme", "programmes"),
    Kind.SYSTEM: ("system", "systems"),
    Kind.CONNECTION: ("connection", "connections"),
    Kind.CHECK: ("check", "checks"),
}
VERBS = {Deed.ADDED: "add", Deed.CHANGED: "change", Deed.REMOVED: "remove"}
MARKS = {Deed.ADDED: "+", Deed.CHANGED: "~", Deed.REMOVED: "-"}
MOST_IDS = 8
MOST_WAYS = 5
"""Of changing things of one kind; beyond these a list is counted unless all of it is asked for."""
UNSEEN = "no field differs: it is written in another way, or its plugin has changed"


def sheet(found: Sequence[Step], *, whole: bool = False) -> Iterator[str]:
    """Yield the lines of a plan; ``whole`` leaves nothing out."""
    things = [step for step in found if step.kind is not Kind.DAEMON]
    settings = {name: edit for step in found if step.kind is Kind.DAEMON for name, edit in step.edits.items()}
    waiting = {name: edit for name, edit in settings.items() if name not in AT_A_RELOAD}
    yield summary(things, [name for name in settings if name in AT_A_RELOAD])
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        yield f"{counted(len(waiting), 'setting')} of the daemon {verb} for a restart."
    for kind, steps in groupby(things, lambda step: step.kind):
        yield f"\n{WORDS[kind][1].capitalize()}"
        yield from _kind([*steps], whole=whole)
    for title, edits in (
        ("Daemon, at a reload", {name: settings[name] for name in settings.keys() & AT_A_RELOAD}),
        ("Daemon, at a restart", waiting),
    ):
        if edits:
            yield f"\n{title}"
            yield from _edits(edits, "  ")
    if any(edit.is_half_known for step in found for edit in step.edits.values()):
        yield f"\n{UNKNOWN} is a value that the daemon does not tell; --from compares with the old files instead."


def summary(things: Sequence[Step], settings: Sequence[str]) -> str:
    """Return in one sentence what a reload would do."""
    parts = []
    for deed in Deed:
        counts = {kind: sum(step.deed is deed and step.kind is kind for step in things) for kind in WORDS}
        words = [counted(count, *WORDS[kind]) for kind, count in counts.items() if count]
        if deed is Deed.CHANGED:
            words += [f"the {name.replace('_', ' ')}" for name in settings]
        if words:
            parts.append(f"{VERBS[deed]} {_listed(words)}")
    return f"A reload would {'; '.join(parts)}." if parts else "A reload would change nothing."


def _kind(steps: Sequence[Step], *, whole: bool) -> Iterator[str]:
    for deed in (Deed.ADDED, Deed.REMOVED):
        yield from _group(MARKS[deed], (), [printable(step.id) for step in steps if step.deed is deed], whole=whole)
    ways: dict[tuple[str, ...], list[str]] = {}
    for step in steps:
        if step.deed is Deed.CHANGED:
            ways.setdefault(_way(step), []).append(printable(step.id))
    shown = [*ways.items()] if whole else [*ways.items()][:MOST_WAYS]
    for lines, ids in shown:
        yield from _group(MARKS[Deed.CHANGED], lines, ids, whole=whole)
    if len(shown) < len(ways):
        rest = sum(map(len, ways.values())) - sum(len(ids) for _, ids in shown)
        yield f"  … and {rest:,} more, changed in {len(ways) - len(shown):,} other ways; --all shows them"


def _way(step: Step) -> tuple[str, ...]:
    if step.kind is Kind.CONTACT:
        return ()  # of persons, not a word
    edits = tuple(_edits(step.edits, "      "))
    return edits or (f"      {UNSEEN}",)


def _group(mark: str, lines: Sequence[str], ids: Sequence[str], *, whole: bool) -> Iterator[str]:
    shown = ids if whole else ids[:MOST_IDS]
    if lines and len(ids) > 1:
        yield f"  {mark} {len(ids):,} alike"
        yield from lines
        yield from (f"    {name}" for name in shown)
    else:
        yield from (f"  {mark} {name}" for name in shown)
        yield from lines
    if len(shown) < len(ids):
        yield f"    … and {len(ids) - len(shown):,} more; --all shows them"


def _edits(edits: Mapping[str, Edit], indent: str) -> Iterator[str]:
    return (f"{indent}{printable(name)}: {printable(str(edit))}" for name, edit in sorted(edits.items()))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
