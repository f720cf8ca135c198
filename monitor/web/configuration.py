"""``/api/v1/configuration``: what is in force, thing by thing, fit to be compared with files that are not yet."""

from collections.abc import Sequence

from aiohttp import web

from monitor.config.description import Kind, entry_of, things
from monitor.web.inventory_entries import entries
from monitor.web.listing import breathing, member, page, take
from monitor.web.order import order_of
from monitor.web.record import Json
from monitor.web.running import RUNNING


async def configuration(request: web.Request) -> web.Response:
    """Answer with a page of entries, type by type, each in the order of their ids."""
    running = request.app[RUNNING]
    asked = page(request.query, ("type",))
    order = order_of(request.app)
    there = things(order.inventory, running.configured())
    only = member(request.query, "type", Kind)
    ids: dict[str, Sequence[str]] = {
        kind: await order.checks() if kind is Kind.CHECK else sorted(there[kind]) for kind in Kind
    }
    found, more = await take(entries(ids, only, asked), asked.limit, lambda _: True)
    items = [entry_json(Kind(kind), name, there[Kind(kind)][name]) async for kind, name in breathing(found)]
    return web.json_response({"entries": items, "next": ":".join(found[-1]) if more else None})


def entry_json(kind: Kind, name: str, thing: object) -> dict[str, Json]:
    """Return one entry; of what must stay in the house only a digest."""
    entry = entry_of(thing)
    return {
        "type": str(kind),
        "id": name,
        "fingerprint": entry.fingerprint,
        "fields": {field: fact.mark for field, fact in entry.facts.items() if fact.is_open},
        "digests": {field: fact.mark for field, fact in entry.facts.items() if not fact.is_open},
    }
