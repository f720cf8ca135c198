"""The names that other systems have for connections, of the inventory in force."""

from monitor.inventory import Inventory
from monitor.plugin.exchange import Exchange, Exchanges

NONE: Exchanges = {}


class KnownExchanges:
    """By system, the connections under the names they have there. Two that share a name there have none.

    Attributes:
        shared: Systems and names that two connections or more have there.
    """

    def __init__(self) -> None:
        self.shared: frozenset[tuple[str, str]] = frozenset()
        self._by_system: dict[str, dict[str, Exchange]] = {}

    def replace(self, inventory: Inventory) -> None:
        """Take another inventory. Of a system whose names did not change, the mapping stays the same object."""
        found: dict[str, dict[str, Exchange]] = {}
        shared: set[tuple[str, str]] = set()
        for connection in inventory.connections.values():
            for system, name in connection.external_ids.items():
                names = found.setdefault(system, {})
                if name in names:
                    shared.add((system, name))
                names[name] = Exchange(
                    connection=connection.id, consumer=connection.consumer, service=connection.provider
                )
        for system, name in shared:
            del found[system][name]
        self.shared = frozenset(shared)
        before = self._by_system
        self._by_system = {
            system: before[system] if before.get(system) == names else names for system, names in found.items()
        }

    def learn(self, system: str, names: Exchanges) -> None:
        """Take the names that connections have in one system."""
        self._by_system[system] = dict(names)

    def of(self, system: str) -> Exchanges:
        """Return the connections by the names they have in a system."""
        return self._by_system.get(system, NONE)
