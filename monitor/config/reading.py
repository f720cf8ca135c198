"""Reads a directory: every file once, every problem of it at once."""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

from monitor.config.agency import add_agency
from monitor.config.daemon import settings_of
from monitor.config.document import parsed
from monitor.config.documents.daemon import MonitorFile
from monitor.config.files import MONITOR, Files, scanned
from monitor.config.filling import fill, salvaged
from monitor.config.kitchen import Kitchen
from monitor.config.land import Land
from monitor.config.owners import check_programme_owners
from monitor.config.pieces import AllRead, ChecksRead, Piece, PluginReport, PluginRuns, SettingsRead
from monitor.config.place import Node, Place, Problems
from monitor.config.problem import Problem, listed, suggestion
from monitor.config.programme import add_programme, check_populations
from monitor.config.references import check_references
from monitor.config.templates import note_beat, template_of
from monitor.inventory import Inventory
from monitor.plugin.catalogue import Catalogue, on_demand, wanted
from monitor.plugin.quantities import shown
from monitor.settings import Settings

CHECKS_IN_A_PIECE = 100
MOST_PROBLEMS = 1000


def read(
    directory: Path,
    take: Callable[[Piece], None],
    *,
    failed: Mapping[str, str] | None = None,
    found: Iterable[EntryPoint] | None = None,
) -> None:
    """Read a configuration directory and hand out what is in it, piece by piece. Never raises for what it holds.

    Args:
        directory: Holds ``monitor.yaml``, ``agencies/`` and ``programmes/``.
        take: Called with each piece; the last one is an AllRead.
        failed: Plugins known to break the process that loads them, with the cause: they are not tried.
        found: Entry points to look at instead of those of this machine.
    """
    files = scanned(directory)
    problems = Problems()
    node, file = _monitor(files, problems)
    settings = settings_of(file)
    take(SettingsRead(settings))

    def running(plugin: str) -> None:
        take(PluginRuns(plugin))

    catalogue = on_demand(settings.plugins, found=found, failed=failed, loading=running)
    if settings.probe.modules is not None:
        _check_modules(files, settings.probe.modules, node, catalogue, problems)
    if settings.web.config_file is not None:
        _check_web_config(files, settings.web.config_file, node, problems)
    land = _land(file, node, Kitchen(catalogue, problems, running), problems)
    for name in files.programmes:
        if (programme := _document(files, name, problems)) is not None:
            add_programme(land, programme)
    for name in files.agencies:
        if (agency := _document(files, name, problems)) is not None:
            land.has_variables = files.newest_has_variables
            add_agency(land, agency)
        _hand_out(land, take)
    check_references(land.references, land.kinds, land.paths, problems)
    check_populations(land)
    check_programme_owners(land)
    _note_plugins(catalogue, settings, node, problems)  # now that each that is needed was loaded
    if not files.agencies and not files.problems:
        message = "no agency is watched: there is no file in agencies/"
        files.problems.append(Problem(file=MONITOR, message=message, is_error=False))
    problems.found += files.problems
    take(AllRead(_inventory(land), _first(problems.in_order), tuple(_reports(catalogue, settings))))


def read_settings(directory: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings in ``monitor.yaml`` and what is wrong with them; no plugin is loaded."""
    files = scanned(directory)
    problems = Problems()
    settings = settings_of(_monitor(files, problems)[1])
    return settings, problems.in_order


def _monitor(files: Files, problems: Problems) -> tuple[Node, MonitorFile]:
    node = _document(files, MONITOR, problems) or Node(MONITOR, (), {}, Place(1, 1))
    # What is right in it counts all the same: one wrong key must not make every probe kind unknown.
    return node, fill(MonitorFile, node, problems) or salvaged(MonitorFile, node.value)


def _document(files: Files, name: str, problems: Problems) -> Node | None:
    text = files.text(name) if name != MONITOR or files.has_monitor else None
    if text is None:
        return None
    node, wrong = parsed(name, text)
    problems.found += wrong
    return node


def _land(file: MonitorFile, node: Node, kitchen: Kitchen, problems: Problems) -> Land:
    note_beat(node.find("defaults"), (file.defaults,), problems)
    land = Land(kitchen=kitchen, problems=problems, zone=file.time_zone, defaults=file.defaults, templates={})
    given = node.value.get("templates") if isinstance(node.value, dict) else None
    for name in given if isinstance(given, dict) else ():
        land.templates[name] = template_of(name, node.at("templates", name), file.defaults, kitchen)
    return land


def _check_modules(files: Files, name: str, node: Node, catalogue: Catalogue, problems: Problems) -> None:
    """Note what is wrong with the module file; the daemon reads it again, in its own process."""
    from monitor.config.modules import modules_in

    if not (files.root / name).exists():
        problems.add(node.find("probe", "modules"), f"there is no file {shown(name)} in the configuration directory")
    elif (text := files.text(name)) is not None:
        problems.found += modules_in(name, text, catalogue)[1]


def _check_web_config(files: Files, name: str, node: Node, problems: Problems) -> None:
    """Note what is wrong with the web-config file; the daemon reads it again, in its own process."""
    from monitor.config.webconfig import web_config_in

    if not (files.root / name).exists():
        problems.add(node.find("web", "config_file"), f"there is no file {shown(name)} in the configuration directory")
    elif (text := files.text(name)) is not None:
        problems.found += web_config_in(name, text, (files.root / name).parent).problems


def _hand_out(land: Land, take: Callable[[Piece], None]) -> None:
    checks = land.checks
    for start in range(0, len(checks), CHECKS_IN_A_PIECE):
        take(ChecksRead(tuple(checks[start : start + CHECKS_IN_A_PIECE])))
    land.checks = []


def _note_plugins(catalogue: Catalogue, settings: Settings, node: Node, problems: Problems) -> None:
    names = {plugin.name for plugin in catalogue.installed}
    for name in settings.plugins:
        if name not in names:
            near = suggestion(name, names) or f". Installed: {listed(names)}"
            problems.add(node.find("plugins", name), f'no plugin "{name[:60]}" is installed{near}', at_key=True)
    for name, cause in catalogue.failures.items():
        message = f'the plugin "{name}" could not be loaded: {cause}'
        problems.add(node.find("plugins", name), message, at_key=True, is_error=False)


def _inventory(land: Land) -> Inventory | None:
    if land.problems.has_errors:
        return None
    return Inventory(
        agencies=land.agencies,
        contacts=land.contacts,
        systems=land.systems,
        connections=land.connections,
        programmes=land.programmes,
        time_zone=land.zone,
    )


def _reports(catalogue: Catalogue, settings: Settings) -> Iterable[PluginReport]:
    told = set()
    for plugin in catalogue.installed:
        if plugin.name in told or not wanted(plugin, settings.plugins):
            continue
        told.add(plugin.name)
        yield PluginReport(
            name=plugin.name,
            distribution=plugin.distribution,
            version=plugin.version,
            is_ours=plugin.is_ours,
            kinds=tuple(name for name, owner in catalogue.plugin_of.items() if owner == plugin.name),
            sources=tuple(name for name, owner in catalogue.plugin_of_source.items() if owner == plugin.name),
            failure=catalogue.failures.get(plugin.name, ""),
        )
    for name, cause in catalogue.failures.items():
        if name not in told:
            yield PluginReport(name=name, failure=cause)


def _first(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    errors = [problem for problem in problems if problem.is_error][:MOST_PROBLEMS]
    rest = Problem(file="…", message=f"and {len(problems) - len(errors):,} more", is_error=False)
    return (*errors, rest)
