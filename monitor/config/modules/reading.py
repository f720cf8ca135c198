"""Reads a module file: every module of it, or every problem with its place."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from monitor.config.document import parsed
from monitor.config.files import Files
from monitor.config.filling import as_json, fill, hidden, note
from monitor.config.modules.grammar import ModuleFile, ModuleShape
from monitor.config.modules.masking import as_yaml, masked
from monitor.config.modules.module import EXAMPLES, Module, Modules
from monitor.config.modules.probers import KINDS, REFUSED, adapted
from monitor.config.modules.translation import Translation
from monitor.config.place import Node, Problems
from monitor.config.problem import Problem, listed, suggestion
from monitor.plugin.catalogue import Catalogue
from monitor.plugin.form import form
from monitor.plugin.probe import ProbeKind, Where

MOST_MODULES = 1000


def read_modules(path: Path, catalogue: Catalogue) -> tuple[Modules, tuple[Problem, ...]]:
    """Return the modules of a file, and all that is wrong with it; never raises for what it holds.

    Args:
        path: Of the file; links are followed.
        catalogue: The probe kinds on offer.
    """
    real = path.resolve()
    files = Files(real.parent)
    text = files.text(real.name)
    if text is None:
        return {}, tuple(Problem(file=str(path), message=one.message) for one in files.problems)
    return modules_in(str(path), text, catalogue)


def modules_in(file: str, text: str, catalogue: Catalogue) -> tuple[Modules, tuple[Problem, ...]]:
    """Return the modules of the text of a file, and all that is wrong with it."""
    root, wrong = parsed(file, text, merges=True)
    problems = Problems([*wrong])
    modules: dict[str, Module] = {}
    if root is None:
        return modules, problems.in_order
    node = Node(root.file, root.path, without_nulls(root.value), root.place)
    if fill(ModuleFile, node, problems, apart=("modules",)) is None:
        return modules, problems.in_order
    names = list(node.value.get("modules", ()))
    if len(names) > MOST_MODULES:
        problems.add(node.at("modules"), f"more than {MOST_MODULES} modules; split the file")
        names = []
    for name in names:
        module = _module(name, node.at("modules", name), catalogue, problems)
        if module is not None:
            modules[name] = module
    return modules, problems.in_order


def without_nulls(value: Any) -> Any:
    """Return a value without the keys under which nothing is written: Go takes them for not written at all."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def _module(name: str, node: Node, catalogue: Catalogue, problems: Problems) -> Module | None:
    def judged(text: str) -> Module | None:
        return _made(ModuleShape.model_validate_json(text), name, node, catalogue, problems)

    try:
        shape = ModuleShape.model_validate_json(to_json(node.value))
    except ValidationError as error:
        note(error, ModuleShape, node, problems)
        hidden(error, node.value, ModuleShape, judged)
        return None
    return _made(shape, name, node, catalogue, problems)


def _made(shape: ModuleShape, name: str, node: Node, catalogue: Catalogue, problems: Problems) -> Module | None:
    before = len(problems.found)
    kind = _kind(shape.prober, node, catalogue, problems)
    if kind is None:
        return None
    section = getattr(shape, shape.prober)
    if section is None:
        if node.value.get(shape.prober) is None:  # or else it is what was taken out, to see what more is wrong
            problems.add_missing(node, shape.prober, f'the key "{shape.prober}" is missing')
        return None
    written = node.find(shape.prober)
    translation = Translation(name, written, problems)
    asked = adapted(shape.prober, section.model_dump(exclude_unset=True), written, problems)
    settings = translation.settings(asked, kind.probe)
    is_tried = _is_tried(kind, {**settings, "target": EXAMPLES[shape.prober]}, written, problems)
    if not is_tried or len(problems.found) > before:
        return None
    return Module(
        name=name,
        prober=shape.prober,
        kind=kind,
        plugin=catalogue.plugin_of[kind.name],
        where=catalogue.where[kind.name],
        timeout_seconds=shape.timeout,
        settings=settings,
        secrets=translation.secrets,
        measures={measure.name: measure for measure in kind.measures},
        shown=as_yaml(masked(node.value)),
    )


def _is_tried(kind: ProbeKind, settings: dict[str, Any], node: Node, problems: Problems) -> bool:
    """Return whether a probe can be made of settings, or note why not."""
    filled = form(kind.probe)
    try:
        filled.fill(as_json(settings))
    except ValidationError as error:
        note(error, kind.probe, node, problems)
        more = hidden(error, settings, kind.probe, filled.fill)
        if more is not None:
            note(more, kind.probe, node, problems)
        return False
    return True


def _kind(prober: str, node: Node, catalogue: Catalogue, problems: Problems) -> ProbeKind | None:
    place = node.find("prober")
    if prober in REFUSED:
        problems.add(place, f'the prober "{prober}" is not to be had here: {REFUSED[prober]}')
        return None
    if prober not in KINDS:
        near = suggestion(prober, KINDS) or "; write one of those"
        problems.add(place, f'there is no prober "{prober[:60]}"{near} Known: {listed(KINDS)}')
        return None
    kind = catalogue.kinds.get(KINDS[prober])
    if kind is None:
        message = f'the prober "{prober}" is not to be had here: no probe kind {KINDS[prober]} is installed'
        problems.add(place, f"{message}; take the module out. Installed: {listed(catalogue.kinds)}")
    elif catalogue.where[kind.name] is Where.WORKER:
        message = f"the probe kind {kind.name} runs in a worker, where nothing keeps it to what /probe may connect to"
        problems.add(place, f"{message}; take the module out")
        return None
    return kind
