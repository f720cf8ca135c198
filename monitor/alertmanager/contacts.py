"""Who is told: the contacts of an agency that can be reached, and everything that is missing of them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.alertmanager.owners import ContactKey, key_of
from monitor.config.document import parsed
from monitor.config.files import scanned
from monitor.config.place import Node, Problems
from monitor.config.problem import Problem
from monitor.inventory import AgencyId, Contact, Inventory, Target

_ATOM = r"[^\x00-\x20\x7f-\xa0\s@{}<>()\[\]\",;:\\.]+"
ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})*")
"""As Go's ``net/mail`` reads one (RFC 5322), which Alertmanager asks only when it sends. Stricter than that: it takes
commas for lists and braces for templates."""
WEBHOOK = re.compile(
    r"(?i:https?)://"
    r"(\[[0-9A-Fa-f:.]+(%25[A-Za-z0-9._~-]+)?\]|[^\s/?#@:%\[\]\\^`{|}]+)(:[0-9]+)?"
    r"([/?#]([^%]|%[0-9A-Fa-f]{2})*)?"
)
"""As Go's ``net/url`` reads one: one that it does not keeps Alertmanager from reading the whole file."""


def reachable(inventory: Inventory) -> Mapping[AgencyId, tuple[Contact, ...]]:
    """Return the contacts of each agency that have an e-mail address or a webhook, in the order of its file."""
    found: dict[AgencyId, list[Contact]] = {agency: [] for agency in inventory.agencies}
    for contact in inventory.contacts.values():
        if contact.email or contact.webhook:
            found[contact.agency].append(contact)
    return {agency: tuple(contacts) for agency, contacts in found.items()}


def missing(inventory: Inventory, directory: Path) -> tuple[Problem, ...]:
    """Return what keeps alerts from reaching somebody, with its place in the files of ``directory``."""
    wanting = [*_wanting(inventory)]
    if not wanting:
        return ()
    problems = Problems()
    files = _files(directory)
    for agency, path, message in wanting:
        node = files.get(agency)
        if node is None:
            problems.found.append(Problem(file=f"agency {agency}", message=message))
        else:
            problems.add(node.find(*path), message, at_key=True)
    return problems.in_order


def owned(inventory: Inventory) -> Counter[ContactKey]:
    """Return how much each contact owns: systems, connections and programmes."""
    targets: tuple[Target, ...] = (*inventory.systems.values(), *inventory.connections.values())
    found = Counter((target.agency, target.owner) for target in targets if target.owner is not None)
    found.update(key for one in inventory.programmes.values() if (key := key_of(one.owner)))
    return found


def webhook_fault(url: str) -> str:
    """Return what keeps Alertmanager from calling a URL, and the remedy; empty when nothing does."""
    if "{{" in url:
        return "holds a template; write a plain URL"
    if not WEBHOOK.fullmatch(url):
        return "is no URL to Alertmanager; write %25 for a plain %, and a host of letters, digits, dots and hyphens"
    return ""


def _wanting(inventory: Inventory) -> Iterator[tuple[AgencyId, tuple[str, ...], str]]:
    owning = owned(inventory)
    for key, contact in inventory.contacts.items():
        path = ("contacts", contact.id)
        if contact.email and not ADDRESS.fullmatch(contact.email):
            message = f'the email of the contact "{contact.id}" is no address; write one like truc-ban@ha-noi.example'
            yield contact.agency, (*path, "email"), message
        if contact.webhook and (fault := webhook_fault(contact.webhook)):
            yield contact.agency, (*path, "webhook"), f'the webhook of the contact "{contact.id}" {fault}'
        if contact.email or contact.webhook or (contact.telephone and key not in owning):
            continue
        owns = f", and owns {owning[key]} of what is watched" if key in owning else ""
        message = f'the contact "{contact.id}" of the agency "{contact.agency}" has no address{owns}'
        yield contact.agency, path, f"{message}; give it an email or a webhook"
    yield from _silent(inventory)


def _silent(inventory: Inventory) -> Iterator[tuple[AgencyId, tuple[str, ...], str]]:
    has_contacts = {agency for agency, _ in inventory.contacts}
    for agency, contacts in reachable(inventory).items():
        if agency not in has_contacts:
            message = f'the agency "{agency}" has no contact; nobody would be told. Write contacts: with an email'
            yield agency, ("agency",), message
        elif not contacts:
            message = f'no contact of the agency "{agency}" has an email or a webhook; nobody would be told'
            yield agency, ("contacts",), message


def _files(directory: Path) -> Mapping[str, Node]:
    """Return the file of each agency, read again: what was loaded keeps no places."""
    files = scanned(directory)
    found: dict[str, Node] = {}
    for name in files.agencies:
        text = files.text(name)
        node = None if text is None else parsed(name, text)[0]
        if node is not None:
            found[node.find("agency").text("id")] = node
    return found
