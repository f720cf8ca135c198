"""Turning a connection into TLS."""

import asyncio
import errno
import ssl

from monitor.network.ledger import Ledger
from monitor.network.tls import facts

NO_TIMEOUT_SECONDS = 86_400.0
"""The engine has the timeout."""


async def handshake(
    transport: asyncio.Transport, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, name: str, ledger: Ledger
) -> asyncio.Transport:
    """Return the transport over which ``protocol`` speaks TLS from now on.

    On failure the old one is left to whoever opened it.

    Raises:
        ssl.SSLError: The handshake or the verification failed.
        OSError: The connection broke.
    """
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport, protocol, context, server_hostname=name, ssl_handshake_timeout=NO_TIMEOUT_SECONDS
        )
    except ssl.SSLCertVerificationError as error:
        if ledger.sight is not None:
            ledger.sight.refused(name, transport.get_extra_info("peername"), error.verify_message)
        raise
    except ConnectionError as error:
        if error.args:
            raise
        raise broken() from error
    if secured is None:
        raise broken()
    ledger.opened.discard(transport)
    ledger.opened.add(secured)
    if ledger.sight is not None:
        shown = facts(secured.get_extra_info("ssl_object"), is_verified=context.verify_mode is not ssl.CERT_NONE)
        ledger.sight.shook_hands(name, secured.get_extra_info("peername"), shown)
    return secured


def broken() -> ConnectionResetError:
    """Return the error for a peer that hung up; the loops have one without a number and without words."""
    return ConnectionResetError(errno.ECONNRESET, "the connection was closed during the TLS handshake")
