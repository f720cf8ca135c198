"""Where a connection stands, hop by hop, as the API writes it."""

from collections.abc import Sequence

from monitor.inventory import CheckId, Connection, Inventory, TargetId
from monitor.judge.hop import Hop
from monitor.judge.locate import HopVerdict
from monitor.judge.path import Trace
from monitor.judge.worst import rank
from monitor.observation import FaultDomain
from monitor.outcome import Fault
from monitor.owner import contact
from monitor.sinks.printable import printable
from monitor.web.record import Json, check_json, moment, owner_of, state_json
from monitor.web.running import Running

MOST_CHECKS = 50
"""Of a hop, the worst first: a hub may have hundreds."""


def fault_json(fault: Fault | None, connection: Connection, inventory: Inventory) -> Json:
    """Return where a connection is broken; null when nothing is known to be, or not yet where."""
    if fault is None:
        return None
    return {
        "domain": str(fault.domain),
        "at": fault.at or None,
        "owner": owner_of_fault(fault, connection, inventory),
        "status": str(fault.status),
        "reason": str(fault.reason),
        "ground": str(fault.ground),
        "check": fault.check,
        "since": moment(fault.since),
        "detail": printable(fault.detail),
    }


def owner_of_fault(fault: Fault, connection: Connection, inventory: Inventory) -> str | None:
    """Return whom to tell: the owner of the hop, else of the connection; nobody when the fault is the monitor's."""
    if fault.domain is FaultDomain.MONITOR:
        return None
    system = inventory.systems.get(TargetId(fault.at))
    if system is not None and fault.domain is not FaultDomain.NETWORK:
        return contact(system.agency, system.owner)
    return contact(connection.agency, connection.owner)


def hops_json(trace: Trace, connection: Connection, running: Running) -> list[Json]:
    """Return every hop with its own state, how it stands on this path, and its checks."""
    inventory = running.inventory()
    return [
        {
            **_hop_json(hop, verdict, connection, inventory),
            "checks": checks_json(inventory.checks_of.get(TargetId(hop.id), ()), running),
        }
        for hop, verdict in zip(trace.hops, trace.verdicts, strict=True)
    ]


def checks_json(checks: Sequence[CheckId], running: Running) -> list[Json]:
    """Return checks with their states and newest outcomes, the worst first."""
    inventory, state, newest = running.inventory(), running.state, running.newest
    ordered = sorted(checks, key=lambda one: (-rank(state(one)), one))
    return [
        check_json(check := inventory.checks[one], state(one), newest.of(one), owner_of(check, inventory))
        for one in ordered[:MOST_CHECKS]
    ]


def _hop_json(hop: Hop, verdict: HopVerdict, connection: Connection, inventory: Inventory) -> dict[str, Json]:
    system = inventory.systems.get(TargetId(hop.id))
    named = inventory.agencies.get(connection.agency) if system is None else system
    agency, owner = (connection.agency, connection.owner) if system is None else (system.agency, system.owner)
    return {
        "id": hop.id,
        "role": str(hop.role),
        "verdict": str(verdict),
        "name": named.name if named else "",
        "name_en": named.name_en if named else "",
        "owner": contact(agency, owner),
        "state": None if hop.state is None else state_json(hop.state),
    }
