"""One file of ``agencies/``: an agency and all that it owns."""

from collections.abc import Iterator

from monitor.config.documents.agency import AgencyFile
from monitor.config.documents.shape import read_id
from monitor.config.filling import fill
from monitor.config.land import Land
from monitor.config.place import Node
from monitor.config.targets import add_connection, add_system
from monitor.inventory import Agency, AgencyId, Contact, ContactId, TargetId


def add_agency(land: Land, node: Node) -> None:
    """Add what a file holds to the land, and note all that is wrong with it."""
    shape = fill(AgencyFile, node, land.problems, ("systems", "connections"))
    if not isinstance(node.value, dict):
        return
    given = node.value.get("agency")
    agency = AgencyId(_id(given.get("id") if isinstance(given, dict) else None) or "?")
    if agency in land.agency_files:
        message = f'the agency "{agency}" is already in {land.agency_files[agency]}; an agency has one file'
        land.problems.add(node.find("agency", "id"), message)
        agency = AgencyId("?")
    elif agency != "?":
        land.agency_files[agency] = node.file
    contacts = node.value.get("contacts")
    names = list(contacts) if isinstance(contacts, dict) else []
    if shape is not None:
        _add_agency(land, shape, agency)
    for place, target, is_system in _targets(land, node, agency):
        (add_system if is_system else add_connection)(land, place, agency, target, names)


def _add_agency(land: Land, file: AgencyFile, agency: AgencyId) -> None:
    shape = file.agency
    land.agencies[agency] = Agency(
        id=agency,
        agency_class=shape.agency_class,
        name=shape.name,
        name_en=shape.name_en,
        code=shape.code,
        admin_code=shape.admin_code,
        formerly=tuple(shape.formerly),
    )
    for name, contact in file.contacts.items():
        land.contacts[agency, ContactId(name)] = Contact(
            id=ContactId(name),
            agency=agency,
            name=contact.name,
            name_en=contact.name_en,
            email=contact.email,
            telephone=contact.telephone,
            webhook=contact.webhook or "",
        )


def _targets(land: Land, node: Node, agency: AgencyId) -> Iterator[tuple[Node, TargetId, bool]]:
    seen: dict[str, str] = {}
    found = []
    for key in ("systems", "connections"):
        for place in node.mappings(key):
            name = _id(place.value.get("id")) or ""
            if name in seen:
                land.problems.add(place.find("id"), f'the id "{name}" is already used by {seen[name]}; choose another')
            if name:
                seen.setdefault(name, f"the {key[:-1]} at line {place.place.line}")
            target = TargetId(f"{agency}/{name or '?'}")
            if name and key == "systems":
                land.kinds[target] = place.text("kind")
            elif name:
                land.paths.add(target)
            found.append((place, target, key == "systems"))
    yield from found


def _id(value: object) -> str | None:
    try:
        return read_id(value)
    except ValueError:
        return None
