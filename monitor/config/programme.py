"""One file of ``programmes/``: a target set from above, its population, and what counts as connected."""

from collections.abc import Iterable, Iterator

from monitor.config.documents.programme import (
    MeasuredShape,
    PopulationShape,
    ProgrammeFile,
    ProgrammeShape,
    ReportShape,
)
from monitor.config.documents.shape import read_id
from monitor.config.filling import fill
from monitor.config.land import Land
from monitor.config.place import Node
from monitor.config.problem import listed, suggestion
from monitor.config.references import Reference
from monitor.inventory import (
    AgencyId,
    ByCheck,
    ByConnection,
    ByReport,
    Measured,
    Member,
    Population,
    Programme,
    ProgrammeId,
    Report,
    TargetId,
)
from monitor.plugin.quantities import shown

POPULATIONS = ("classes", "agencies", "members", "count")
MEASURES = ("check", "connection", "report")


def add_programme(land: Land, node: Node) -> None:
    """Add the programme of a file to the land, and note all that is wrong with it."""
    file = fill(ProgrammeFile, node, land.problems)
    place = node.find("programme", "id")
    try:
        name = read_id(place.value)
    except ValueError:
        return
    if name in land.programme_ids:
        message = f'the programme "{name}" is already in {land.programme_ids[name]}; choose another id'
        land.problems.add(place, message)
    land.programme_ids.setdefault(name, node.file)
    if file is None:
        return
    shape, inner = file.programme, node.at("programme")
    is_whole = _note_choices(land, inner, shape)
    if shape.owner:
        land.programme_owners.append(inner.at("owner"))
    population, measured = _population(shape.population), _measured(shape.connected)
    if is_whole and population is not None and measured is not None:
        _note_members(land, inner, shape, population)
        _note_measured(land, inner, population, measured)
    land.programmes[ProgrammeId(name)] = Programme(
        id=ProgrammeId(name),
        name=shape.name,
        name_en=shape.name_en,
        owner=shape.owner or "",
        goal=shape.goal / 100,
        deadline=shape.deadline,
        source=shape.source,
        population=population,
        measured=measured,
        reports=tuple(sorted(map(_report, shape.reports), key=lambda one: one.on)),
    )


def check_populations(land: Land) -> None:
    """Note the agencies that programmes name and no file in agencies/ has."""
    for place in land.populations:
        if place.value not in land.agency_files:
            near = suggestion(str(place.value), land.agency_files) or f". There are: {listed(land.agency_files)}"
            land.problems.add(place, f"there is no agency {shown(place.value)} in agencies/{near}")


def _note_choices(land: Land, node: Node, shape: ProgrammeShape) -> bool:
    """Note what is given twice or not at all; return whether everything can be counted."""
    before = len(land.problems.found)
    for key, names, one in (
        ("population", POPULATIONS, shape.population),
        ("connected", MEASURES, shape.connected),
    ):
        given = [] if one is None else [name for name in names if getattr(one, name) is not None]
        if one is not None and len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "nothing is given"
            land.problems.add(node.find(key), f"{found}; write exactly one of {', '.join(names)}")
    if (shape.population is None) is not (shape.connected is None):
        there, missing = ("population", "connected") if shape.connected is None else ("connected", "population")
        land.problems.add(node.find(there), f"{there} needs {missing} beside it: nothing can be counted without")
    if shape.reports and shape.population is None:
        land.problems.add(node.find("reports"), "reports need population and connected: nothing can be counted without")
    return len(land.problems.found) == before


def _note_members(land: Land, node: Node, shape: ProgrammeShape, population: Population) -> None:
    agencies = [node.at("population", "agencies", index) for index in range(len(population.agencies))]
    members = [node.at("population", "members", index, "id") for index in range(len(population.members))]
    for place in (*_repeated(agencies), *_repeated(members)):
        land.problems.add(place, f"{shown(place.value)} is already in this list; keep one")
    land.populations += agencies
    names = {*population.agencies, *(one.id for one in population.members)}
    for index, report in enumerate(shape.reports):
        place = node.find("reports", index, "member")
        if population.count is not None and report.member is not None:
            land.problems.add(place, "a population without names has no members; leave member out")
        elif population.count is None and report.member is None:
            land.problems.add(place, "whom is it about? Write member: and an id of the population")
        elif names and report.member is not None and report.member not in names:
            near = suggestion(report.member, names) or f". There are: {listed(names)}"
            land.problems.add(place, f"{shown(report.member)} is not in the population{near}")
        elif population.classes:
            land.populations.append(place)


def _note_measured(land: Land, node: Node, population: Population, measured: Measured) -> None:
    if (population.members or population.count is not None) and not isinstance(measured, ByReport):
        message = "only agencies have checks and connections; write connected: {report: {}}"
        land.problems.add(node.find("connected"), message)
    if isinstance(measured, ByConnection) and measured.provider is not None:
        land.references.append(Reference(node=node.at("connected", "connection", "provider"), system=measured.provider))


def _repeated(places: Iterable[Node]) -> Iterator[Node]:
    seen = set()
    for place in places:
        if place.value in seen:
            yield place
        seen.add(place.value)


def _population(shape: PopulationShape | None) -> Population | None:
    if shape is None:
        return None
    return Population(
        classes=frozenset(shape.classes or ()),
        agencies=tuple(map(AgencyId, shape.agencies or ())),
        members=tuple(Member(id=one.id, name=one.name, name_en=one.name_en) for one in shape.members or ()),
        count=shape.count,
    )


def _measured(shape: MeasuredShape | None) -> Measured | None:
    if shape is None:
        return None
    if shape.check is not None:
        return ByCheck(check=shape.check.id or "", kind=shape.check.kind)
    if shape.connection is not None:
        provider = shape.connection.provider
        return ByConnection(provider=TargetId(provider) if provider else None, kind=shape.connection.kind)
    return None if shape.report is None else ByReport(at_least=shape.report.at_least)


def _report(shape: ReportShape) -> Report:
    return Report(member=shape.member or "", value=shape.value, on=shape.on, source=shape.source)
