"""The vantage of one run."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from monitor.inventory import Check
from monitor.measure import Reading
from monitor.network import local
from monitor.network.half import HalfAnswer, half_answer
from monitor.network.heartbeats import Box
from monitor.network.http import SafeHttp
from monitor.network.inspection import inspected, shown
from monitor.network.ledger import Handshake, Ledger, cut
from monitor.network.memory import RunMemory
from monitor.network.packets import Inbox, TargetDatagrams
from monitor.network.secrets import secrets_in
from monitor.network.shared import Shared
from monitor.network.stream import Pipe, TargetStream
from monitor.network.tls import server_name
from monitor.network.tokens import PluginTokens
from monitor.network.veil import Veil
from monitor.observation import Reason
from monitor.plugin.addresses import UnixPath
from monitor.plugin.errors import ProbeError
from monitor.plugin.exchange import Exchanges, ExternalIds
from monitor.plugin.secret import Secret
from monitor.plugin.vantage import (
    DEFAULT_ECHO,
    DEFAULT_TLS,
    Address,
    Datagrams,
    Echoes,
    EchoOptions,
    IpProtocol,
    Opening,
    TlsConfig,
    TlsFacts,
)

MARGIN_SECONDS = 0.25
MARGIN_RATIO = 0.1
"""A probe is to be done this much before the engine abandons it, or a tenth of its time when that is less."""


class RunVantage:
    """Fulfils ``monitor.plugin.Vantage`` for one run.

    Attributes:
        noted: Readings that count whatever becomes of the run.
    """

    __slots__ = ("_check", "_ledger", "_memory", "_revealed", "_shared", "http", "noted")

    def __init__(self, shared: Shared, check: Check, deadline: float) -> None:
        self._shared = shared
        self._check = check
        sight = shared.dialler.sight
        self._ledger = Ledger(deadline, None if sight is None else sight.of(check.id))
        self.http = SafeHttp(shared.web, self._ledger)
        self.noted: list[Reading] = []
        self._memory: RunMemory | None = None
        self._revealed: list[str] = []

    @property
    def name(self) -> str:
        """The place, as configured."""
        return self._shared.name

    @property
    def tokens(self) -> PluginTokens:
        """The tokens of this plugin."""
        return PluginTokens(self._shared.tokens, self._check.plugin)

    @property
    def inbox(self) -> Box:
        """What the target has reported by itself."""
        return self._shared.heartbeats.box(self._check.id)

    @property
    def memory(self) -> RunMemory:
        """What this check has kept of its newest run."""
        if self._memory is None:
            self._memory = RunMemory(self._shared.memories.read(self._check.id))
        return self._memory

    @property
    def remembered(self) -> bytes | None:
        """What the probe wrote into its memory; None when it wrote nothing."""
        return None if self._memory is None else self._memory.written

    def exchanges(self, system: ExternalIds) -> Exchanges:
        """Return the connections of the inventory by the names they have in a system."""
        return self._shared.exchanges.of(system.system)

    @property
    def deadline(self) -> float:
        """When to be done, a little before the engine abandons the run."""
        return self._ledger.deadline

    @property
    def phases(self) -> dict[str, float]:
        """Seconds by phase name, up to now."""
        return self._ledger.phases()

    @property
    def handshake(self) -> Handshake | None:
        """The newest TLS handshake, if there was any."""
        return self._ledger.handshake

    @property
    def half_answer(self) -> HalfAnswer | None:
        """What came of the newest HTTP answer, whole or not; None when nothing did."""
        return half_answer(self._ledger)

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        return self._shared.clock.now()

    async def resolve(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host that may be connected to: a driver takes them for its own connections."""
        found: Sequence[Address] = self._shared.names.known(host, protocol)
        if not found:
            with self.phase("resolve"):
                found = await self._shared.names.lookup(host, protocol)
        if self._ledger.sight is not None:
            self._ledger.sight.resolved(host, found)
        return self._shared.dialler.egress.admitted(found)

    @asynccontextmanager
    async def connect(
        self,
        host: str,
        port: int,
        *,
        tls_config: TlsConfig | None = None,
        alpn: tuple[str, ...] = (),
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
        source_ip_address: Address | None = None,
    ) -> AsyncIterator[TargetStream]:
        """Connect over TCP, with TLS when ``tls_config`` is given; closes on exit."""
        dialler = self._shared.dialler
        with self.phase("resolve"):
            addresses = await dialler.addresses(
                host, preferred_ip_protocol, fallback=ip_protocol_fallback, source=source_ip_address
            )
        with self.phase("connect"):
            _, pipe, address = await dialler.stream(Pipe, addresses, port, self._ledger, source_ip_address)
        async with self._streaming(pipe, address, host, tls_config, alpn) as stream:
            yield stream

    @asynccontextmanager
    async def connect_unix(self, path: UnixPath, *, tls_config: TlsConfig | None = None) -> AsyncIterator[TargetStream]:
        """Connect to a unix socket, with TLS when ``tls_config`` is given; closes on exit."""
        self._ledger.check()
        vetted = self._shared.dialler.egress.socket(path.path)
        with self.phase("connect"):
            _, pipe = await local.stream(Pipe, path, vetted, self._ledger)
        async with self._streaming(pipe, None, "", tls_config) as stream:
            yield stream

    @asynccontextmanager
    async def _streaming(
        self,
        pipe: Pipe,
        address: Address | None,
        host: str,
        tls_config: TlsConfig | None,
        alpn: tuple[str, ...] = (),
    ) -> AsyncIterator[TargetStream]:
        stream = TargetStream(pipe, address, host, self._shared.contexts, self._ledger, alpn)
        try:
            if tls_config is not None:
                await stream.start_tls(tls_config)
            yield stream
        finally:
            stream.close()

    @asynccontextmanager
    async def datagrams(
        self,
        host: str,
        port: int,
        *,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
        source_ip_address: Address | None = None,
    ) -> AsyncIterator[Datagrams]:
        """Open a UDP socket to a target; closes on exit."""
        dialler = self._shared.dialler
        with self.phase("resolve"):
            addresses = await dialler.addresses(
                host, preferred_ip_protocol, fallback=ip_protocol_fallback, source=source_ip_address
            )
        with self.phase("connect"):
            transport, inbox, address = await dialler.datagrams(Inbox, addresses, port, self._ledger, source_ip_address)
        with self._exchanging(transport, inbox, address) as datagrams:
            yield datagrams

    @asynccontextmanager
    async def datagrams_unix(self, path: UnixPath) -> AsyncIterator[Datagrams]:
        """Open a unix socket of datagrams; closes on exit."""
        self._ledger.check()
        vetted = self._shared.dialler.egress.socket(path.path)
        with self.phase("connect"):
            transport, inbox = local.datagrams(path, vetted, self._ledger)
        with self._exchanging(transport, inbox, None) as datagrams:
            yield datagrams

    @contextmanager
    def _exchanging(
        self, transport: asyncio.DatagramTransport, inbox: Inbox, address: Address | None
    ) -> Iterator[Datagrams]:
        try:
            yield TargetDatagrams(transport, inbox, address)
        finally:
            self._ledger.opened.discard(transport)
            cut(transport)

    @asynccontextmanager
    async def echoes(
        self,
        host: str,
        *,
        options: EchoOptions = DEFAULT_ECHO,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
    ) -> AsyncIterator[Echoes]:
        """Open a socket for ICMP echo to a target; closes on exit."""
        dialler = self._shared.dialler
        with self.phase("resolve"):
            addresses = await dialler.addresses(
                host, preferred_ip_protocol, fallback=ip_protocol_fallback, source=options.source
            )
        with self.phase("setup"):
            made = await dialler.echoes(addresses, options, self._ledger)
        try:
            yield made
        finally:
            self._ledger.opened.discard(made)
            made.close()

    async def certificates(
        self,
        host: str,
        port: int,
        tls_config: TlsConfig = DEFAULT_TLS,
        *,
        opening: Opening | None = None,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
    ) -> TlsFacts:
        """Shake hands and return what was shown, whether or not it can be trusted."""
        name, peer = server_name(tls_config, host), (host, port)

        async def look(config: TlsConfig) -> TlsFacts:
            context = self._shared.contexts.get(config)
            async with self.connect(
                host,
                port,
                preferred_ip_protocol=preferred_ip_protocol,
                ip_protocol_fallback=ip_protocol_fallback,
            ) as stream:
                nonlocal peer
                peer = (str(stream.address), port)
                if opening is not None:
                    await opening(stream)
                with self.phase("tls"):
                    return await shown(stream, context, name)

        seen = await inspected(look, tls_config)
        if self._ledger.sight is not None:
            self._ledger.sight.inspected(name, peer, seen)
        return seen

    def tls(self, tls_config: TlsConfig = DEFAULT_TLS) -> ssl.SSLContext:
        """Return a context for a driver that brings its own connections."""
        return self._shared.contexts.get(tls_config)

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret."""
        if secret not in secrets_in(self._check.probe):
            raise ProbeError(Reason.SECRET, "the secret is not in the configuration of this check")
        text = self._shared.secrets.reveal(secret)
        self._revealed.append(text)
        return text

    def covered(self, text: str) -> str:
        """Return a text without the secrets that this run was given: its target may have repeated them."""
        return Veil(*self._revealed).cover(text) if self._revealed and text else text

    def note(self, *readings: Reading) -> None:
        """Keep readings that count even if ``observe`` raises or runs out of time."""
        self.noted.extend(readings)

    def judged(self, assertion: object, value: object, *, holds: bool) -> None:
        """Show how one assertion came out to whoever watches the run."""
        if self._ledger.sight is not None:
            self._ledger.sight.judged(assertion, self.covered(str(value)), holds=holds)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a part of the run."""
        lap = self._ledger.lap()
        lap.turn(name)
        try:
            yield
        finally:
            self._ledger.finish(lap)

    def close(self) -> None:
        """Release what the run left open."""
        self._ledger.close()


def done_by(deadline: float, now: float) -> float:
    """Return when a probe is to be done that is abandoned at ``deadline``; all on the monotonic clock."""
    return deadline - min(MARGIN_SECONDS, max(deadline - now, 0.0) * MARGIN_RATIO)
