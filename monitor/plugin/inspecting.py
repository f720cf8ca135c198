"""The certificate of a target that shows one which cannot be trusted: measured all the same."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from monitor.plugin.addresses import HostPort
from monitor.plugin.errors import ProbeError
from monitor.plugin.measures import tls_readings
from monitor.plugin.vantage import IpProtocol, Opening, TlsConfig, Vantage


@asynccontextmanager
async def inspecting(
    vantage: Vantage,
    place: HostPort,
    tls_config: TlsConfig,
    *,
    opening: Opening | None = None,
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
    ip_protocol_fallback: bool = True,
) -> AsyncIterator[None]:
    """Note what a certificate says that is refused within: over another connection, which ends with its handshake.

    Args:
        vantage: Of the run; it takes the readings of ``monitor.plugin.measures.TLS``.
        place: The target.
        tls_config: How it was spoken to.
        opening: Says what is said before TLS begins.
        preferred_ip_protocol: As for the connection within.
        ip_protocol_fallback: As for the connection within.

    Raises:
        ssl.SSLCertVerificationError: The one that was raised within.
    """
    try:
        yield
    except ssl.SSLCertVerificationError:
        trusting = replace(tls_config, insecure_skip_verify=True)
        # What is known already must not give way to a timeout of this.
        with suppress(OSError, ProbeError):
            async with asyncio.timeout(vantage.deadline - time.monotonic()):
                shown = await vantage.certificates(
                    place.host,
                    place.port,
                    trusting,
                    opening=opening,
                    preferred_ip_protocol=preferred_ip_protocol,
                    ip_protocol_fallback=ip_protocol_fallback,
                )
                vantage.note(*tls_readings(shown))
        raise
