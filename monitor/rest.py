"""Connections at rest: those that are suspended or retired. Nothing is expected of them, so nothing looks at them.

They stay in the inventory with their stage and their calls. Their checks do not run, and what their hops do is not
theirs: they are neither up nor down, and nobody has to act. A stage is reached at midnight of the inventory's zone.
"""

from dataclasses import replace
from datetime import date

from monitor.inventory import Inventory, Stage, TargetId

RESTING = frozenset({Stage.SUSPENDED, Stage.RETIRED})


def at_rest(inventory: Inventory, today: date) -> frozenset[TargetId]:
    """Return the connections that rest on a day."""
    return frozenset(one.id for one in inventory.connections.values() if one.stages and one.stage(today) in RESTING)


def awake(inventory: Inventory, today: date) -> Inventory:
    """Return what is looked at on a day; all of it, the very same, while no connection rests."""
    resting = at_rest(inventory, today)
    if not resting:
        return inventory
    checks = {one: check for one, check in inventory.checks.items() if check.target not in resting}
    return replace(inventory, checks=checks, resting=resting)
