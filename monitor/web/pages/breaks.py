"""Where connections are broken: those broken at the same hop together, as one fallen hub is one thing to mend."""

from dataclasses import dataclass, field

from monitor.inventory import CheckId, Connection, Inventory, TargetId
from monitor.observation import FaultDomain
from monitor.outcome import Confirmed, Fault
from monitor.owner import contact
from monitor.web.impairment import concerns, is_impaired
from monitor.web.listing import breathing
from monitor.web.pages.survey import SEVERITY, Tally
from monitor.web.running import Running
from monitor.web.trace import owner_of_fault

MOST_NAMED = 5
"""Connections named in one entry; the API lists the rest."""

Place = tuple[FaultDomain | None, str, str | None, bool]
"""Domain, hop, owner, and whether in maintenance."""


@dataclass(slots=True, kw_only=True)
class Break:
    """A place where connections are broken.

    Attributes:
        domain: None when it is not known where a connection is broken, which then is an entry of its own.
        at: The broken hop; empty when the fault is the monitor's; the connection when the domain is None.
        owner: Whom to tell, ``agency/contact``; None when nobody is named, or the fault is the monitor's.
        state: The worst, and of equals the one that began first.
        check: The check of a connection that is the evidence; None when the hop's own checks are.
        count: How many connections are broken there.
        named: The first of them, at most MOST_NAMED.
    """

    domain: FaultDomain | None
    at: str
    owner: str | None
    state: Confirmed
    check: CheckId | None
    count: int = 0
    named: list[TargetId] = field(default_factory=list)

    def add(self, connection: TargetId, state: Confirmed, check: CheckId | None) -> None:
        """Take up one more connection."""
        self.count += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(connection)
        if _badness(state) < _badness(self.state):
            self.state, self.check = state, check


@dataclass(slots=True)
class Breaks:
    """How connections stand.

    Attributes:
        all: Of all that are shown.
        agencies: Of those of each agency that has any.
        unwatched: How many nobody looks at, though something is expected of them.
        listed: Where they are broken, the worst first.
    """

    all: Tally = field(default_factory=Tally)
    agencies: dict[str, Tally] = field(default_factory=dict)
    unwatched: int = 0
    listed: list[Break] = field(default_factory=list)

    def of(self, agency: str) -> Tally:
        """Return how the connections of an agency stand."""
        return self.agencies.get(agency, Tally())


async def breaks(inventory: Inventory, running: Running, agency: str | None) -> Breaks:
    """Return how connections stand and where they are broken.

    With an agency: where those of the agency are broken, and those of others at its systems, which it has to mend.
    """
    found = Breaks()
    places: dict[Place, Break] = {}
    async for connection in breathing(inventory.connections.values()):
        is_own = agency in {None, connection.agency}
        if connection.id not in inventory.connections_watched:
            found.unwatched += is_own and connection.id not in inventory.resting
            continue
        state = running.state(connection.id)
        if is_own:
            found.all.add(state)
        found.agencies.setdefault(connection.agency, Tally()).add(state)
        if not is_impaired(state):
            continue
        fault = running.fault(connection.id)
        if agency is None or concerns(agency, connection, fault):
            _add(places, connection, state, fault, inventory)
    found.listed = sorted(places.values(), key=_urgency)
    return found


def _add(
    places: dict[Place, Break], connection: Connection, state: Confirmed, fault: Fault | None, inventory: Inventory
) -> None:
    domain: FaultDomain | None = None
    at, check, seen = str(connection.id), None, state
    owner = contact(connection.agency, connection.owner)
    if fault is not None:
        domain, at, check = fault.domain, str(fault.at), fault.check
        owner = owner_of_fault(fault, connection, inventory)
        seen = Confirmed(fault.status, fault.reason, fault.since, fault.detail, state.maintenance)
    place = (domain, at, owner, state.maintenance)
    entry = places.get(place)
    if entry is None:
        entry = places[place] = Break(domain=domain, at=at, owner=owner, state=seen, check=check)
    entry.add(connection.id, seen, check)


def _badness(state: Confirmed) -> tuple[int, float]:
    return (SEVERITY[state.status], state.since.timestamp())


def _urgency(entry: Break) -> tuple[bool, int, int, float, str]:
    severity, since = _badness(entry.state)
    return (entry.state.maintenance, severity, -entry.count, since, entry.at)
