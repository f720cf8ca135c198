"""Routes: to the owner that an alert names, else to the first contact of its agency, else to the operators."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.alertmanager import labels
from monitor.alertmanager.contacts import reachable
from monitor.alertmanager.mutes import Mutes
from monitor.alertmanager.owners import concerned, name_of
from monitor.alertmanager.receivers import NOBODY, OPERATORS, WATCHDOG
from monitor.inventory import AgencyId, Contact, Inventory

Route = dict[str, object]

GROUPED = (labels.OWNER, "alertname", labels.AT)
"""One notification for each place that is broken. Without the place, a second hub of the same owner would wait until
the group of the first is told again."""
WAITS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
"""Long enough for the alert of a hub to be there before those of its connections are sent."""


def root(inventory: Inventory, mutes: Mutes, *, has_watchdog: bool) -> Route:
    """Return the tree of routes."""
    contacts = reachable(inventory)
    muted = _muted(inventory, mutes)
    owners = (contact for several in contacts.values() for contact in several)
    firsts = {agency: several[0] for agency, several in contacts.items() if several}
    return {
        "receiver": OPERATORS,
        "group_by": [*GROUPED],
        **WAITS,
        "routes": [
            _watchdog(has_watchdog=has_watchdog),
            {"matchers": [f'{labels.DOMAIN}="monitor"'], "receiver": OPERATORS},
            *_programmes(inventory),
            *_owners(owners, muted),
            *_agencies(firsts, muted),
        ],
    }


def _watchdog(*, has_watchdog: bool) -> Route:
    found: Route = {"matchers": [f'alertname="{labels.WATCHDOG}"'], "receiver": WATCHDOG if has_watchdog else NOBODY}
    return {**found, "group_wait": "0s", "group_interval": "1m", "repeat_interval": "1m"} if has_watchdog else found


def _programmes(inventory: Inventory) -> Iterator[Route]:
    for programme in inventory.programmes.values():
        if programme.owner:
            matchers = [f'{labels.PROGRAMME}="{programme.id}"', f'{labels.OWNER}=""', f'{labels.AGENCY}=""']
            yield {"matchers": matchers, "receiver": programme.owner}


def _owners(contacts: Iterable[Contact], muted: Mapping[str, list[Route]]) -> Iterator[Route]:
    for contact in contacts:
        name = name_of(contact)
        yield {"matchers": [f'{labels.OWNER}="{name}"'], "receiver": name, **_inner(muted.get(name, []))}


def _agencies(firsts: Mapping[AgencyId, Contact], muted: Mapping[str, list[Route]]) -> Iterator[Route]:
    """Yield first the routes of what an agency owns, or a contact that is gone; then those of what has no owner."""
    for matcher in (f'{labels.OWNER}=~"%s(/.*)?"', f'{labels.AGENCY}="%s"'):
        for agency, contact in firsts.items():
            yield {"matchers": [matcher % agency], "receiver": name_of(contact), **_inner(muted.get(agency, []))}


def _inner(routes: list[Route]) -> Route:
    return {"routes": routes} if routes else {}


def _muted(inventory: Inventory, mutes: Mutes) -> Mapping[str, list[Route]]:
    """Return, by owner, the routes of targets that have windows; an agency's with the same windows share one."""
    alike: dict[tuple[str, AgencyId, tuple[str, ...]], list[str]] = defaultdict(list)
    for target, names in mutes.covered:
        for owner in concerned(inventory, target):
            alike[owner, target.agency, names].append(target.id.partition("/")[2])
    found: dict[str, list[Route]] = defaultdict(list)
    for (owner, agency, names), targets in alike.items():
        matchers = [f'{labels.AGENCY}="{agency}"', _any_of(labels.TARGET, targets)]
        found[owner].append({"matchers": matchers, "mute_time_intervals": [*names]})
    return found


def _any_of(label: str, values: Sequence[str]) -> str:
    return f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"'
