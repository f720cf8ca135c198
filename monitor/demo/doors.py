"""Ports, and what waits behind those that do not speak HTTP."""

import asyncio
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import cast

LOOPBACK = "127.0.0.1"
DATAGRAMS = frozenset({"names", "clock", "drifting", "sensors"})
GREETING = b"220 truc-lien-thong.example san sang\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports of the landscape, all at 127.0.0.1.

    Attributes:
        expiring: HTTPS with a certificate close to its end.
        expired: HTTPS with one beyond it.
        ending: HTTPS with one that ends while the scenario plays, and is renewed.
        stalled: Accepts connections and then says nothing.
        refused: Kept by us, with nobody listening.
        clock: Time, right.
        drifting: Time, wrong.
    """

    http: int = 0
    https: int = 0
    expiring: int = 0
    expired: int = 0
    greeting: int = 0
    stalled: int = 0
    refused: int = 0
    names: int = 0
    clock: int = 0
    drifting: int = 0
    sensors: int = 0
    directory: int = 0
    events: int = 0
    coordination: int = 0
    mail: int = 0
    ending: int = 0

    @classmethod
    def from_base(cls, first: int) -> "Ports":
        """Return ports that follow each other, or free ones for 0."""
        return cls(**{name: first and first + place for place, name in enumerate(cls.__slots__)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    """The bound sockets behind the ports."""

    http: socket.socket
    https: socket.socket
    expiring: socket.socket
    expired: socket.socket
    greeting: socket.socket
    stalled: socket.socket
    refused: socket.socket
    names: socket.socket
    clock: socket.socket
    drifting: socket.socket
    sensors: socket.socket
    directory: socket.socket
    events: socket.socket
    coordination: socket.socket
    mail: socket.socket
    ending: socket.socket

    @property
    def ports(self) -> Ports:
        """The ports they are bound to."""
        return Ports(**{name: getattr(self, name).getsockname()[1] for name in self.__slots__})

    def close(self) -> None:
        """Give the ports back."""
        for name in self.__slots__:
            getattr(self, name).close()


def bind(wanted: Ports) -> Sockets:
    """Bind all the ports before anything is served, so that none is lost to somebody else.

    Raises:
        OSError: A port is taken.
    """

    def one(port: int, kind: socket.SocketKind) -> socket.socket:
        bound = undone.enter_context(socket.socket(socket.AF_INET, kind))
        if port:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
        bound.settimeout(0)
        return bound

    with ExitStack() as undone:
        bound = Sockets(
            **{
                name: one(getattr(wanted, name), socket.SOCK_DGRAM if name in DATAGRAMS else socket.SOCK_STREAM)
                for name in Ports.__slots__
            }
        )
        undone.pop_all()
    return bound


class Greeter(asyncio.Protocol):
    """Greets whoever connects, and hangs up on the first word."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the greeting."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(GREETING)

    def data_received(self, _data: bytes) -> None:
        """Hang up."""
        self._transport.close()


class Stalled(asyncio.Protocol):
    """Takes everything and never says a word."""
