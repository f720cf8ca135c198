"""Shaking hands only to look: what a server shows, whether or not it can be trusted or goes on with us."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from monitor.network.handshake import broken
from monitor.network.stream import TargetStream
from monitor.network.tls import chain, facts
from monitor.network.verification import is_outdated, reason_of
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import TlsConfig, TlsFacts

VERSIONS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
READ_BYTES = 16 * 1024
MOST_BYTES = 1024 * 1024
"""What a server may send us in all; OpenSSL takes 100 KiB of certificates."""
PATIENCE_RATIO = 4
LEAST_PATIENCE_SECONDS = 0.1
MOST_PATIENCE_SECONDS = 1.0
"""How long a server may take to say that it does not go on with us, in handshakes and at least and at most."""
HUNG_UP = "the server hung up once it had shown its certificate"
ENDS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError)


class Conversation:
    """TLS over a stream, step by step, so that what was shown is known even when it ends badly."""

    def __init__(self, stream: TargetStream, context: ssl.SSLContext, name: str) -> None:
        self._stream = stream
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._taken = 0
        self.connection = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    async def go(self, step: Callable[[], object]) -> None:
        """Take a step of the protocol, however many messages it needs.

        Raises:
            ssl.SSLError: It failed.
            OSError: The connection broke.
            ProbeError: The server never comes to an end.
        """
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                await self._send()
                await self.take()
            except ssl.SSLError:
                with suppress(OSError):
                    await self._send()  # the alert
                raise
            else:
                await self._send()
                return

    async def _send(self) -> None:
        if data := self._outgoing.read():
            await self._stream.write(data)

    async def take(self) -> None:
        """Take what the server has sent, or its end."""
        data = await self._stream.read(READ_BYTES)
        self._taken += len(data)
        if self._taken > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_BYTES} bytes in a TLS handshake")
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


async def shown(stream: TargetStream, context: ssl.SSLContext, name: str) -> TlsFacts:
    """Return what a server shows.

    Raises:
        ssl.SSLError: The handshake or the verification failed before a certificate was seen.
        ConnectionResetError: The server hung up before it showed a certificate.
        OSError: The connection broke.
    """
    if stream.has_more:
        # What came before TLS could be an attacker's, and would be read as if it had come through it.
        raise ProbeError(Reason.PROTOCOL, "the server sent more before TLS began")
    conversation = Conversation(stream, context, name)
    connection = conversation.connection
    is_verified = context.verify_mode is not ssl.CERT_NONE
    clock = asyncio.get_running_loop()
    began = clock.time()
    refusal = ""
    try:
        await conversation.go(connection.do_handshake)
    except ssl.SSLCertVerificationError:
        raise
    except (ssl.SSLError, ConnectionError) as error:
        is_end = isinstance(error, ENDS)
        refusal = HUNG_UP if is_end else words(error)
        if not chain(connection, "get_unverified_chain"):
            if is_end:
                raise broken() from error
            raise
    if not refusal and connection.version() == "TLSv1.3":
        refusal = await second_thoughts(conversation, clock.time() - began)
    return replace(facts(connection, is_verified=is_verified), refusal=refusal)


async def second_thoughts(conversation: Conversation, handshake_seconds: float) -> str:
    """Return why the server does not go on with us; empty when it does, or says nothing.

    Under TLS 1.3 the client is done before the server has judged the client's certificate. One that is content sends
    session tickets or waits; one that is not sends an alert or hangs up.
    """
    patience = min(max(PATIENCE_RATIO * handshake_seconds, LEAST_PATIENCE_SECONDS), MOST_PATIENCE_SECONDS)
    try:
        async with asyncio.timeout(patience):
            await conversation.take()
        return "" if conversation.connection.read(1) else HUNG_UP
    except (ssl.SSLWantReadError, TimeoutError):
        return ""
    except ENDS:
        return HUNG_UP
    except ssl.SSLError as error:
        return words(error)


def words(error: OSError) -> str:
    """Return OpenSSL's word for an error, such as ``tlsv13 alert certificate required``."""
    return str(getattr(error, "reason", "") or type(error).__name__).replace("_", " ").lower()


async def inspected(look: Callable[[TlsConfig], Awaitable[TlsFacts]], config: TlsConfig) -> TlsFacts:
    """Return what a server shows; when it is not accepted, that of a second, trusting handshake.

    OpenSSL judges, as it does for the systems' own clients: cryptography's verifier follows the rules of the public
    web and would refuse private authorities that work.

    Raises:
        ssl.SSLError: As the first handshake did, when there is nothing to be seen in the second one either.
        OSError: The connection broke.
    """
    try:
        return await look(config)
    except (ssl.SSLError, ConnectionResetError) as error:
        if isinstance(error, ssl.SSLError) and not is_worth_another(error):
            raise
        return await inspected_again(look, config, error)


async def inspected_again(
    look: Callable[[TlsConfig], Awaitable[TlsFacts]], config: TlsConfig, failure: ssl.SSLError | ConnectionResetError
) -> TlsFacts:
    """Return what a server shows in a trusting handshake, and why one that was not trusting failed.

    Raises:
        ssl.SSLError: It is that failure, and there is nothing to be seen either.
        OSError: The connection broke.
    """
    trusting = replace(config, insecure_skip_verify=True, min_version="TLS10")
    try:
        seen = await look(trusting)
    except OSError:
        raise failure from None
    if isinstance(failure, ssl.SSLCertVerificationError):
        return replace(seen, problem=failure.verify_message, reason=reason_of(failure, seen.chain))
    if isinstance(failure, ConnectionResetError):
        if not is_older(seen.version, config.min_version or "TLS12"):
            raise failure  # it hung up for another reason
        return replace(seen, problem="hangs up on clients that want more", reason=Reason.CERTIFICATE_WEAK)
    return replace(seen, problem=words(failure), reason=Reason.CERTIFICATE_WEAK)


def is_worth_another(error: ssl.SSLError) -> bool:
    """Tell whether a handshake that asks for less may show what this one did not."""
    return isinstance(error, ssl.SSLCertVerificationError) or is_outdated(error)


def is_older(version: str, limit: str) -> bool:
    """Tell whether a version that was agreed on is older than one written as in ``min_version``."""
    return version in VERSIONS[: VERSIONS.index(f"TLS {limit[3]}.{limit[4]}")]
