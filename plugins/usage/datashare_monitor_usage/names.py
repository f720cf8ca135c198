"""Whose call it was: from names in a log to ids of the inventory, never anything else."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.plugin import OTHER, Exchange, Exchanges


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has called whom, in ids of the inventory or ``other``.

    Attributes:
        connection: Empty when it belongs to none.
    """

    consumer: str
    service: str
    connection: str = ""


class Directory:
    """The connections under the names that they have in one system.

    A name of two words, the consumer's and the service's, with a blank between them, tells of each word whose it is: a
    call without a connection between two parties that have one elsewhere is still known to be theirs.
    """

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._consumers: dict[str, str] = {}
        self._services: dict[str, str] = {}
        for name, exchange in exchanges.items():
            consumer, _, service = name.partition(" ")
            if service:
                _learn(self._consumers, consumer, exchange.consumer)
                _learn(self._services, service, exchange.service)

    def parties(self, consumer: str, services: Sequence[str]) -> Parties:
        """Return the parties of a call.

        Args:
            consumer: As the log names it; the name of the connection when there are no ``services``.
            services: The service as the log names it, the most exact name first.
        """
        names = [f"{consumer} {service}" for service in services] or [consumer]
        for name in names:
            found = self._exchanges.get(name)
            if found is not None:
                return Parties(found.consumer, found.service, found.connection)
        service = next((self._services[one] for one in services if self._services.get(one)), OTHER)
        return Parties(self._consumers.get(consumer) or OTHER, service)

    def all(self) -> Sequence[Exchange]:
        """Return all connections."""
        return [*self._exchanges.values()]


def _learn(known: dict[str, str], name: str, meaning: str) -> None:
    """Take what a word means; one that means two things means nothing."""
    known[name] = meaning if known.get(name, meaning) == meaning else ""
