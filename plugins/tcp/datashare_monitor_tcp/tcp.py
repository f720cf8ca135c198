"""The probe of kind ``tcp``."""

import asyncio
import ssl
import time
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

from datashare_monitor_tcp.conversation import Conversation
from datashare_monitor_tcp.steps import Captured, QueryResponse
from monitor.plugin import (
    IpAddress,
    IpProtocol,
    Label,
    Measure,
    Observation,
    ProbeError,
    SocketAddress,
    Stream,
    TlsConfig,
    UnixPath,
    Vantage,
    up,
)
from monitor.plugin.measures import FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX, TLS, tls_readings

TCP_MEASURES = (FAILED_DUE_TO_REGEX, FAILED_DUE_TO_BYTES, *TLS)
OTHER = "other"
"""The value of a label whose text is none of those declared."""


@dataclass(frozen=True, kw_only=True)
class TcpProbe:
    """Connects over TCP or to a unix socket, and converses if it is told how.

    Options are named as in blackbox_exporter's tcp and unix probers.

    Attributes:
        target: ``host:port``, or ``unix:/run/app.sock``, which ``egress.sockets`` of the monitor has to admit.
        tls: Whether to speak TLS from the start.
        query_response: The steps of the conversation; without any, a connection is enough.
        source_ip_address: Which of this machine's addresses to connect from.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: SocketAddress
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    query_response: tuple[QueryResponse, ...] = ()
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    source_ip_address: IpAddress | None = None

    def __post_init__(self) -> None:
        turns = sum(step.starttls for step in self.query_response)
        if turns + self.tls > 1:
            raise ValueError("TLS can begin once only: with tls, or with one starttls")
        if isinstance(self.target, UnixPath):
            if self.source_ip_address is not None:
                raise ValueError("source_ip_address is for targets on the network; take it away for a unix socket")
            if turns + self.tls and not self.tls_config.server_name:
                raise ValueError("a unix socket has no host name; write whose certificate it shows, as server_name")
        names = [label.name for step in self.query_response for label in step.labels]
        if len(names) != len(set(names)):
            raise ValueError("two labels have the same name; all steps together make one probe_expect_info")

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures of this instance.

        Raises:
            ValueError: A label could be any text of the target.
        """
        for number, step in enumerate(self.query_response):
            for place, label in enumerate(step.labels):
                if not label.values:
                    raise ValueError(
                        f"query_response[{number}].labels[{place}]: a target's text never becomes a label on /metrics; "
                        "list under values what it may be, or take labels away and judge the text with expect"
                    )
        return (self._expect_info,) if self._values else ()

    async def observe(self, vantage: Vantage) -> Observation:
        """Connect once and go through the conversation."""
        captured = Captured()
        try:
            return await self.converse(vantage, captured)
        finally:
            for name, text in captured.labels.items():
                allowed = self._values.get(name, ())
                if allowed:
                    vantage.note(self._expect_info(1, name=name, value=text if text in allowed else OTHER))

    async def converse(self, vantage: Vantage, captured: Captured) -> Observation:
        """Connect once and go through the conversation; ``captured`` takes up what it brings to light."""
        try:
            return await self._steps(vantage, captured, self.tls_config)
        except ssl.SSLCertVerificationError:
            await self._inspect(vantage, captured)
            raise

    async def _steps(
        self, vantage: Vantage, captured: Captured, tls_config: TlsConfig, *, is_inspection: bool = False
    ) -> Observation:
        async with self._connected(vantage, tls_config) as stream:
            vantage.note(FAILED_DUE_TO_REGEX(0), FAILED_DUE_TO_BYTES(0))
            captured.tls = stream.tls
            conversation = Conversation(stream)
            for number, step in enumerate(self.query_response, 1):
                if is_inspection and captured.tls:
                    break
                place = f"step {number} of {len(self.query_response)}"
                fault = await conversation.take(step, place, tls_config, captured)
                if captured.tls:
                    vantage.note(*tls_readings(captured.tls))
                if fault:
                    return fault
            if captured.tls:
                vantage.note(*tls_readings(captured.tls))
        return up()

    async def _inspect(self, vantage: Vantage, captured: Captured) -> None:
        """Measure a certificate that cannot be trusted: once more up to the handshake, which is trusted this time."""
        trusting = replace(self.tls_config, insecure_skip_verify=True)
        # What is known already must not give way to a timeout of this.
        with suppress(OSError, ProbeError):
            async with asyncio.timeout(vantage.deadline - time.monotonic()):
                await self._steps(vantage, captured, trusting, is_inspection=True)

    def _connected(self, vantage: Vantage, tls_config: TlsConfig) -> AbstractAsyncContextManager[Stream]:
        tls = tls_config if self.tls else None
        if isinstance(self.target, UnixPath):
            return vantage.connect_unix(self.target, tls_config=tls)
        return vantage.connect(
            self.target.host,
            self.target.port,
            tls_config=tls,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            source_ip_address=self.source_ip_address,
        )

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        return {label.name: label.values for step in self.query_response for label in step.labels}

    @cached_property
    def _expect_info(self) -> Measure:
        values = {OTHER, *(value for allowed in self._values.values() for value in allowed)}
        return Measure(
            "probe_expect_info",
            "1 for what each label was in the newest conversation.",
            labels=(Label.of("name", self._values), Label.of("value", values)),
            series=len(self._values) or 1,
        )
