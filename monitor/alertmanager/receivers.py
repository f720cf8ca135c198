"""Receivers: one for each contact that can be reached."""

from collections.abc import Iterator

from monitor.alertmanager.contacts import reachable
from monitor.alertmanager.owners import ContactKey, name_of
from monitor.inventory import Contact, Inventory

OPERATORS = "operators"
"""Who runs the monitor: alerts that belong to no agency go there."""
NOBODY = "nobody"
WATCHDOG = "watchdog"

Receiver = dict[str, object]


def receivers(inventory: Inventory, operators: ContactKey | None, watchdog: str) -> Iterator[Receiver]:
    """Yield all receivers.

    Args:
        inventory: Of which every contact that can be reached gets one.
        operators: The contact of those who run the monitor; None while nobody is named.
        watchdog: URL that is to be called as long as everything works; empty for none.
    """
    yield {"name": OPERATORS, **(_addresses(inventory.contacts[operators]) if operators else {})}
    yield {"name": NOBODY}
    if watchdog:
        yield {"name": WATCHDOG, "webhook_configs": [{"url": watchdog, "send_resolved": False}]}
    for contacts in reachable(inventory).values():
        for contact in contacts:
            yield {"name": name_of(contact), **_addresses(contact)}


def _addresses(contact: Contact) -> Receiver:
    found: Receiver = {}
    if contact.email:
        found["email_configs"] = [{"to": contact.email, "send_resolved": True}]
    if contact.webhook:
        found["webhook_configs"] = [{"url": contact.webhook, "send_resolved": True}]
    return found
