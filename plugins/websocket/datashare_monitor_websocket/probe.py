"""The probe of kind ``websocket``."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from websockets.client import ClientProtocol
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from datashare_monitor_websocket.headers import NAME, ORIGIN, check, sent
from datashare_monitor_websocket.readings import CLOSE_CODE, MESSAGES, PING, STATUS_CODE
from datashare_monitor_websocket.socket import MOST_BYTES, QUIET, REASONS, SWITCHING, WebSocket
from datashare_monitor_websocket.turn import Turn
from datashare_monitor_websocket.url import parsed
from monitor.plugin import (
    Duration,
    HostPort,
    IpProtocol,
    Observation,
    ProbeError,
    Reading,
    Reason,
    Secret,
    Size,
    TlsConfig,
    Vantage,
    degraded,
    down,
    up,
)
from monitor.plugin.inspecting import inspecting
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, tls_readings
from monitor.plugin.patience import awaiting

CLOSE_SECONDS = 0.1
"""With less time left than this, a server is not blamed for no answer to our close."""


@dataclass(frozen=True, kw_only=True)
class WebsocketProbe:
    """Opens a WebSocket, converses if it is told how, times a ping and closes (RFC 6455, over HTTP/1.1).

    A server may send 1 MiB and 4096 frames in one look. Compression is not offered.

    Attributes:
        target: ``ws://host/path`` or ``wss://host/path``.
        headers: Sent with the handshake.
        secret_headers: The same with values that are secrets, ``Authorization`` for instance.
        origin: The Origin header, for servers that only let certain pages in.
        subprotocols: Offered, the preferred one first; down unless the server chooses one of them.
        query_response: The conversation.
        ping: Whether to send a ping and wait for its pong.
        max_message_size: The longest message read, all its fragments together.
        degraded_ping: Degraded when the pong takes longer.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    origin: str | None = None
    subprotocols: tuple[str, ...] = ()
    query_response: tuple[Turn, ...] = ()
    ping: bool = True
    max_message_size: Size = 64 * 1024
    degraded_ping: Duration | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        _ = self._uri
        if self.tls_config != TlsConfig() and not self._uri.secure:
            raise ValueError("tls_config does nothing with ws://; write wss://")
        if self.max_message_size > MOST_BYTES:
            raise ValueError("max_message_size is more than a server may send in one look; write 1MiB or less")
        if self.degraded_ping is not None and not self.ping:
            raise ValueError("degraded_ping needs ping: true")
        check(self.headers, self.secret_headers)
        if self.origin is not None and not ORIGIN.fullmatch(self.origin):
            raise ValueError("origin is a scheme, a host and perhaps a port, without a path: https://portal.example")
        if not all(map(NAME.fullmatch, self.subprotocols)):
            raise ValueError("a subprotocol is a word without spaces, such as graphql-transport-ws")
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise ValueError("a subprotocol is written twice, which servers refuse; write it once")

    async def observe(self, vantage: Vantage) -> Observation:
        """Open the socket once, and go through the conversation."""
        headers = sent(self.headers, self.secret_headers, vantage)
        place = HostPort(self._uri.host, self._uri.port)
        async with (
            inspecting(
                vantage,
                place,
                self.tls_config,
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ),
            vantage.connect(
                place.host,
                place.port,
                tls_config=self.tls_config if self._uri.secure else None,
                alpn=("http/1.1",),
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ) as stream,
        ):
            if stream.tls is not None:
                vantage.note(*tls_readings(stream.tls))
            websocket = WebSocket(stream, self._protocol())
            with vantage.phase("handshake"), awaiting("the handshake was not answered in time"):
                status = await websocket.open(headers)
            vantage.note(STATUS_CODE(status))
            if status != SWITCHING:
                return down(REASONS.get(status, Reason.STATUS), f"answered {status}, expected {SWITCHING}")
            if self.subprotocols and websocket.subprotocol is None:
                return down(Reason.PROTOCOL, f"chose no subprotocol, offered {', '.join(self.subprotocols)}")
            with vantage.phase("request"):
                missing = await self._converse(websocket, vantage)
            if missing is not None:
                return down(Reason.CONTENT, missing, FAILED_DUE_TO_REGEX(1))
            vantage.note(FAILED_DUE_TO_REGEX(0))
            return await self._end(websocket, vantage)

    async def _converse(self, websocket: WebSocket, vantage: Vantage) -> str | None:
        """Return what did not come, or None when the conversation went well."""
        vantage.note(MESSAGES(0))
        for number, turn in enumerate(self.query_response, 1):
            place = f"turn {number} of {len(self.query_response)}"
            if turn.expect is not None:
                try:
                    with awaiting(f"{place}: no message matched '{turn.expect.pattern}' in time"):
                        while not turn.expect.search(await self._message(websocket, vantage)):
                            continue
                except ProbeError as error:
                    if error.reason is not Reason.DISCONNECTED:
                        raise
                    return f"{error.detail}, before a message matched '{turn.expect.pattern}'"
            if turn.send:
                with awaiting(f"{place}: the message was not taken in time"):
                    await websocket.say(turn.send)
        return None

    async def _message(self, websocket: WebSocket, vantage: Vantage) -> bytes:
        message = await websocket.message()
        vantage.note(MESSAGES(websocket.messages))
        return message

    async def _end(self, websocket: WebSocket, vantage: Vantage) -> Observation:
        """Time a ping and close; a server that does not answer our good-bye has answered everything else."""
        seen: tuple[Reading, ...] = ()
        took = 0.0
        if self.ping:
            with vantage.phase("ping"):
                began = time.perf_counter()
                with awaiting("no pong came in time"):
                    await websocket.ping(secrets.token_bytes(8))
                took = time.perf_counter() - began
            seen = (PING(took),)
        closed = "closed without an answer"
        left = vantage.deadline - time.monotonic()
        try:
            with vantage.phase("close"):
                async with asyncio.timeout(left):
                    await websocket.close()
            seen = (*seen, CLOSE_CODE(websocket.close_code))
            closed = f"closed with {websocket.close_code}"
        except TimeoutError:
            if left > CLOSE_SECONDS:
                return degraded(Reason.TIMEOUT, "did not answer our close", *seen)
        if self.degraded_ping is not None and took > (limit := self.degraded_ping.total_seconds()):
            return degraded(Reason.SLOW, f"pong after {took:.3f} s, limit {limit:g} s", *seen)
        return up(*seen, detail=f"open, {closed}")

    def _protocol(self) -> ClientProtocol:
        return ClientProtocol(
            self._uri,
            origin=None if self.origin is None else Origin(self.origin),
            subprotocols=[Subprotocol(each) for each in self.subprotocols] or None,
            max_size=self.max_message_size,
            logger=QUIET,
        )

    @property
    def _uri(self) -> WebSocketURI:
        return parsed(self.target)
