"""One HTTP connection that is not waited for without end, and knows whose it is.

aiohttp's server closes an idle connection, but waits for ever for the rest of a request head and for a client that
does not read. It offers no setting for either, so this is its protocol with a watch on both.
"""

from asyncio import AbstractEventLoop, BaseTransport, Transport
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import structlog
from aiohttp import web

from monitor.config.webconfig import ServerTls
from monitor.plugin.x509 import all_alternative_names
from monitor.web.refusal import RefusedError, problem
from monitor.web.shield import HEADERS

log = structlog.get_logger()

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long clients are waited for and how much they may send.

    Attributes:
        head_seconds: For a whole request head, from the connection or from its first byte.
        write_seconds: For a client that reads nothing of what is written …
        stuck_seconds: … and after how long such a one gives way to a newcomer.
        idle_seconds: Between two requests.
        connections: Open at once; for a further one, one that waits for its client gives way.
        handshakes: Of TLS, under way at once; in the same way.
        arrivals: Connections over TLS from one client at once: each costs a millisecond …
        arrival_seconds: … and after how long it may make one more.
    """

    head_seconds: float = 10.0
    write_seconds: float = 30.0
    stuck_seconds: float = 1.0
    idle_seconds: float = 75.0
    connections: int = 512
    handshakes: int = 128
    arrivals: int = 512
    arrival_seconds: float = 0.01
    line_bytes: int = 8190
    field_bytes: int = 8190
    fields: int = 64


class Connection(web.RequestHandler):
    """aiohttp's protocol with a watch on heads that drip and on clients that do not read.

    Args:
        headers: Of the answer to what is no request, all others have theirs from the application.

    Attributes:
        tls: Under which it was made; None for plain HTTP.
        sans: The names in the client's certificate, once it was verified.
    """

    __slots__ = ("_head_since", "_headers", "_heard", "_limits", "_loop_time", "_stuck_since", "_wire", "sans", "tls")

    def __init__(
        self,
        server: web.Server,
        limits: Limits,
        loop: AbstractEventLoop,
        tls: ServerTls | None = None,
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # the annotation forgets None, which turns it off
            keepalive_timeout=limits.idle_seconds,
            max_line_size=limits.line_bytes,
            max_field_size=limits.field_bytes,
            max_headers=limits.fields,
            lingering_time=limits.head_seconds,
        )
        self._limits = limits
        self._headers = headers
        self._loop_time = loop.time
        self._wire: Transport | None = None
        self._head_since: float | None = None
        self._stuck_since: float | None = None
        self._heard = 0.0
        self.tls = tls
        self.sans: frozenset[str] = frozenset()

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin, unless the client's certificate has none of the names that are let in."""
        self._wire = cast("Transport", transport)
        if self.tls is not None and self.tls.verifies_clients:
            self.sans = client_sans(transport)
            if self.tls.allowed_sans and self.tls.allowed_sans.isdisjoint(self.sans):
                log.debug("web.certificate_refused", remote=self.remote)
                self._wire.abort()
                return
        self._head_since = self._heard = self._loop_time()
        super().connection_made(transport)

    @property
    def remote(self) -> str:
        """The address of the client."""
        peer = self._wire.get_extra_info("peername") if self._wire is not None else None
        return str(peer[0]) if isinstance(peer, tuple) else ""

    @property
    def waits_since(self) -> float | None:
        """Since when the client is waited for, on the clock of the loop; None while it is being answered."""
        if not self._awaits_request():
            return None
        return self._heard if self._head_since is None else self._head_since

    def idle_since(self, now: float) -> float | None:
        """Return since when the client is waited for, to send something or to read; None while it is being answered."""
        if self._stuck_since is not None and now - self._stuck_since > self._limits.stuck_seconds:
            return self._stuck_since
        return self.waits_since

    def give_way(self) -> None:
        """Close at once, for another connection."""
        if self._wire is not None:
            self._wire.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that is not complete with them has begun."""
        self._heard = self._loop_time()
        super().data_received(data)
        if not self._awaits_request():
            if self._request_count:
                self._head_since = None
        elif self._head_since is None:
            self._head_since = self._heard

    def pause_writing(self) -> None:
        """Note since when the client does not read."""
        super().pause_writing()
        self._stuck_since = self._loop_time()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        super().resume_writing()
        self._stuck_since = None

    def close_if_slow(self, now: float) -> None:
        """Close the connection when its client has used up our patience. Called every so often."""
        wire = self._wire
        if wire is None:
            return
        if wire.is_closing() and self._stuck_since is None:
            self._stuck_since = now
        if self._stuck_since is not None and now - self._stuck_since > self._limits.write_seconds:
            wire.abort()
        elif (
            self._head_since is not None
            and now - self._head_since > self._limits.head_seconds
            and self._awaits_request()
            and not wire.is_closing()
        ):
            wire.write(TOO_SLOW)
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it may quote the request
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, without a traceback in the log and without a version."""
        log.debug("web.request_refused", remote=request.remote, status=status, error=type(exc).__name__)
        response = problem(RefusedError(status, "this is not a request that HTTP/1.1 allows, or its head is too large"))
        response.headers.update(self._headers)
        response.force_close()
        return response

    def log_exception(self, *args: object, **facts: object) -> None:
        """Log what aiohttp did not foresee, but not that a body is broken: anybody could fill the log with that."""
        if isinstance(facts.get("exc_info"), web.RequestPayloadError):
            log.debug("web.body_refused")
        else:
            super().log_exception(*args, **facts)

    def _awaits_request(self) -> bool:
        return self._waiter is not None and not self._waiter.done()


def client_sans(transport: BaseTransport) -> frozenset[str]:
    """Return the names in the certificate that the client showed; empty when it showed none."""
    handshake = transport.get_extra_info("ssl_object")
    der = handshake.getpeercert(binary_form=True) if handshake is not None else None
    return all_alternative_names(der) if der else frozenset()
