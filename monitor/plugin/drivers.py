"""A driver's own event loop, in a thread of its own, that connects only where the vantage lets it.

A database driver opens its connections itself: it looks names up, follows a server's word to another address, and
takes apart in one go what came. ``aside`` gives it a loop that does the first three things the monitor's way. Names
are resolved by the vantage, every address is vetted before it is connected to, TLS is spoken with the context and for
the name that the check has, and no more bytes are read than the check allows. What the driver computes, and where it
blocks, is the thread's, and never the monitor's own loop's.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from threading import Lock, Thread
from typing import Any, Generic, TypeVar, cast

from monitor.observation import Reason
from monitor.plugin.counted_socket import ByteLimitError, CountedSocket, cut
from monitor.plugin.errors import ProbeError, let_go
from monitor.plugin.guard import Guard, GuardedProtocol
from monitor.plugin.vantage import IpProtocol, Vantage
from monitor.plugin.vetted_loop import VettedLoop

T = TypeVar("T")


class Aside(Generic[T]):
    """One run of a driver: what it may do, what it has open, and what went wrong below it.

    A driver that tries again by itself is ended at the first fault of its connection with ``ends_at_fault``.

    Attributes:
        fault: The first thing that went wrong with name, connection or TLS; more to the point than what the driver
            makes of it.
        loop: The driver's own.
        transports: What was opened in that loop.
        tls: The context to hand to the driver where it asks for one; None when TLS is off.
    """

    def __init__(  # noqa: PLR0913 - what a check says of its connection
        self,
        vantage: Vantage,
        work: "Callable[[Aside[T]], Awaitable[T]]",
        *,
        most_bytes: int,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        guard: type[Guard] | None = None,
        ends_at_fault: bool = False,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
    ) -> None:
        self.fault: BaseException | None = None
        self.loop = VettedLoop(self)
        self.transports: list[Any] = []
        self._vantage = vantage
        self._work = work
        self._left = most_bytes
        self._most = most_bytes
        self.tls = tls
        self._name = server_name
        self._guard = guard
        self._ends_at_fault = ends_at_fault
        self._preferred = preferred_ip_protocol
        self._falls_back = ip_protocol_fallback
        self._outer = asyncio.get_running_loop()
        self._result: asyncio.Future[T] = self._outer.create_future()
        self._phase = ExitStack()
        self._sockets: set[socket.socket] = set()
        self._told: list[Exception] = []
        self._lock = Lock()
        self._is_over = False
        self._task: asyncio.Task[T] | None = None

    async def run(self) -> T:
        """Let the driver work, and return what it came to; when this is cancelled, everything of it is cut off."""
        try:
            Thread(target=self._work_off, name="driver", daemon=True).start()
        except RuntimeError as error:
            self.loop.close()
            raise ProbeError(Reason.RESOURCES, "no thread can be started") from error
        try:
            return await self._result
        finally:
            self._phase.close()
            self._end()
            del self._result  # with its error it holds the frame of this call, and so this run

    def turn(self, phase: str) -> None:
        """Begin a phase of the run and end the one before, from whichever thread."""
        with suppress(RuntimeError):  # the outer loop is closed: nobody times any more
            self._outer.call_soon_threadsafe(self._turn, phase)

    def keep(self, sock: Any) -> Any:
        """Take up a socket: it is cut off when the run is over."""
        if isinstance(sock, CountedSocket):
            sock.run = self
        with self._lock:
            self._sockets.add(sock)
            is_over = self._is_over
        if is_over:
            cut(sock)
        return sock

    def count(self, read: int) -> None:
        """Count what was read.

        Raises:
            ByteLimitError: It is more than the check allows.
        """
        self._left -= read
        if self._left < 0:
            self.failed(ProbeError(Reason.TOO_LARGE, f"more than {self._most} bytes came"))
            raise ByteLimitError("more bytes than the limit")

    def failed(self, error: Exception) -> Exception:
        """Keep what went wrong, and return what to tell the driver: an OSError, which every driver foresees."""
        if self.fault is None and not self._is_over and not isinstance(error, ByteLimitError):
            self.fault = error
            if self._ends_at_fault:  # not by cancelling: pymongo now and then swallows that
                self._outer.call_soon_threadsafe(self._settle, None, error)
        told = error if isinstance(error, OSError) else OSError(type(error).__name__)
        self._told.append(told)
        return told

    def guarded(self, protocol: Any, *, is_first: bool = False) -> Any:
        """Return a driver's protocol, with a guard before it if the driver needs one; ``is_first``: TLS is to come."""
        if self._guard is None or (is_first and not self._guard.is_first):
            return protocol
        return GuardedProtocol(protocol, self._guard(), self)

    def secured(self, asked: object, name: object) -> tuple[ssl.SSLContext | None, str | None]:
        """Return the context and the name for TLS, if the driver asks for it; it is the check that says how."""
        if not asked:
            return None, None
        if self.tls is None:
            raise self.failed(ProbeError(Reason.PROTOCOL, "the driver turned to TLS, which the check has switched off"))
        return self.tls, self._name or (str(name) if name else None)

    async def connected(self, host: Any, port: Any, kind: type[CountedSocket] = CountedSocket) -> Any:
        """Return a socket that is connected and does not block.

        Raises:
            OSError: There is no connection; ``fault`` says why.
        """
        [(family, style, protocol, _, where)] = await self.loop.getaddrinfo(host, port)
        sock = kind(family, style, protocol)
        try:
            sock.setblocking(False)  # noqa: FBT003 - the library's signature
            await self.loop.sock_connect(sock, where)
        except BaseException:
            sock.is_held = False
            sock.close()
            raise
        return sock

    async def resolved(self, host: str) -> Any:
        """Return the address of a host that is looked at; its own when it is one.

        Raises:
            ProbeError: It has none, or none that may be connected to.
        """
        self.turn("")
        only = None if self._falls_back else self._preferred
        if self._is_over:
            raise ProbeError(Reason.TIMEOUT, "the run is over")
        resolving = self._resolve(host, only)
        try:
            asked = asyncio.run_coroutine_threadsafe(resolving, self._outer)
        except RuntimeError as error:  # the outer loop is closed
            resolving.close()
            raise ProbeError(Reason.TIMEOUT, "the run is over") from error
        found = await asyncio.wrap_future(asked)
        wanted = 6 if self._preferred is IpProtocol.IP6 else 4
        return min(found, key=lambda each: each.version != wanted)

    async def _resolve(self, host: str, only: IpProtocol | None) -> Any:
        return await self._vantage.resolve(host, only)

    def _turn(self, phase: str) -> None:
        self._phase.close()
        if phase and not self._is_over:
            self._phase.enter_context(self._vantage.phase(phase))

    def _work_off(self) -> None:
        result, error = None, None
        try:
            result = self.loop.run_until_complete(self._started())
        except BaseException as raised:  # noqa: BLE001 - foreign code; SystemExit must not end the thread
            error = raised
        finally:
            with suppress(Exception):
                self._swept()
            self.loop.close()
            self._part(error)
        with suppress(RuntimeError):  # the outer loop is closed: nobody waits any more
            self._outer.call_soon_threadsafe(self._settle, result, error)
        del error  # it holds this very frame

    def _part(self, raised: BaseException | None) -> None:
        """Undo what holds parts of the run together, so that they go without the garbage collector.

        Of what was ``raised`` the engine may still ask where it was.
        """
        self.loop.part(raised)
        for error in self._told:
            if error is not self.fault:
                let_go(error)
        self._told.clear()

    async def _started(self) -> T:
        self._task = asyncio.ensure_future(self._work(self))
        if self._is_over:
            self._task.cancel()
        return await self._task

    def _swept(self) -> None:
        """End what the driver left behind in its loop, and close it."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        for transport in self.transports:
            with suppress(AttributeError):  # of Python 3.11, when the connection has ended already
                transport.abort()
        self.loop.run_until_complete(self._settled(left))
        self._task = None
        self.transports.clear()
        with self._lock:
            opened, self._sockets = self._sockets, set()
        for sock in opened:
            cut(sock)
            if isinstance(sock, CountedSocket):
                sock.is_held = False
            with suppress(OSError):
                sock.close()

    async def _settled(self, left: set[asyncio.Task[Any]]) -> None:
        if left:
            await asyncio.wait(left, timeout=1)
        for _ in range(3):  # a transport that is cut off closes its socket a turn or two later
            await asyncio.sleep(0)

    def _settle(self, result: T | None, error: BaseException | None) -> None:
        if self._is_over or self._result.done():
            pass
        elif error is None:
            self._result.set_result(cast("T", result))
        elif self.fault is not None and not isinstance(self.fault, asyncio.CancelledError):
            self._result.set_exception(self.fault)
        elif isinstance(error, (asyncio.CancelledError, StopIteration, SystemExit)):
            self._result.set_exception(ProbeError(Reason.PLUGIN, f"the driver ended with {type(error).__name__}"))
        else:
            self._result.set_exception(error)
            return
        if error is not None and error is not self.fault:
            let_go(error)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            self.fault = None
            opened = tuple(self._sockets)
        for sock in opened:
            cut(sock)
        with suppress(RuntimeError):  # the driver's loop is closed
            self.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
