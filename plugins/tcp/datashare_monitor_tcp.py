"""Probe kind ``tcp``: connects, and converses line by line."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.plugin import (
    HostPort,
    IpProtocol,
    Observation,
    Pattern,
    ProbeError,
    ProbeKind,
    Reason,
    Stream,
    TlsConfig,
    Vantage,
    down,
    hookimpl,
    up,
)
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, TLS, tls_readings

MONITOR_CONTRACT = 1

PLACE = re.compile(r"\$\$|\$(?:(\w+)|\{(\w+)\})", re.ASCII)
MOST_BYTES = 64 * 1024
"""What a target may say before the line we wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResponse:
    """One step of a conversation: wait for a line, then turn on TLS, then send one; each is left out when empty.

    Attributes:
        expect: A line that does not match is passed over.
        send: Sent with a newline behind it; ``${1}`` is the first group of ``expect``.
        starttls: Whether to go on over TLS.
    """

    expect: Pattern | None = None
    send: str = ""
    starttls: bool = False


@dataclass(frozen=True, kw_only=True)
class TcpProbe:
    """Connects over TCP, and converses if it is told how. Options are named as in blackbox_exporter's tcp prober.

    Attributes:
        target: ``host:port``.
        tls: Whether to speak TLS from the start.
    """

    target: HostPort
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    query_response: tuple[QueryResponse, ...] = ()
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    async def observe(self, vantage: Vantage) -> Observation:
        """Connect once and go through the conversation."""
        async with vantage.connect(
            self.target.host,
            self.target.port,
            tls_config=self.tls_config if self.tls else None,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as stream:
            missing = await self._converse(stream)
            seen = tls_readings(stream.tls) if stream.tls else ()
        if missing is not None:
            return down(
                Reason.CONTENT, f"closed before a line matched '{missing.pattern}'", FAILED_DUE_TO_REGEX(1), *seen
            )
        return up(FAILED_DUE_TO_REGEX(0), *seen)

    async def _converse(self, stream: Stream) -> Pattern | None:
        """Return the pattern that no line matched before the end, or None when the conversation went well."""
        lines = _lines(stream)
        for step in self.query_response:
            match = None
            if step.expect is not None:
                match = await _first(lines, step.expect)
                if match is None:
                    return step.expect
            if step.starttls:
                await stream.start_tls(self.tls_config)
                lines = _lines(stream)
            if step.send:
                await stream.write(f"{_filled(step.send, match)}\n".encode())
        return None


async def _first(lines: AsyncIterator[bytes], wanted: Pattern) -> Any:
    passed_over = 0
    async for line in lines:
        if match := wanted.search(line):
            return match
        passed_over += len(line) + 1
        if passed_over > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"{passed_over} bytes without a line that matches '{wanted.pattern}'")
    return None


async def _lines(stream: Stream) -> AsyncIterator[bytes]:
    """Yield lines without their ends; the last one needs none."""
    rest = b""
    while more := await stream.read(8192):
        *lines, rest = (rest + more).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
        if len(rest) > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"a line of more than {MOST_BYTES} bytes")
    if rest:
        yield rest


def _filled(text: str, match: Any) -> str:
    """Return the text with ``${1}`` or ``$1`` replaced by what the group matched, as Go's Expand does."""

    def group(place: re.Match[str]) -> str:
        if place[0] == "$$":
            return "$"
        name = place[1] or place[2]
        known = match.re.groupindex if not name.isdigit() else range(match.re.groups + 1)
        key = int(name) if name.isdigit() else name
        return (match[key] or b"").decode("utf-8", "replace") if key in known else ""

    return text if match is None else PLACE.sub(group, text)


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("tcp", TcpProbe, measures=(FAILED_DUE_TO_REGEX, *TLS))
