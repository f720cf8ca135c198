"""The network of one process: makes a vantage for each run."""

import asyncio
import asyncio.sslproto
from collections.abc import Mapping, Sequence

from monitor.clock import Clock
from monitor.inventory import Check
from monitor.network.dial import Dialler
from monitor.network.egress import EgressPolicy
from monitor.network.environment import EnvironmentProxies
from monitor.network.exchanges import KnownExchanges
from monitor.network.heartbeats import Heartbeats
from monitor.network.memory import Blank, Memories
from monitor.network.names import Names
from monitor.network.narrowed import Narrowed
from monitor.network.run import RunVantage, done_by
from monitor.network.secrets import SecretStore
from monitor.network.shared import Shared
from monitor.network.sight import Sight
from monitor.network.tls import Contexts
from monitor.network.tokens import TokenStore
from monitor.network.visit import ALPN, Web
from monitor.plugin.secret import Secret
from monitor.plugin.vantage import DEFAULT_TLS, Address, IpProtocol
from monitor.settings import Allow, Settings
from monitor.vitals import Vitals

TLS_BUFFER_BYTES = 16 * 1024
"""asyncio's own TLS sets aside 256 KiB for each connection; one record needs no more than this."""


class Network:
    """Everything expensive, once for a process.

    Attributes:
        heartbeats: What targets have reported by themselves.
        exchanges: The names that other systems have for connections.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        vitals: Vitals,
        sight: Sight | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        memories: Memories | None = None,
    ) -> None:
        """Make ready.

        Args:
            settings: Of the daemon.
            clock: Tells the time.
            vitals: Counts.
            sight: Is told what the runs do; None unless a person watches.
            environment: Where checks with ``proxy_from_environment`` find their proxies; None in workers.
            memories: Where probes that remember do so; without it every run of one is its first.
        """
        self._clock = clock
        self._vitals = vitals
        self.heartbeats = Heartbeats(clock, memories)
        self.exchanges = KnownExchanges()
        names = self._names = Names(settings.nameservers)
        contexts = Contexts()
        self._egress = EgressPolicy(settings.egress)
        dialler = Dialler(names, self._egress, sight)
        proxies = None if environment is None else EnvironmentProxies.of(environment)
        self._shared = Shared(
            name=settings.vantage,
            clock=clock,
            names=names,
            dialler=dialler,
            contexts=contexts,
            web=Web(dialler, contexts, settings.egress.proxy, proxies),
            tokens=TokenStore(clock),
            secrets=SecretStore(),
            heartbeats=self.heartbeats,
            exchanges=self.exchanges,
            memories=memories or Blank(),
        )

    async def start(self) -> None:
        """Make ready: the system's certificates take a tenth of a second to read, which no run should pay for."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, asyncio.BaseEventLoop):
            asyncio.sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES
        contexts = self._shared.contexts
        await asyncio.gather(
            asyncio.to_thread(contexts.get, DEFAULT_TLS), asyncio.to_thread(contexts.get, DEFAULT_TLS, ALPN)
        )

    async def close(self) -> None:
        """Give back what is shared; runs that are still under way lose their resolver."""
        await self._names.close()

    def vantage(self, check: Check, deadline: float) -> RunVantage:
        """Return the vantage of one run, which is abandoned at ``deadline`` on the monotonic clock."""
        return RunVantage(self._shared, check, done_by(deadline, self._clock.monotonic()))

    def narrowed(self, allow: Allow) -> Narrowed:
        """Return this network, for runs that may connect to less of it."""
        return Narrowed(self._shared, self._egress, allow)

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret that the configuration names.

        Raises:
            ProbeError: It cannot be read.
        """
        return self._shared.secrets.reveal(secret)

    async def resolve_fresh(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Resolve on a resolver that remembers nothing: asked before a target is called down for its name.

        Raises:
            ProbeError: As ``vantage.resolve()``.
        """
        return await self._names.fresh(host, protocol)
