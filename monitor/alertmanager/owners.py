"""Who has to act, as the ``owner`` label has it: ``agency/contact``, or the agency while nobody is named."""

from collections.abc import Iterator

from monitor.inventory import AgencyId, Contact, ContactId, Inventory, Target, TargetId
from monitor.owner import owner_of

ContactKey = tuple[AgencyId, ContactId]


def name_of(contact: Contact) -> str:
    """Return the full id of a contact; its receiver bears it, too."""
    return f"{contact.agency}/{contact.id}"


def key_of(owner: str) -> ContactKey | None:
    """Return the agency and the contact that ``agency/contact`` names; None when it names none."""
    agency, slash, contact = owner.partition("/")
    return (AgencyId(agency), ContactId(contact)) if slash else None


def concerned(inventory: Inventory, target: Target) -> Iterator[str]:
    """Yield, each once, all owners that alerts about a target may name: its own, and those along its path."""
    yield from dict.fromkeys(map(owner_of, (target, *_path(inventory, target))))


def _path(inventory: Inventory, target: Target) -> Iterator[Target]:
    connection = inventory.connections.get(target.id)
    if connection is not None:
        for hop in (connection.consumer, *connection.via, connection.provider):
            system = inventory.systems.get(TargetId(hop))
            if system is not None:
                yield system
