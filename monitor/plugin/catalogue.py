"""Finds the plugins, loads those that are wanted, and keeps what each breaks to itself."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from itertools import islice
from types import ModuleType

import pluggy

from monitor.measure import Measure
from monitor.plugin import hookspecs
from monitor.plugin.conformance import faults, is_synchronous
from monitor.plugin.installed import Installed, installed
from monitor.plugin.probe import CONTRACT, ProbeKind, Where
from monitor.plugin.source import SourceKind
from monitor.settings import Placement, PluginSettings

MOST_KINDS = 1000
MOST_FAULTS = 10


@dataclass(slots=True)
class Catalogue:
    """What the loaded plugins offer.

    Attributes:
        kinds: Probe kinds by name.
        sources: Source kinds by name.
        plugin_of: The plugin that offers each probe kind.
        plugin_of_source: The plugin that offers each source kind.
        where: Where the runs of each probe kind take place.
        failures: Why a plugin could not be loaded, by its name.
        loaded: The plugins that were, by name.
        installed: All plugins on this machine, loaded or not.
    """

    kinds: dict[str, ProbeKind] = field(default_factory=dict)
    sources: dict[str, SourceKind] = field(default_factory=dict)
    plugin_of: dict[str, str] = field(default_factory=dict)
    plugin_of_source: dict[str, str] = field(default_factory=dict)
    where: dict[str, Where] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, Installed] = field(default_factory=dict)
    installed: list[Installed] = field(default_factory=list)
    _measures: dict[str, tuple[Measure, str]] = field(default_factory=dict)


def discover(
    settings: Mapping[str, PluginSettings] | None = None,
    only: Collection[str] | None = None,
    *,
    found: Iterable[EntryPoint] | None = None,
    failed: Mapping[str, str] | None = None,
    loading: Callable[[str], None] = lambda name: None,  # noqa: ARG005 - nobody listens
) -> Catalogue:
    """Load the plugins that are wanted: ours, and the others that ``settings`` names, unless switched off there.

    Never raises for what a plugin does.

    Args:
        settings: By plugin name.
        only: Names of the only plugins to load.
        found: Entry points to look at instead of those of this machine.
        failed: Plugins known to break the process that loads them, with the cause: they are not tried.
        loading: Told the name of each plugin just before it is loaded, and an empty one when all are.
    """
    settings = settings or {}
    catalogue = Catalogue(installed=installed(found))
    for plugin in catalogue.installed:
        if not wanted(plugin, settings) or (only is not None and plugin.name not in only):
            continue
        if plugin.name in catalogue.loaded or plugin.name in catalogue.failures:
            another = f"{plugin.name} of {plugin.distribution}"
            catalogue.failures[another] = f"there is another plugin with the name {plugin.name}; uninstall one of them"
        elif failed and plugin.name in failed:
            catalogue.failures[plugin.name] = failed[plugin.name]
        else:
            loading(plugin.name)
            _add(catalogue, plugin, settings.get(plugin.name, PluginSettings()))
    loading("")
    return catalogue


def wanted(plugin: Installed, settings: Mapping[str, PluginSettings]) -> bool:
    """Return whether the plugin is to be loaded."""
    named = settings.get(plugin.name)
    return plugin.is_ours if named is None else named.enabled


def offers(entry_point: EntryPoint) -> list[object]:
    """Import a plugin and return what its hook offers.

    Raises:
        BaseException: Whatever the plugin's own code raises; ValueError when it breaks the contract.
    """
    module = entry_point.load()
    contract = getattr(module, "MONITOR_CONTRACT", CONTRACT)
    if contract != CONTRACT:
        raise ValueError(f"it was written for contract {contract!r}, and this monitor keeps contract {CONTRACT}")
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module, entry_point.name)
    manager.check_pending()
    offered = [kind for kinds in manager.hook.monitor_kinds() for kind in islice(kinds, MOST_KINDS)]
    if not offered:
        raise ValueError(f"{_described(module)} offers no kinds: it needs a function monitor_kinds under @hookimpl")
    return offered


def _add(catalogue: Catalogue, plugin: Installed, settings: PluginSettings) -> None:
    try:
        offered = offers(plugin.entry_point)
        wrong = [fault for kind in offered for fault in faults(kind)] or [*_collisions(catalogue, offered)]
    except BaseException as error:  # noqa: BLE001 - foreign code, which may even call sys.exit
        catalogue.failures[plugin.name] = _explained(error)
        return
    if wrong:
        catalogue.failures[plugin.name] = "; ".join(wrong[:MOST_FAULTS])
        return
    catalogue.loaded[plugin.name] = plugin
    for kind in offered:
        if isinstance(kind, ProbeKind):
            catalogue.kinds[kind.name] = kind
            catalogue.plugin_of[kind.name] = plugin.name
            catalogue.where[kind.name] = _where(kind, plugin, settings)
            catalogue._measures.update({measure.name: (measure, plugin.name) for measure in kind.measures})  # noqa: SLF001
        elif isinstance(kind, SourceKind):
            catalogue.sources[kind.name] = kind
            catalogue.plugin_of_source[kind.name] = plugin.name


def _collisions(catalogue: Catalogue, offered: list[object]) -> Iterable[str]:
    probes: dict[str, str] = dict(catalogue.plugin_of)
    sources: dict[str, str] = dict(catalogue.plugin_of_source)
    measures = dict(catalogue._measures)  # noqa: SLF001
    for kind in offered:
        if not isinstance(kind, ProbeKind | SourceKind):
            continue
        taken, word = (probes, "probe") if isinstance(kind, ProbeKind) else (sources, "source")
        if kind.name in taken:
            yield f'the {word} kind "{kind.name}" is already offered by {taken[kind.name] or "itself"}'
        taken[kind.name] = ""
        for measure in kind.measures if isinstance(kind, ProbeKind) else ():
            other, owner = measures.setdefault(measure.name, (measure, ""))
            if other != measure:
                yield f'the measure "{measure.name}" is declared differently by {owner or "itself"}'


def _where(kind: ProbeKind, plugin: Installed, settings: PluginSettings) -> Where:
    is_trusted = plugin.is_ours if settings.run is Placement.AUTO else settings.run is Placement.IN_LOOP
    if kind.worker or not is_trusted:
        return Where.WORKER
    return Where.THREAD if is_synchronous(kind) else Where.IN_LOOP


def _explained(error: BaseException) -> str:
    text = " ".join(str(error).split())[:500]
    if isinstance(error, ValueError) and type(error) is ValueError:
        return text
    if isinstance(error, pluggy.PluginValidationError):
        return f"{text}; the one hook is monitor_kinds"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _described(module: object) -> str:
    return module.__name__ if isinstance(module, ModuleType) else f"a {type(module).__name__}"
