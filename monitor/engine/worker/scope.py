"""What a probe sees of the world inside a plugin's process: the vantage, watched, with the secrets of this run only."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from datetime import datetime
from ssl import SSLContext
from typing import Any, TypeVar

from monitor.engine.needs import RunVantage
from monitor.measure import Reading
from monitor.network.memory import RunMemory
from monitor.observation import Reason
from monitor.plugin.addresses import UnixPath
from monitor.plugin.errors import ProbeError
from monitor.plugin.exchange import Exchanges, ExternalIds
from monitor.plugin.heartbeat import Inbox
from monitor.plugin.secret import Secret
from monitor.plugin.vantage import (
    DEFAULT_TLS,
    Address,
    Datagrams,
    Echoes,
    Http,
    IpProtocol,
    Stream,
    TlsConfig,
    TlsFacts,
    Tokens,
)

Result = TypeVar("Result")


class Waits:
    """How many calls of one run wait for the network right now."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    async def during(self, call: Awaitable[Result]) -> Result:
        """Return what a call returns, and count it while it waits."""
        self.count += 1
        try:
            return await call
        finally:
            self.count -= 1


class Watched:
    """A part of the vantage whose asynchronous calls are counted while they wait; fulfils the part's Protocol."""

    __slots__ = ("_part", "_waits")

    def __init__(self, part: object, waits: Waits) -> None:
        self._part = part
        self._waits = waits

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found) or name not in WAITING:
            return found

        def call(*arguments: Any, **options: Any) -> Awaitable[Any]:
            return self._waits.during(found(*arguments, **options))

        return call


WAITING = frozenset({"request", "json", "read", "read_exactly", "read_line", "write", "start_tls", "receive", "get"})
"""The calls of Http, Stream, Datagrams and Tokens that wait for somebody else."""


class Scope:
    """Fulfils ``monitor.plugin.Vantage`` for one run."""

    __slots__ = ("_exchanges", "_memory", "_memory_refusal", "_secrets", "_vantage", "_waits")

    def __init__(
        self,
        vantage: RunVantage,
        secrets: Mapping[Secret, str],
        memory: bytes = b"",
        memory_refusal: str = "",
        exchanges: Mapping[str, Exchanges] | None = None,
    ) -> None:
        self._vantage = vantage
        self._secrets = secrets
        self._waits = Waits()
        self._memory = RunMemory(memory)
        self._memory_refusal = memory_refusal
        self._exchanges = exchanges or {}

    @property
    def is_waiting(self) -> bool:
        """Whether a call of this run waits for the network."""
        return self._waits.count > 0

    @property
    def http(self) -> Http:
        """The HTTP client of this run."""
        return Watched(self._vantage.http, self._waits)

    @property
    def tokens(self) -> Tokens:
        """The tokens of this plugin."""
        return Watched(self._vantage.tokens, self._waits)

    @property
    def inbox(self) -> Inbox:
        """Raise: heartbeats come to the daemon, and stay there."""
        raise ProbeError(Reason.PLUGIN, "heartbeats do not reach a plugin's own process; write run: in_loop for it")

    @property
    def memory(self) -> RunMemory:
        """What this check has kept of its newest run."""
        if self._memory_refusal:
            raise ProbeError(Reason.RESOURCES, self._memory_refusal)
        return self._memory

    @property
    def remembered(self) -> bytes | None:
        """What the probe wrote into its memory; None when it wrote nothing."""
        return self._memory.written

    def exchanges(self, system: ExternalIds) -> Exchanges:
        """Return the connections of the inventory by the names they have in a system."""
        return self._exchanges.get(system.system, {})

    @property
    def name(self) -> str:
        """The place, as configured."""
        return self._vantage.name

    @property
    def deadline(self) -> float:
        """When to be done."""
        return self._vantage.deadline

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        return self._vantage.now()

    async def resolve(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host."""
        return await self._waits.during(self._vantage.resolve(host, protocol))

    def connect(self, host: str, port: int, **options: Any) -> AbstractAsyncContextManager[Stream]:
        """Connect over TCP."""
        return self._watched(lambda: self._vantage.connect(host, port, **options))

    def datagrams(self, host: str, port: int, **options: Any) -> AbstractAsyncContextManager[Datagrams]:
        """Open a UDP socket."""
        return self._watched(lambda: self._vantage.datagrams(host, port, **options))

    def echoes(self, host: str, **options: Any) -> AbstractAsyncContextManager[Echoes]:
        """Open a socket for ICMP echo."""
        return self._watched(lambda: self._vantage.echoes(host, **options))

    def connect_unix(self, path: UnixPath, **options: Any) -> AbstractAsyncContextManager[Stream]:
        """Connect to a unix socket."""
        return self._watched(lambda: self._vantage.connect_unix(path, **options))

    def datagrams_unix(self, path: UnixPath) -> AbstractAsyncContextManager[Datagrams]:
        """Open a unix socket of datagrams."""
        return self._watched(lambda: self._vantage.datagrams_unix(path))

    async def certificates(self, host: str, port: int, tls_config: TlsConfig = DEFAULT_TLS, **options: Any) -> TlsFacts:
        """Shake hands and return what was shown."""
        return await self._waits.during(self._vantage.certificates(host, port, tls_config, **options))

    def tls(self, tls_config: TlsConfig = DEFAULT_TLS) -> SSLContext:
        """Return a context for a driver."""
        return self._vantage.tls(tls_config)

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret that the configuration of this check names.

        Raises:
            ProbeError: It does not name it.
        """
        try:
            return self._secrets[secret]
        except KeyError:
            raise ProbeError(Reason.SECRET, "the configuration of this check does not name that secret") from None

    def note(self, *readings: Reading) -> None:
        """Keep readings even if the run fails."""
        self._vantage.note(*readings)

    def judged(self, assertion: object, value: object, *, holds: bool) -> None:
        """Do nothing: nobody watches a run in a worker."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Time a part of the run."""
        return self._vantage.phase(name)

    @asynccontextmanager
    async def _watched(self, opened: Callable[[], AbstractAsyncContextManager[Any]]) -> AsyncIterator[Any]:
        entered = opened()
        part = await self._waits.during(entered.__aenter__())
        try:
            yield Watched(part, self._waits)
        except BaseException as error:
            if not await entered.__aexit__(type(error), error, error.__traceback__):
                raise
        else:
            await entered.__aexit__(None, None, None)
