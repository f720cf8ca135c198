"""Whose a target is, in words for the person who has to call somebody."""

from monitor.inventory import AgencyId, Check, Connection, ContactId, Inventory, SystemKind, TargetId
from monitor.observation import FaultDomain
from monitor.sinks.printable import printable
from monitor.web.pages.words import FAULTS


def title_of(check: Check, inventory: Inventory) -> str:
    """Return what the check looks at, with the names that people use; empty when the inventory does not say."""
    target = inventory.target(check.target)
    if target is None:
        return ""
    agency = inventory.agencies.get(check.agency)
    name = target.name or (_way(target, inventory) if isinstance(target, Connection) else "")
    return printable(" · ".join(one for one in (name, agency.name if agency else "") if one))


def who_acts(fault: FaultDomain, check: Check, inventory: Inventory) -> str:
    """Return whom to call about a fault."""
    said = FAULTS[fault][1]
    if fault is FaultDomain.MONITOR:
        return f"{said}: whoever runs it"
    target = inventory.target(check.target)
    if fault is FaultDomain.NETWORK:
        contact = _contact(check, target.owner if target else None, inventory)
        return f"{said} between here and the target" + (f", then {contact}" if contact else "")
    if isinstance(target, Connection) and fault is FaultDomain.PROVIDER:
        return f"{said}, {printable(_named(target.provider, inventory))}"
    contact = _contact(check, target.owner if target else None, inventory)
    return f"{said}: {contact}" if contact else f"{said}, whoever runs the target"


def has_hub(check: Check, inventory: Inventory) -> bool:
    """Tell whether a hub is on the way of the check's connection, or is itself the check's target."""
    target = inventory.target(check.target)
    return bool(target.via) if isinstance(target, Connection) else target is not None and target.kind is SystemKind.HUB


def _way(connection: Connection, inventory: Inventory) -> str:
    hops = (connection.consumer, *connection.via, connection.provider)
    return " → ".join(_named(hop, inventory) for hop in hops)


def _named(named: str, inventory: Inventory) -> str:
    found = inventory.systems.get(TargetId(named)) or inventory.agencies.get(AgencyId(named))
    return found.name if found else named


def _contact(check: Check, owner: ContactId | None, inventory: Inventory) -> str:
    found = inventory.contacts.get((check.agency, owner)) if owner else None
    if found is None:
        return ""
    ways = (found.name or found.id, found.telephone, found.email)
    return printable(", ".join(way for way in ways if way))
