"""Systems and connections of one agency."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

from monitor.config.documents.agency import ConnectionShape, SystemShape, TargetShape
from monitor.config.filling import fill
from monitor.config.land import Land
from monitor.config.place import Node
from monitor.config.problem import listed, suggestion
from monitor.config.references import Reference, full
from monitor.config.target_checks import add_checks
from monitor.config.windows import objective, service_hours, slow_after, window
from monitor.inventory import (
    AgencyId,
    Connection,
    ContactId,
    Objective,
    ProgrammeId,
    Stage,
    StageChange,
    System,
    TargetId,
    Window,
)
from monitor.plugin.quantities import shown

T = TypeVar("T")


def add_system(land: Land, node: Node, agency: AgencyId, target: TargetId, contacts: Iterable[str]) -> None:
    """Add a system and its checks, and note all that is wrong with them."""
    shape = fill(SystemShape, node, land.problems, ("checks",))
    _note_shared(land, node, contacts)
    windows = _windows(land, node, shape)
    held_to = _objective(land, node, shape)
    add_checks(land, node, target, slow_after(held_to))
    if shape is None:
        return
    land.systems[target] = System(
        id=target,
        agency=agency,
        kind=shape.kind,
        name=shape.name,
        name_en=shape.name_en,
        owner=ContactId(shape.owner) if shape.owner else None,
        environment=shape.environment,
        zone=shape.zone or "",
        security_level=shape.security_level,
        tier=shape.tier,
        programmes=frozenset(map(ProgrammeId, shape.programmes)),
        maintenance=windows,
        objective=held_to,
        formerly=tuple(shape.formerly),
    )


def add_connection(land: Land, node: Node, agency: AgencyId, target: TargetId, contacts: Iterable[str]) -> None:
    """Add a connection and its checks, and note all that is wrong with them."""
    shape = fill(ConnectionShape, node, land.problems, ("checks",))
    _note_shared(land, node, contacts)
    land.references += _references(node, agency)
    _note_path(land, node, agency)
    windows = _windows(land, node, shape)
    hours = _tried(land, node.find("service_hours", "to"), service_hours, shape.service_hours if shape else None)
    stages = _stages(land, node, shape)
    _note_duties(land, node, shape)
    held_to = _objective(land, node, shape)
    add_checks(land, node, target, slow_after(held_to))
    if shape is None:
        return
    land.connections[target] = Connection(
        id=target,
        agency=agency,
        consumer=full(shape.consumer, agency) if shape.consumer else agency,
        provider=full(shape.provider, agency),
        via=tuple(full(hub, agency) for hub in shape.via),
        name=shape.name,
        name_en=shape.name_en,
        owner=ContactId(shape.owner) if shape.owner else None,
        stages=stages,
        due=shape.due,
        legal_basis=shape.legal_basis,
        expected_calls_per_day=shape.expected_calls_per_day,
        service_hours=hours,
        external_ids=dict(shape.external_ids),
        objective=held_to,
        programmes=frozenset(map(ProgrammeId, shape.programmes)),
        maintenance=windows,
        formerly=tuple(shape.formerly),
    )


def _note_shared(land: Land, node: Node, contacts: Iterable[str]) -> None:
    owner = node.value.get("owner")
    if isinstance(owner, str) and owner not in contacts:
        near = suggestion(owner, contacts) or f". There are: {listed(contacts)}"
        land.problems.add(node.at("owner"), f"{shown(owner)} is not among the contacts of this agency{near}")
    for place in _texts(node, "programmes"):
        if place.value not in land.programme_ids:
            near = suggestion(place.value, land.programme_ids) or f". There are: {listed(land.programme_ids)}"
            land.problems.add(place, f"there is no programme {shown(place.value)} in programmes/{near}")


def _references(node: Node, agency: AgencyId) -> Iterator[Reference]:
    for key in ("provider", "consumer"):
        if node.text(key):
            yield Reference(node=node.at(key), system=full(node.text(key), agency))
    for place in _texts(node, "via"):
        yield Reference(node=place, system=full(place.value, agency), must_be_hub=True)


def _note_path(land: Land, node: Node, agency: AgencyId) -> None:
    seen: dict[TargetId, str] = {}
    if node.text("consumer"):
        seen[full(node.text("consumer"), agency)] = "the consumer"
    steps = [(place, "a hub on this path") for place in _texts(node, "via")]
    if node.text("provider"):
        steps.append((node.at("provider"), "the provider"))
    for place, role in steps:
        system = full(place.value, agency)
        if system in seen:
            land.problems.add(place, f"{shown(place.value)} is already {seen[system]}; a path does not meet itself")
        seen[system] = role


def _windows(land: Land, node: Node, shape: TargetShape | None) -> tuple[Window, ...]:
    found: list[Window] = []
    for index, one in enumerate(shape.maintenance if shape else ()):
        made = _tried(land, node.find("maintenance", index, "from"), lambda given: window(given, land.zone), one)
        if made is not None:
            found.append(made)
    return tuple(found)


def _objective(land: Land, node: Node, shape: TargetShape | None) -> Objective:
    made = _tried(land, node.find("objective", "latency"), objective, shape.objective if shape else None)
    return made or Objective()


def _stages(land: Land, node: Node, shape: ConnectionShape | None) -> tuple[StageChange, ...]:
    states = shape.states if shape else []
    for index, (earlier, later) in enumerate(pairwise(states), start=1):
        if later.on < earlier.on:
            message = f"{later.on} comes before the state above it, {earlier.on}; write the oldest first"
            land.problems.add(node.find("states", index, "on"), message)
    return tuple(StageChange(on=state.on, stage=state.state) for state in states)


def _note_duties(land: Land, node: Node, shape: ConnectionShape | None) -> None:
    """Note what is promised without saying by whom, or how far it has come."""
    if shape is None:
        return
    if shape.due is not None and not shape.states:
        message = "a due date needs a state; add states: [{state: planned, on: 2026-05-04}]"
        land.problems.add(node.find("due"), message)
    if shape.states and shape.states[-1].state is Stage.LIVE and not shape.owner:
        message = "a live connection needs an owner: somebody of the contacts who acts when it breaks; add owner"
        land.problems.add(node.find("states", len(shape.states) - 1, "state"), message)


def _texts(node: Node, key: str) -> list[Node]:
    values = node.value.get(key)
    if not isinstance(values, list):
        return []
    return [node.at(key, index) for index, value in enumerate(values) if isinstance(value, str)]


def _tried(land: Land, place: Node, make: Callable[[Any], T], shape: Any) -> T | None:
    if shape is None:
        return None
    try:
        return make(shape)
    except ValueError as error:
        land.problems.add(place, str(error))
        return None
