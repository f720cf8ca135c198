"""An event loop for one run of a driver: it resolves, connects and speaks TLS as the vantage of the run does."""

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from weakref import WeakSet

from monitor.observation import Reason
from monitor.plugin.counted_socket import CountedSocket
from monitor.plugin.errors import ProbeError, let_go
from monitor.plugin.guard import GuardedTransport

SocketAddress = tuple[Any, ...]


class VettedLoop(asyncio.SelectorEventLoop):
    """An event loop that resolves, connects and speaks TLS as the vantage of one run does."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self._run = run
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._opened: list[Any] = []
        # Nothing is logged: the text of a driver's error may hold what a database holds.
        self.set_exception_handler(lambda _loop, _context: None)

    def part(self, raised: BaseException | None) -> None:
        """Undo what holds the run, its tasks and its connections together, once the loop is closed; not ``raised``."""
        self._run = None
        for task in self._tasks:
            error = failure(task)
            if error is not None and error is not raised:
                let_go(error)
        for transport in self._opened:
            for method in ("_read_ready_cb", "_write_ready"):  # its own, kept in itself; the second since Python 3.12
                vars(transport).pop(method, None)
        self._opened.clear()

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Start a task."""
        task: asyncio.Task[Any] = super().create_task(coro, **options)
        self._tasks.add(task)
        return task

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,  # noqa: ARG002 - the library's signature
        type: int = 0,  # noqa: A002, ARG002
        proto: int = 0,  # noqa: ARG002
        flags: int = 0,  # noqa: ARG002
    ) -> list[Any]:
        """Return the one address of a host that is looked at."""
        try:
            address = await self._run.resolved(host.decode() if isinstance(host, bytes) else str(host))
        except Exception as error:  # noqa: BLE001 - kept, and told in words that drivers know
            raise self._run.failed(error) from None
        kind = socket.AF_INET if address.version == 4 else socket.AF_INET6
        where: SocketAddress = (str(address), port) if address.version == 4 else (str(address), port, 0, 0)
        return [(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect to an address that may be connected to."""
        try:
            await self._run.resolved(str(ip_address(address[0])))
            self._run.keep(sock)
            self._run.turn("connect")
            await super().sock_connect(sock, address)
            self._run.turn("login")
        except Exception as error:  # noqa: BLE001 - kept, and told in words that drivers know
            raise self._run.failed(error) from None

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: Any = None,
        *,
        sock: socket.socket | None = None,
        ssl: Any = None,
        server_hostname: str | None = None,
        **options: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect, in the clear or over TLS."""
        if sock is None:
            sock = await self._run.connected(host, port)
        elif not isinstance(sock, CountedSocket):
            sock = self._run.keep(CountedSocket(sock.family, sock.type, sock.proto, fileno=sock.detach()))
            sock.setblocking(False)  # noqa: FBT003
        context, name = self._run.secured(ssl, server_hostname or host)
        options = {key: value for key, value in options.items() if key.startswith("ssl_") and context is not None}
        number = sock.fileno()
        try:
            if context is not None:
                self._run.turn("tls")
            protocol = protocol_factory()
            shown = self._run.guarded(protocol, is_first=self._run.tls is not None)
            transport, _ = await super().create_connection(
                lambda: shown, sock=sock, ssl=context, server_hostname=name, **options
            )
        except Exception as error:  # noqa: BLE001 - kept, and told in words that drivers know
            raise self._run.failed(error) from None
        finally:
            self._opened += filter(None, [self._transports.get(number)])  # type: ignore[attr-defined]
        self._run.transports.append(transport)
        self._run.turn("login")
        return transport, protocol

    async def create_unix_connection(self, *_: Any, **__: Any) -> Any:
        """Refuse: sockets of this machine are the vantage's to open."""
        raise self._run.failed(ProbeError(Reason.EGRESS, "a driver may not open a unix socket"))

    async def start_tls(
        self,
        transport: Any,
        protocol: Any,
        sslcontext: Any,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        **options: Any,
    ) -> Any:
        """Go on in TLS."""
        context, name = self._run.secured(sslcontext, server_hostname)
        self._run.turn("tls")
        try:
            made = await super().start_tls(
                transport,
                self._run.guarded(protocol),
                context,
                server_side=server_side,
                server_hostname=name,
                **options,
            )
        except Exception as error:  # noqa: BLE001 - kept, and told in words that drivers know
            raise self._run.failed(error) from None
        self._run.transports.append(made)
        self._run.turn("login")
        return GuardedTransport(made, self._run.guarded)


def failure(task: asyncio.Task[Any]) -> BaseException | None:
    """Return with what a task ended; None when it ended well, or has not."""
    if not task.cancelled():
        return task.exception() if task.done() else None
    try:
        task.result()
    except asyncio.CancelledError as error:
        return error
    return None
