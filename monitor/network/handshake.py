"""Turning a connection into TLS."""

import asyncio
import ssl

from monitor.network.ledger import Ledger, cut

NO_TIMEOUT_SECONDS = 86_400.0
"""The engine has the timeout."""


async def handshake(
    transport: asyncio.Transport, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, name: str, ledger: Ledger
) -> asyncio.Transport:
    """Return the transport over which ``protocol`` speaks TLS from now on; on failure nothing stays open.

    Raises:
        ssl.SSLError: The handshake or the verification failed.
        OSError: The connection broke.
    """
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport, protocol, context, server_hostname=name, ssl_handshake_timeout=NO_TIMEOUT_SECONDS
        )
    except BaseException:
        ledger.opened.discard(transport)
        cut(transport)
        raise
    if secured is None:
        raise ConnectionResetError("the connection was closed before TLS began")
    ledger.opened.discard(transport)
    ledger.opened.add(secured)
    return secured
