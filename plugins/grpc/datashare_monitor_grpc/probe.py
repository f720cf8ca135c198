"""The probe of kind ``grpc``."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from datashare_monitor_grpc.call import Headers, Reply, call, timeout
from datashare_monitor_grpc.health import CHECK, Serving, answer, question
from datashare_monitor_grpc.readings import SSL, STATUS_CODE, readings_of
from datashare_monitor_grpc.verdict import refusal
from monitor.plugin import (
    HostPort,
    IpProtocol,
    Observation,
    ProbeError,
    Reason,
    Secret,
    TlsConfig,
    Vantage,
    down,
    up,
)
from monitor.plugin.inspecting import inspecting
from monitor.plugin.measures import tls_readings

KEY = re.compile(r"[0-9a-z_.-]{1,100}", re.ASCII)
VALUE = re.compile(r"[\x20-\x7e]{0,4000}", re.ASCII)
OWN = frozenset({"te", "content-type", "user-agent", "host", "connection"})
"""Headers that the call itself needs."""


@dataclass(frozen=True, kw_only=True)
class GrpcProbe:
    """Asks a server of the gRPC health checking protocol. Options are named as in blackbox_exporter's grpc prober.

    Up when it is SERVING, and down whatever else it says. It is told how long we wait (``grpc-timeout``).

    Attributes:
        target: ``host:port``.
        service: Whose health to ask for; that of the server as a whole when empty.
        tls: Whether to speak TLS.
        metadata: Sent with the call; keys in lower case, each with a value or a list of them.
        secret_metadata: The same with values that are secrets, ``authorization`` for instance.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    service: str = ""
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    metadata: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    secret_metadata: Mapping[str, Secret] = field(default_factory=dict)
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        for key in (*self.metadata, *self.secret_metadata):
            if not KEY.fullmatch(key) or key in OWN or key.startswith("grpc-"):
                raise ValueError(f"{key!r} cannot be a metadata key; write lower-case letters, digits, - _ and .")
            if key in self.metadata and key in self.secret_metadata:
                raise ValueError(f"{key} is in metadata and in secret_metadata; write it once")
        for key, value in self._plain():
            if not VALUE.fullmatch(value):
                raise ValueError(f"the value of metadata {key} is not printable ASCII; use a -bin key and base64")
        if self.tls_config != TlsConfig() and not self.tls:
            raise ValueError("tls_config does nothing without tls: true")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        headers = tuple(self._metadata(vantage))
        async with (
            inspecting(
                vantage,
                self.target,
                self.tls_config,
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ),
            vantage.connect(
                self.target.host,
                self.target.port,
                tls_config=self.tls_config if self.tls else None,
                alpn=("h2",),
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ) as stream,
        ):
            vantage.note(SSL(int(self.tls)), *(tls_readings(stream.tls) if stream.tls else ()))
            if stream.tls and stream.tls.alpn != "h2":
                return down(Reason.PROTOCOL, "does not offer HTTP/2 over TLS, which gRPC needs (ALPN h2)")
            with vantage.phase("check"):
                left = vantage.deadline - time.monotonic()
                reply = await call(stream, (*self._headers(left), *headers), question(self.service))
        return self._judge(reply)

    def _judge(self, reply: Reply) -> Observation:
        if reply.code is None or not reply.is_grpc:
            return down(Reason.PROTOCOL, f"answered HTTP {reply.status} without a gRPC status")
        if reply.code:
            return refusal(reply.code, reply.message, self.service, STATUS_CODE(reply.code), *readings_of(None))
        try:
            serving = answer(reply.payload())
        except ValueError as error:
            return down(Reason.PROTOCOL, f"not a health check response: {error}", STATUS_CODE(0))
        seen = (STATUS_CODE(0), *readings_of(serving))
        if serving is not Serving.SERVING:
            return down(Reason.SELF_REPORTED, f"{self.service or 'the server'} is {serving}, expected SERVING", *seen)
        return up(*seen, detail=f"{self.service or 'the server'} is SERVING")

    def _headers(self, seconds: float) -> Headers:
        return (
            (":method", "POST"), (":scheme", "https" if self.tls else "http"), (":path", CHECK),
            (":authority", self.tls_config.server_name or str(self.target)), ("te", "trailers"),
            ("content-type", "application/grpc"), ("user-agent", "datashare-monitor"),
            ("grpc-timeout", timeout(seconds)),
        )  # fmt: skip

    def _plain(self) -> Iterator[tuple[str, str]]:
        for key, values in self.metadata.items():
            for value in (values,) if isinstance(values, str) else values:
                yield key, value

    def _metadata(self, vantage: Vantage) -> Iterator[tuple[str, str]]:
        yield from self._plain()
        for key, secret in self.secret_metadata.items():
            value = vantage.reveal(secret)
            if not VALUE.fullmatch(value):
                raise ProbeError(Reason.SECRET, f"the secret for metadata {key} is not printable ASCII")
            yield key, value
