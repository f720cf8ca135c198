"""A session of SFTP over a connection of the vantage."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncssh

from datashare_monitor_sftp.login import Login
from datashare_monitor_sftp.tunnel import Tunnel, tunnelled
from monitor.plugin import HostPort, IpProtocol, ProbeError, Reason, Vantage

Found = TypeVar("Found")

SLOW_EXCHANGES = "-diffie-hellman-group-exchange-*,diffie-hellman-group17-*,diffie-hellman-group18-*"
"""Whose arithmetic holds the loop for a second when a server wants it."""
LATEST_VERSION = 3
"""Of SFTP: the one that OpenSSH speaks, and every other server too."""

REASONS: tuple[tuple[type[Exception], Reason, str], ...] = (
    (asyncssh.PermissionDenied, Reason.UNAUTHORIZED, "the login was refused"),
    (asyncssh.KeyExchangeFailed, Reason.PROTOCOL, "no key exchange, cipher or host key that both sides accept"),
    (asyncssh.ConnectionLost, Reason.DISCONNECTED, "the server closed the connection"),
    (asyncssh.ServiceNotAvailable, Reason.SERVICE_FAULT, "the server offers no login"),
    (asyncssh.DisconnectError, Reason.PROTOCOL, "the server does not keep to SSH, or broke off"),
    (asyncssh.ChannelOpenError, Reason.FORBIDDEN, "the server opens no SFTP session for us"),
    (asyncssh.SFTPNoSuchFile, Reason.CONTENT, "there is no such folder or file"),
    (asyncssh.SFTPNoSuchPath, Reason.CONTENT, "there is no such folder or file"),
    (asyncssh.SFTPPermissionDenied, Reason.FORBIDDEN, "we may not read it"),
    (asyncssh.SFTPConnectionLost, Reason.DISCONNECTED, "the SFTP session ended before its answer"),
    (asyncssh.SFTPNoConnection, Reason.DISCONNECTED, "the SFTP session ended before its answer"),
    (asyncssh.SFTPBadMessage, Reason.PROTOCOL, "the server does not keep to SFTP"),
    (asyncssh.SFTPError, Reason.SERVICE_FAULT, "the server could not do it"),
    (asyncssh.Error, Reason.PROTOCOL, "the server does not keep to SSH"),
)
"""What asyncssh raises. The server's own words are left out: they hold the names of files and of people."""


class Stranger(asyncssh.SSHClient):
    """Remembers a host key that is not trusted."""

    def __init__(self) -> None:
        self.fingerprint = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's
        """Refuse the key, and keep its fingerprint."""
        self.fingerprint = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return False


@dataclass(frozen=True, slots=True)
class Session:
    """SFTP, spoken.

    Attributes:
        client: Paths are bytes: a server's names need not be text.
    """

    client: asyncssh.SFTPClient
    tunnel: Tunnel
    connection: asyncssh.SSHClientConnection

    async def attended(self, work: Coroutine[Any, Any, Found]) -> Found:
        """Return what some work on the server comes to; at the deadline the connection is broken under it.

        Left to itself, asyncssh would first close what is open there, and wait for the server's word on it for ever.
        """
        running = asyncio.create_task(work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self.connection.abort()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            raise


@asynccontextmanager
async def session(
    vantage: Vantage, target: HostPort, login: Login, preferred: IpProtocol, *, fallback: bool
) -> AsyncIterator[Session]:
    """Connect, verify the host key, log in and begin a session.

    Raises:
        ProbeError: It did not come to that, or what is done in it failed.
        OSError: No connection, or it broke.
    """
    keys, known = await login.keys(vantage), await login.known()
    password = None if login.password is None else vantage.reveal(login.password)
    async with (
        vantage.connect(
            target.host, target.port, preferred_ip_protocol=preferred, ip_protocol_fallback=fallback
        ) as stream,
        tunnelled(stream, target.port) as tunnel,
    ):
        stranger = Stranger()
        try:
            with vantage.phase("login"):
                connection = await asyncssh.connect(
                    target.host, target.port, tunnel=tunnel, client_factory=lambda: stranger, config=None,
                    known_hosts=known, username=login.username, password=password, client_keys=keys, agent_path=None,
                    public_key_auth=keys is not None, password_auth=keys is None, kbdint_auth=keys is None,
                    host_based_auth=False, gss_auth=False, gss_kex=False,
                    x509_trusted_certs=None, compression_algs=None, kex_algs=SLOW_EXCHANGES, login_timeout=0,
                )  # fmt: skip
                tunnel.allow()
            try:
                with vantage.phase("sftp"):
                    client = await connection.start_sftp_client(path_encoding=None, sftp_version=LATEST_VERSION)
                yield Session(client, tunnel, connection)
            finally:
                connection.abort()
        except asyncssh.HostKeyNotVerifiable:
            detail = f"the host key {stranger.fingerprint or 'or its certificate'} is not one that is trusted"
            raise ProbeError(Reason.MISMATCH, detail) from None
        except asyncssh.Error as error:
            raise tunnel.overrun or explained(error) from None


def explained(error: asyncssh.Error) -> ProbeError:
    """Return what an exception of asyncssh means."""
    for kind, reason, detail in REASONS:
        if isinstance(error, kind):
            return ProbeError(reason, detail)
    return ProbeError(Reason.PROTOCOL, "the server does not keep to SSH")
