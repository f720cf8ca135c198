"""Who acts when something is wrong with a target: a contact by its full id, ``agency/contact``."""

from monitor.inventory import ContactId, Target


def contact(agency: str, owner: ContactId | None) -> str | None:
    """Return a contact by its full id; None when nobody is named."""
    return None if owner is None else f"{agency}/{owner}"


def owner_of(target: Target) -> str:
    """Return who acts on a target: the contact it names, or its agency while it names none."""
    return contact(target.agency, target.owner) or target.agency
