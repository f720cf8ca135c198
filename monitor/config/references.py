"""References from one agency to another: noted while files are read, checked when all are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.config.place import Node, Problems
from monitor.config.problem import suggestion
from monitor.inventory import AgencyId, SystemKind, TargetId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A place that names a system.

    Attributes:
        must_be_hub: Whether only a hub will do.
    """

    node: Node
    system: TargetId
    must_be_hub: bool = False


def full(text: str, agency: AgencyId) -> TargetId:
    """Return the full id of a system that may be named by its short id at home."""
    return TargetId(text if "/" in text else f"{agency}/{text}")


def check_references(
    references: Iterable[Reference], systems: Mapping[TargetId, str], connections: Iterable[str], problems: Problems
) -> None:
    """Note every reference that leads nowhere, or to the wrong kind of system.

    Args:
        references: All of them.
        systems: The kind of each system.
        connections: Full ids, to tell a wrong kind of target from a missing one.
        problems: Takes up what is found.
    """
    paths = frozenset(connections)
    for reference in references:
        name = reference.system
        if name not in systems:
            problems.add(reference.node, _missing(name, systems, paths))
        elif reference.must_be_hub and systems[name] != SystemKind.HUB:
            message = f'"{name}" is of the kind {systems[name]}; a connection goes via systems of the kind hub'
            problems.add(reference.node, message)


def _missing(name: TargetId, systems: Mapping[TargetId, str], connections: frozenset[str]) -> str:
    if name in connections:
        return f'"{name}" is a connection; name a system here'
    agency, _, short = name.partition("/")
    beside = [one for one in systems if one.startswith(f"{agency}/")]
    near = suggestion(short, (one.partition("/")[2] for one in beside)).replace('"', f'"{agency}/', 1)
    elsewhere = sorted(one for one in systems if one.partition("/")[2] == short)
    if not near and elsewhere:
        near = f'; did you mean "{elsewhere[0]}"?'
    if beside:
        rest = "; write agency/system, or the short id of a system of this agency"
    else:
        rest = f'; no file in agencies/ gives the agency "{agency[:63]}" a system'
    return f'there is no system "{name[:130]}"{near or rest}'
