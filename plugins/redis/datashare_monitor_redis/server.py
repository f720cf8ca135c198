"""A Redis server: where it is, who we are there, and what it says."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from redis import exceptions

from datashare_monitor_redis.connection import Conversation
from monitor.plugin import HostPort, IpProtocol, ProbeError, Reason, Secret, Stream, TlsConfig, Vantage

MOST_BYTES = 1024 * 1024
LONGEST_QUOTE = 40

REASONS: tuple[tuple[type[Exception], Reason, str], ...] = (
    (exceptions.AuthenticationError, Reason.UNAUTHORIZED, "the login was refused, or one is needed"),
    (exceptions.AuthenticationWrongNumberOfArgsError, Reason.UNAUTHORIZED, "the login was refused"),
    (exceptions.NoPermissionError, Reason.FORBIDDEN, "the ACL of this user forbids a command or a key"),
    (exceptions.BusyLoadingError, Reason.SERVICE_FAULT, "the server is loading its data (LOADING)"),
    (exceptions.MasterDownError, Reason.SERVICE_FAULT, "its link to the master is down (MASTERDOWN)"),
    (exceptions.ClusterDownError, Reason.SERVICE_FAULT, "the cluster is down (CLUSTERDOWN)"),
    (exceptions.MovedError, Reason.REDIRECT, "another node of the cluster has the key (MOVED); point target there"),
    (exceptions.AskError, Reason.REDIRECT, "another node of the cluster has the key (ASK); point target there"),
    (exceptions.InvalidResponse, Reason.PROTOCOL, "the server does not speak RESP"),
)
"""What redis-py raises. The server's own words are left out: they may hold keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a server is, and who we are there."""

    target: HostPort
    tls: bool
    tls_config: TlsConfig
    username: str
    password: Secret | None
    allow_cleartext_password: bool
    db: int

    def __post_init__(self) -> None:
        if self.tls_config != TlsConfig() and not self.tls:
            raise ValueError("tls_config does nothing without tls: true")
        if self.username and self.password is None:
            raise ValueError("username does nothing without password")
        if self.password is not None and not self.tls and not self.allow_cleartext_password:
            raise ValueError(
                "the password would go out in the clear; write tls: true or allow_cleartext_password: true"
            )
        if not 0 <= self.db < 2**16:
            raise ValueError(f"db is {self.db}; write 0 or more")

    @asynccontextmanager
    async def opened(
        self, vantage: Vantage, preferred: IpProtocol, *, fallback: bool, most: int = MOST_BYTES
    ) -> AsyncIterator["Server"]:
        """Connect and log in.

        Raises:
            ProbeError: The login was refused, or what is asked later is.
            OSError: No connection, or it broke.
        """
        password = None if self.password is None else vantage.reveal(self.password)
        async with vantage.connect(
            self.target.host,
            self.target.port,
            tls_config=self.tls_config if self.tls else None,
            preferred_ip_protocol=preferred,
            ip_protocol_fallback=fallback,
        ) as stream:
            conversation = Conversation(stream, most, username=self.username or None, password=password, db=self.db)
            try:
                with vantage.phase("login"), speaking():
                    await conversation.connect()  # type: ignore[no-untyped-call]
                yield Server(conversation, stream)
            finally:
                await conversation.disconnect(nowait=True)


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what redis-py raises into a reason."""
    try:
        yield
    except (ProbeError, OSError):
        raise
    except (exceptions.RedisError, ValueError, TypeError, RecursionError) as error:
        raise explained(error) from None


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, one command after the other."""

    conversation: Conversation
    stream: Stream

    async def ask(self, *command: str | bytes | int) -> Any:
        """Send a command and return its answer: texts as bytes, as sent.

        Raises:
            ProbeError: It was refused, or cannot be read.
            OSError: The connection broke.
        """
        with speaking():
            await self.conversation.send_command(*command)
            return await self.conversation.read_response()


def explained(error: Exception) -> ProbeError:
    """Return what an exception means that redis-py raised, or let fly."""
    for kind, reason, detail in REASONS:
        if isinstance(error, kind):
            return ProbeError(reason, detail)
    if isinstance(error, exceptions.ResponseError):
        word = str(error).partition(" ")[0]
        named = word if word.isascii() and word.isupper() and word.isalpha() else "ERR"
        return ProbeError(Reason.STATUS, f"answered a command with the error {named[:LONGEST_QUOTE]}")
    if isinstance(error, exceptions.ConnectionError):
        if "max number of clients" in str(error):
            return ProbeError(Reason.THROTTLED, "the server has all the clients it takes")
        return ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did")
    return ProbeError(Reason.PROTOCOL, "the server does not speak RESP")
