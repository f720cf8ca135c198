"""``/api/v1/checks``: the state of checks, listed and one by one."""

from aiohttp import web

from monitor.inventory import Check, CheckId, Inventory
from monitor.shard import holder
from monitor.web.listing import after, breathing, member, no_parameters, page, state_filter, take, target
from monitor.web.order import order_of
from monitor.web.record import Json, check_json, outcome_json, owner_of, readings_json
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest_checks
from monitor.web.running import RUNNING


async def checks(request: web.Request) -> web.Response:
    """Answer with a page of checks in the order of their ids."""
    running = request.app[RUNNING]
    query = request.query
    asked = page(query, ("agency", "target", "kind", "owner", "status", "reason"))
    order = order_of(request.app)
    inventory = order.inventory
    wanted = state_filter(query)
    agency = member(query, "agency", inventory.agencies)
    targets = inventory.systems.keys() | inventory.connections.keys() if "target" in query else ()
    looked_at = target(query, "target", targets, inventory)
    kind = member(query, "kind", await order.kinds()) if "kind" in query else None
    owner = member(query, "owner", sorted({contact for _, contact in inventory.contacts})) if "owner" in query else None

    def is_wanted(check_id: str) -> bool:
        check = inventory.checks[CheckId(check_id)]
        return (
            agency in {None, check.agency}
            and looked_at in {None, check.target}
            and kind in {None, check.kind}
            and (owner is None or owner == owner_of(check, inventory))
            and wanted.admits(running.state(check_id))
        )

    found, more = await take(after(await order.checks(), asked.after), asked.limit, is_wanted)
    items: list[Json] = []
    async for check_id in breathing(found):
        check = inventory.checks[CheckId(check_id)]
        items.append(
            check_json(check, running.state(check.id), running.newest.of(check.id), owner_of(check, inventory))
        )
    return web.json_response({"checks": items, "next": found[-1] if more else None})


async def check(request: web.Request) -> web.Response:
    """Answer with all that is known of one check."""
    no_parameters(request.query)
    running = request.app[RUNNING]
    inventory = running.inventory()
    found = find_check(request, inventory)
    newest = running.newest.of(found.id)
    return web.json_response(
        {
            **check_json(found, running.state(found.id), newest, owner_of(found, inventory)),
            "readings": readings_json(newest.observation.readings) if newest else [],
            "configuration": configuration_json(found),
            "recent": [outcome_json(outcome) for outcome in running.newest.recent(found.id)],
            "failures": [outcome_json(outcome) for outcome in running.newest.failures(found.id)],
        }
    )


def find_check(request: web.Request, inventory: Inventory) -> Check:
    """Return the check that the path names.

    Raises:
        RefusedError: 404 with the nearest names.
    """
    facts = request.match_info
    check_id = CheckId(f"{facts['agency']}/{facts['target']}/{facts['check']}")
    found = inventory.checks.get(check_id)
    if found is None:
        shard = request.app[RUNNING].settings.shard
        holds = holder(facts["agency"], shard.count)
        meant = nearest_checks(check_id, inventory)
        hint = f"did you mean {meant[0]}?" if meant else "/api/v1/checks lists what there is"
        if holds != shard.index:
            hint = f"the agency {facts['agency'][:63]} belongs to shard {holds}/{shard.count}, and this is {shard}"
        raise RefusedError(404, f"there is no check {check_id[:200]}; {hint}", nearest=meant)
    return found


def configuration_json(check: Check) -> dict[str, Json]:
    """Return how a check is configured. What stands under ``with:`` stays out: it may hold credentials or addresses."""
    return {
        "plugin": check.plugin,
        "every_seconds": check.every.total_seconds(),
        "timeout_seconds": check.timeout.total_seconds(),
        "recheck_seconds": check.recheck.total_seconds(),
        "confirm": {"down": check.confirm.down, "up": check.confirm.up},
        "host": check.host,
        "where": str(check.where),
        "max_latency_seconds": None if check.max_latency is None else check.max_latency.total_seconds(),
        "fingerprint": check.fingerprint,
    }
