"""``/api/v1/connections``: which connections are broken, where, and who has to act."""

from aiohttp import web

from monitor.inventory import Connection, Inventory, SystemKind, TargetId
from monitor.observation import FaultDomain
from monitor.web.impairment import concerns, is_impaired
from monitor.web.inventory_entries import connection_json, resting
from monitor.web.listing import after, breathing, member, no_parameters, page, state_filter, take, target
from monitor.web.record import Json, state_json
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest_targets
from monitor.web.running import RUNNING, Running
from monitor.web.trace import checks_json, fault_json, hops_json


async def connections(request: web.Request) -> web.Response:
    """Answer with a page of connections in the order of their ids."""
    running = request.app[RUNNING]
    query = request.query
    asked = page(query, ("agency", "concerns", "status", "impaired", "reason", "domain", "hub", "at"))
    inventory = running.inventory()
    wanted = state_filter(query)
    agency = member(query, "agency", inventory.agencies)
    concerned = member(query, "concerns", inventory.agencies)
    impaired = member(query, "impaired", ("true",))
    domain = member(query, "domain", FaultDomain)
    hub = member(query, "hub", [one.id for one in inventory.systems.values() if one.kind is SystemKind.HUB])
    is_system = "/" in query.get("at", "")
    at = target(query, "at", inventory.systems, inventory) if is_system else member(query, "at", inventory.agencies)

    def is_wanted(target_id: TargetId) -> bool:
        connection = inventory.connections[target_id]
        fault = running.fault(target_id)
        return (
            agency in {None, connection.agency}
            and (concerned is None or concerns(concerned, connection, fault))
            and (hub is None or hub in connection.via)
            and (domain is None or (fault is not None and fault.domain == domain))
            and (at is None or (fault is not None and fault.at == at))
            and (impaired is None or _is_impaired(target_id, inventory, running))
            and (wanted.is_open if target_id in inventory.resting else wanted.admits(running.state(target_id)))
        )

    ids = after(sorted(inventory.connections), asked.after)
    found, more = await take((TargetId(one) for one in ids), asked.limit, is_wanted)
    items = [summary_json(inventory.connections[one], inventory, running) async for one in breathing(found)]
    return web.json_response({"connections": items, "next": found[-1] if more else None})


def _is_impaired(target_id: TargetId, inventory: Inventory, running: Running) -> bool:
    return target_id in inventory.connections_watched and is_impaired(running.state(target_id))


async def connection(request: web.Request) -> web.Response:
    """Answer with all that is known of one connection: its path, hop by hop, and its own checks."""
    no_parameters(request.query)
    running = request.app[RUNNING]
    inventory = running.inventory()
    found = find_connection(request, inventory)
    trace = running.trace(found.id)
    return web.json_response(
        {
            **summary_json(found, inventory, running),
            "hops": hops_json(trace, found, running) if trace else [],
            "awaits": list(trace.awaits) if trace else [],
            "checks": checks_json(inventory.checks_of.get(found.id, ()), running),
        }
    )


def summary_json(connection: Connection, inventory: Inventory, running: Running) -> dict[str, Json]:
    """Return a connection as it stands in a list."""
    today = running.clock.now().astimezone(inventory.time_zone).date()
    is_resting = connection.id in inventory.resting
    return {
        **connection_json(connection, today),
        **state_json(resting(connection, today) if is_resting else running.state(connection.id)),
        "fault": fault_json(running.fault(connection.id), connection, inventory),
    }


def find_connection(request: web.Request, inventory: Inventory) -> Connection:
    """Return the connection that the path names.

    Raises:
        RefusedError: 404 with the nearest names.
    """
    facts = request.match_info
    target_id = TargetId(f"{facts['agency']}/{facts['connection']}")
    found = inventory.connections.get(target_id)
    if found is None:
        meant = nearest_targets(target_id, inventory.connections, inventory)
        hint = f"did you mean {meant[0]}?" if meant else "/api/v1/connections lists what there is"
        raise RefusedError(404, f"there is no connection {target_id[:200]}; {hint}", nearest=meant)
    return found
