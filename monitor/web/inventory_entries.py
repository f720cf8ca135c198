"""``/api/v1/inventory``: what is watched, and how it stands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from aiohttp import web

from monitor.inventory import Agency, AgencyId, CheckId, Connection, Inventory, System, TargetId
from monitor.observation import Reason, Status
from monitor.outcome import NEVER, Confirmed
from monitor.web.listing import Page, after, breathing, member, page, state_filter, take
from monitor.web.order import order_of
from monitor.web.record import Json, owner_of, state_json
from monitor.web.refusal import RefusedError
from monitor.web.running import RUNNING

TYPES = ("agency", "system", "connection", "check")
Entry = tuple[str, str]
"""Type and id."""


async def inventory(request: web.Request) -> web.Response:
    """Answer with a page of agencies, then systems, then connections, then checks, each in the order of their ids."""
    running = request.app[RUNNING]
    query = request.query
    asked = page(query, ("agency", "type", "status", "reason"))
    order = order_of(request.app)
    there = order.inventory
    wanted = state_filter(query)
    agency = member(query, "agency", there.agencies)
    only = member(query, "type", TYPES)
    ids: dict[str, Sequence[str]] = {
        "agency": sorted(there.agencies),
        "system": sorted(there.systems),
        "connection": sorted(there.connections),
        "check": await order.checks(),
    }

    def is_wanted(entry: Entry) -> bool:
        kind, name = entry
        if agency is not None and name.partition("/")[0] != agency:
            return False
        has_state = kind != "agency" and name not in there.resting
        return wanted.is_open or (has_state and wanted.admits(running.state(name)))

    found, more = await take(entries(ids, only, asked), asked.limit, is_wanted)
    today = running.clock.now().astimezone(there.time_zone).date()
    items = [entry_json(entry, there, running.state, today) async for entry in breathing(found)]
    return web.json_response({"entries": items, "next": ":".join(found[-1]) if more else None})


def entries(ids: Mapping[str, Sequence[str]], only: str | None, asked: Page) -> Iterator[Entry]:
    """Return the entries behind the cursor, which is ``type:id``; ``ids`` are those of each type, in order.

    Raises:
        RefusedError: 400 when the cursor is none.
    """
    kind, _, name = asked.after.partition(":")
    types = [*ids]
    if asked.after and kind not in types:
        raise RefusedError(400, f"after={asked.after[:80]} is not a cursor; take the next of the page before")
    first = types.index(kind) if asked.after else 0
    wanted = [one for one in types[first:] if only in {None, one}]
    return chain.from_iterable(
        ((one, found) for found in after(ids[one], name if one == kind else "")) for one in wanted
    )


def entry_json(entry: Entry, there: Inventory, state: Callable[[str], Confirmed], today: date) -> Json:
    """Return one entry."""
    kind, name = entry
    if kind == "agency":
        return agency_json(there.agencies[AgencyId(name)])
    if kind == "system":
        return {**system_json(there.systems[TargetId(name)]), **state_json(state(name))}
    if kind == "connection":
        connection = there.connections[TargetId(name)]
        stands = resting(connection, today) if connection.id in there.resting else state(name)
        return {**connection_json(connection, today), **state_json(stands)}
    check = there.checks[CheckId(name)]
    return {
        "type": "check",
        "id": check.id,
        "agency": check.agency,
        "target": check.target,
        "kind": check.kind,
        "plugin": check.plugin,
        "every_seconds": check.every.total_seconds(),
        "timeout_seconds": check.timeout.total_seconds(),
        "owner": owner_of(check, there),
        "fingerprint": check.fingerprint,
        **state_json(state(name)),
    }


def agency_json(agency: Agency) -> dict[str, Json]:
    """Return the facts of an agency."""
    return {
        "type": "agency",
        "id": agency.id,
        "class": str(agency.agency_class),
        "name": agency.name,
        "name_en": agency.name_en,
        "code": agency.code,
        "admin_code": agency.admin_code,
    }


def system_json(system: System) -> dict[str, Json]:
    """Return the facts of a system."""
    return {
        "type": "system",
        "id": system.id,
        "agency": system.agency,
        "kind": str(system.kind),
        "name": system.name,
        "name_en": system.name_en,
        "owner": system.owner,
        "environment": system.environment,
        "zone": system.zone,
        "security_level": system.security_level,
        "tier": system.tier,
        "programmes": sorted(system.programmes),
    }


def connection_json(connection: Connection, today: date) -> dict[str, Json]:
    """Return the facts of a connection."""
    return {
        "type": "connection",
        "id": connection.id,
        "agency": connection.agency,
        "consumer": connection.consumer,
        "provider": connection.provider,
        "via": list(connection.via),
        "name": connection.name,
        "name_en": connection.name_en,
        "owner": connection.owner,
        "stage": str(connection.stage(today)),
        "due": connection.due.isoformat() if connection.due else None,
        "legal_basis": connection.legal_basis,
        "expected_calls_per_day": connection.expected_calls_per_day,
        "programmes": sorted(connection.programmes),
    }


def resting(connection: Connection, today: date) -> Confirmed:
    """Return what is said in place of the state of a connection of which nothing is expected."""
    detail = f"it is {connection.stage(today)}: nothing is expected of it, and nothing looks at it"
    return Confirmed(Status.UNKNOWN, Reason.PENDING, NEVER, detail)
