"""The order of the inventory in force, worked out once for each inventory."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from monitor.inventory import Inventory
from monitor.web.listing import breathing
from monitor.web.running import RUNNING


class Order:
    """The ids of an inventory in a stable order, and the kinds of its checks."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._checks: list[str] | None = None
        self._kinds: list[str] | None = None
        self._lock = asyncio.Lock()

    async def checks(self) -> list[str]:
        """Return the ids of all checks, sorted; by agency, as 100,000 at once take a tenth of a second."""
        async with self._lock:
            if self._checks is None:
                by_agency: dict[str, list[str]] = {}
                async for check_id in breathing(self.inventory.checks):
                    # With the slash, agencies sort as their ids do: "ha-noi/…" comes before "ha/…".
                    by_agency.setdefault(check_id[: check_id.index("/") + 1], []).append(check_id)
                ids: list[str] = []
                for agency in sorted(by_agency):
                    ids.extend(sorted(by_agency[agency]))
                    await asyncio.sleep(0)
                self._checks = ids
        return self._checks

    async def kinds(self) -> list[str]:
        """Return the kinds of probe that checks have, sorted."""
        if self._kinds is None:
            self._kinds = sorted({check.kind async for check in breathing(self.inventory.checks.values())})
        return self._kinds


@dataclass(slots=True)
class Newest:
    """The order made last."""

    order: Order | None = None


ORDER = web.AppKey("order", Newest)


def order_of(app: web.Application) -> Order:
    """Return the order of the inventory in force."""
    inventory = app[RUNNING].inventory()
    kept = app[ORDER]
    if kept.order is None or kept.order.inventory is not inventory:
        kept.order = Order(inventory)
    return kept.order
