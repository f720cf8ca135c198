"""Whether a plugin keeps the contract, in what it declares and in how it behaves when its target breaks."""

import ast
import asyncio
import inspect
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import fields, is_dataclass
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

from monitor.observation import Reason, Status
from monitor.plugin.catalogue import Catalogue, discover
from monitor.plugin.hookspecs import PROJECT
from monitor.plugin.probe import Probe, ProbeKind
from monitor.settings import PluginSettings
from monitor.testing.broken import dripping, garbage, refused, stalled
from monitor.testing.looks import run

BROKEN: tuple[Callable[[], AbstractAsyncContextManager[str]], ...] = (refused, stalled, garbage, dripping)
TIMEOUT = timedelta(milliseconds=500)
MARGIN_SECONDS = 0.5
"""How long after its timeout a run may last on a machine that is busy with other tests."""


async def assert_conforms(plugin: ModuleType, probe: Callable[[str], Probe] | None = None) -> None:
    """Check all that the daemon checks when it loads a plugin, and what only a test can see.

    Args:
        plugin: The module that the entry point names.
        probe: Returns a probe of the target at ``host:port``, which must not be content with just any answer. It is
            run against targets that refuse, stall, drip and talk nonsense.

    Raises:
        AssertionError: Names everything that is wrong.
    """
    found = list(declaration_faults(plugin))
    if probe is not None and not found:
        each = await asyncio.gather(*(behaviour_faults(broken, probe) for broken in BROKEN))
        found += [fault for faults in each for fault in faults]
    assert not found, "\n".join((f"{plugin.__name__} does not conform:", *found))  # noqa: S101 - it says so


def declaration_faults(plugin: ModuleType) -> Iterator[str]:
    """Yield what is wrong with what a plugin declares."""
    catalogue = offered_by(plugin)
    yield from catalogue.failures.values()
    for kind in catalogue.kinds.values():
        yield from (f'probe kind "{kind.name}": {fault}' for fault in _kind_faults(kind))
    for name, source in catalogue.sources.items():
        yield from (f'source kind "{name}": {fault}' for fault in _style_faults(source.source))
    for file in _files(plugin):
        yield from _import_faults(file)


async def behaviour_faults(
    broken: Callable[[], AbstractAsyncContextManager[str]], probe: Callable[[str], Probe]
) -> list[str]:
    """Return what is wrong with how a probe takes a broken target."""
    async with broken() as address:
        configured = probe(address)
        if pickle.loads(pickle.dumps(configured)) != configured:  # noqa: S301 - what we just made
            return [f"{configured!r} does not survive pickling, which the daemon does to every probe"]
        outcome = await run(configured, within=TIMEOUT)
    seen = outcome.observation
    found = []
    if seen.status in {Status.UP, Status.DEGRADED}:
        found.append(f"it calls a {broken.__name__} target {seen.status}")
    if seen.reason is Reason.PLUGIN:
        found.append(f"it breaks on a {broken.__name__} target: {seen.detail}")
    if outcome.duration_seconds > TIMEOUT.total_seconds() + MARGIN_SECONDS:
        found.append(f"it is busy with a {broken.__name__} target for {outcome.duration_seconds:.1f} s")
    return found


def offered_by(plugin: ModuleType) -> Catalogue:
    """Return what one plugin offers, loaded as the daemon loads it."""
    entry_point = EntryPoint(plugin.__name__, plugin.__name__, PROJECT)
    return discover({plugin.__name__: PluginSettings()}, found=[entry_point])


def _kind_faults(kind: ProbeKind) -> Iterator[str]:
    yield from _style_faults(kind.probe)
    for measure in kind.measures:
        if not measure.name.startswith(("probe_", "exchange_")):
            yield f"the measure {measure.name} must be called probe_… or, if it is about shared data, exchange_…"
        if not measure.help.endswith("."):
            yield f"the help of {measure.name} is not a sentence: {measure.help!r}"


def _style_faults(configured: type) -> Iterator[str]:
    first_line = inspect.cleandoc(configured.__dict__.get("__doc__") or "").partition("\n")[0]
    if not first_line.endswith(".") or first_line.startswith(f"{configured.__name__}("):
        yield f"{configured.__name__} needs a docstring whose first line is one sentence: operators read it"
    if is_dataclass(configured):
        positional = [field.name for field in fields(configured) if not field.kw_only]
        if positional:
            yield f"fields of {configured.__name__} are positional, write kw_only=True: {', '.join(positional)}"


def _files(plugin: ModuleType) -> list[Path]:
    file = Path(plugin.__file__ or "")
    return sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]


def _import_faults(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.partition(".")[0] == "monitor" and not (name + ".").startswith("monitor.plugin."):
                yield f"{file.name} imports {name}; a plugin imports monitor.plugin and nothing else of the monitor"
