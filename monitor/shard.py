"""Shards: which part of one inventory each of several processes watches.

Agencies are assigned by rendezvous hashing, so another shard moves one in n of them and no more. A shard watches its
agencies' systems and connections and, so that it can tell where a connection is broken, the systems of others on the
paths of its connections too. What those systems report by themselves, and what counts their calls, stays with their own
shard: heartbeats arrive there alone, and nothing may be counted twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from monitor.inventory import Agency, AgencyId, Check, Inventory, Population, Programme, TargetId
from monitor.measure import MeasureKind
from monitor.plugin.heartbeat import listens
from monitor.settings import Shard


def holder(name: str, count: int) -> int:
    """Return the index of the shard that has an agency, of so many; the same in every process and version."""
    return max(range(count), key=lambda index: blake2b(f"{index}/{name}".encode(), digest_size=8).digest())


def part(inventory: Inventory, shard: Shard) -> Inventory:
    """Return what a shard watches of an inventory; all of it, the very same, while there is one shard."""
    if shard.count == 1:
        return inventory
    own = {one: agency for one, agency in inventory.agencies.items() if holder(one, shard.count) == shard.index}
    connections = {one: link for one, link in inventory.connections.items() if link.agency in own}
    path = {TargetId(hop) for link in connections.values() for hop in link.hops}
    systems = {one: system for one, system in inventory.systems.items() if system.agency in own or one in path}
    return replace(
        inventory,
        agencies={one.agency: inventory.agencies[one.agency] for one in systems.values()} | own,
        systems=systems,
        connections=connections,
        elsewhere={one: link for one, link in inventory.connections.items() if one not in connections},
        checks={
            check.id: check
            for check in inventory.checks.values()
            if check.agency in own or (check.target in systems and _can_be_repeated(check))
        },
        programmes={
            one.id: one for programme in inventory.programmes.values() for one in _of(programme, own.values(), shard)
        },
    )


def _can_be_repeated(check: Check) -> bool:
    return not listens(check.probe) and all(
        measure.kind is not MeasureKind.INCREMENT for measure in check.measures.values()
    )


def _of(programme: Programme, own: Iterable[Agency], shard: Shard) -> Iterable[Programme]:
    """Yield a programme as a shard counts it: its own agencies; one of other members belongs to one shard."""
    population = programme.population
    if population is None or not (population.classes or population.agencies):
        if holder(programme.id, shard.count) == shard.index:
            yield programme
        return
    members: list[AgencyId] = [
        agency.id for agency in own if agency.agency_class in population.classes or agency.id in population.agencies
    ]
    if members:
        yield replace(programme, population=Population(agencies=tuple(members)))
