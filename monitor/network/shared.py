"""What the runs of a process share, because it is expensive or because there has to be one of it."""

from dataclasses import dataclass

from monitor.clock import Clock
from monitor.network.dial import Dialler
from monitor.network.exchanges import KnownExchanges
from monitor.network.heartbeats import Heartbeats
from monitor.network.memory import Memories
from monitor.network.needs import Resolver, Secrets
from monitor.network.tls import Contexts
from monitor.network.tokens import TokenStore
from monitor.network.visit import Web


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The common ground of all vantages of a process."""

    name: str
    clock: Clock
    names: Resolver
    dialler: Dialler
    contexts: Contexts
    web: Web
    tokens: TokenStore
    secrets: Secrets
    heartbeats: Heartbeats
    exchanges: KnownExchanges
    memories: Memories
