"""Finds the plugins, loads those that are wanted, and keeps what each breaks to itself."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint
from itertools import islice
from types import MappingProxyType, ModuleType

import pluggy

from monitor.measure import Measure
from monitor.plugin import hookspecs
from monitor.plugin.conformance import faults, is_synchronous
from monitor.plugin.installed import Installed, installed
from monitor.plugin.offers import Offers
from monitor.plugin.probe import CONTRACT, ProbeKind, Where
from monitor.plugin.source import SourceKind
from monitor.settings import Placement, PluginSettings

MOST_KINDS = 1000
MOST_FAULTS = 10


class Catalogue:
    """What the plugins offer.

    Attributes:
        kinds: Probe kinds by name.
        sources: Source kinds by name.
        plugin_of: The loaded plugin that offers each probe kind.
        plugin_of_source: The loaded plugin that offers each source kind.
        where: Where the runs of each probe kind take place.
        failures: Why a plugin could not be loaded, by its name.
        loaded: The plugins that were, by name.
        installed: All plugins on this machine, loaded or not.
    """

    def __init__(
        self,
        installed: Sequence[Installed] = (),
        settings: Mapping[str, PluginSettings] = MappingProxyType({}),
        loading: Callable[[str], None] = lambda name: None,  # noqa: ARG005 - nobody listens
    ) -> None:
        self.kinds: Offers[ProbeKind] = Offers(self._load)
        self.sources: Offers[SourceKind] = Offers(self._load)
        self.plugin_of: dict[str, str] = {}
        self.plugin_of_source: dict[str, str] = {}
        self.where: dict[str, Where] = {}
        self.failures: dict[str, str] = {}
        self.loaded: dict[str, Installed] = {}
        self.installed = installed
        self._settings = settings
        self._loading = loading
        self._waiting: dict[str, Installed] = {}
        self._measures: dict[str, tuple[Measure, str]] = {}

    def take(self, plugin: Installed, failure: str = "") -> None:
        """Let a plugin wait until one of its kinds is asked for; with a failure, it is not tried."""
        if plugin.name in self._waiting or plugin.name in self.failures:
            another = f"{plugin.name} of {plugin.distribution}"
            self.failures[another] = f"there is another plugin with the name {plugin.name}; uninstall one of them"
        elif failure:
            self.failures[plugin.name] = failure
        else:
            self._waiting[plugin.name] = plugin

    def load(self) -> None:
        """Load all that wait."""
        self._load(None)

    def failed_with(self, kind: str) -> str:
        """Return the plugin that has a kind and could not be loaded; empty when that cannot be told."""
        owners = (one.name for one in self.installed if one.is_known_to_offer(kind) and one.name in self.failures)
        return next(owners, kind if kind in self.failures else "")

    def _load(self, kind: str | None) -> None:
        """Load the plugin that offers a kind; all that wait when that cannot be told."""
        waiting = [*self._waiting.values()]
        known = [plugin for plugin in waiting if kind is not None and plugin.is_known_to_offer(kind)]
        for plugin in known or waiting:
            del self._waiting[plugin.name]
            self._loading(plugin.name)
            self._add(plugin)
        if waiting:
            self._loading("")

    def _add(self, plugin: Installed) -> None:
        try:
            offered = offers(plugin.entry_point)
            wrong = [fault for kind in offered for fault in faults(kind)] or [*self._collisions(offered)]
        except BaseException as error:  # noqa: BLE001 - foreign code, which may even call sys.exit
            self.failures[plugin.name] = _explained(error)
            return
        if wrong:
            self.failures[plugin.name] = "; ".join(wrong[:MOST_FAULTS])
            return
        self.loaded[plugin.name] = plugin
        settings = self._settings.get(plugin.name, PluginSettings())
        for kind in offered:
            if isinstance(kind, ProbeKind):
                self.kinds.add(kind.name, kind)
                self.plugin_of[kind.name] = plugin.name
                self.where[kind.name] = _where(kind, plugin, settings)
                self._measures.update({measure.name: (measure, plugin.name) for measure in kind.measures})
            elif isinstance(kind, SourceKind):
                self.sources.add(kind.name, kind)
                self.plugin_of_source[kind.name] = plugin.name

    def _collisions(self, offered: list[object]) -> Iterable[str]:
        probes: dict[str, str] = dict(self.plugin_of)
        sources: dict[str, str] = dict(self.plugin_of_source)
        measures = dict(self._measures)
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
    catalogue = on_demand(settings, only, found=found, failed=failed, loading=loading)
    catalogue.load()
    return catalogue


def on_demand(
    settings: Mapping[str, PluginSettings] | None = None,
    only: Collection[str] | None = None,
    *,
    found: Iterable[EntryPoint] | None = None,
    failed: Mapping[str, str] | None = None,
    loading: Callable[[str], None] = lambda name: None,  # noqa: ARG005 - nobody listens
) -> Catalogue:
    """Return the same plugins, each loaded when one of its kinds is asked for: a driver takes its time and memory.

    With a plugin of others among them all are loaded at once, for what it offers cannot be told without its import,
    and ours go first.
    """
    settings = settings or {}
    catalogue = Catalogue(installed(found), settings, loading)
    taken = [
        plugin for plugin in catalogue.installed if wanted(plugin, settings) and (only is None or plugin.name in only)
    ]
    for plugin in taken:
        catalogue.take(plugin, (failed or {}).get(plugin.name, ""))
    if not all(plugin.is_ours for plugin in taken):
        catalogue.load()
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
