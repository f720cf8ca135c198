"""Unix sockets: streams and datagrams to a service of this machine.

Connecting to one never takes time: either there is somebody who listens, or there is not.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from monitor.network.ledger import Ledger
from monitor.network.packets import Inbox
from monitor.observation import Reason
from monitor.plugin.addresses import UnixPath
from monitor.plugin.errors import ProbeError

Made = TypeVar("Made", bound=asyncio.BaseProtocol)

LARGEST = 64 * 1024
"""Bytes of a datagram; the rest of a longer one is dropped."""


async def stream(
    make: Callable[[], Made], target: UnixPath, path: str, ledger: Ledger
) -> tuple[asyncio.Transport, Made]:
    """Connect to the socket at a vetted path.

    Raises:
        ProbeError: It does not take the connection.
    """
    opened = connected(socket.SOCK_STREAM, target, path)
    try:
        transport, protocol = await asyncio.get_running_loop().create_unix_connection(make, sock=opened)
    except BaseException:
        opened.close()
        raise
    ledger.opened.add(transport)
    return transport, protocol


def datagrams(target: UnixPath, path: str, ledger: Ledger) -> tuple["Packets", Inbox]:
    """Open a socket of datagrams, connected to the one at a vetted path.

    Raises:
        ProbeError: It does not take datagrams.
    """
    inbox = Inbox()
    packets = Packets(connected(socket.SOCK_DGRAM, target, path), inbox)
    ledger.opened.add(packets)
    return packets, inbox


class Packets(asyncio.DatagramTransport):
    """A unix socket of datagrams: uvloop has no transport for them."""

    def __init__(self, opened: socket.socket, inbox: Inbox) -> None:
        super().__init__()
        self._socket = opened
        self._inbox = inbox
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened.fileno(), self._read)

    def sendto(self, data: Any, addr: object = None) -> None:  # noqa: ARG002 - it is connected
        """Send one datagram."""
        try:
            self._socket.send(data)
        except BlockingIOError:
            self._inbox.error_received(ProbeError(Reason.REFUSED, "the socket's queue of datagrams is full"))
        except OSError as error:
            self._inbox.error_received(error)

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return self._socket.fileno() < 0

    def close(self) -> None:
        """Close it."""
        if not self.is_closing():
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._inbox.connection_lost(None)

    def abort(self) -> None:
        """Close it; nothing is ever waiting to be sent."""
        self.close()

    def _read(self) -> None:
        try:
            self._inbox.datagram_received(self._socket.recv(LARGEST), None)
        except BlockingIOError:
            return
        except OSError as error:
            self._inbox.error_received(error)


def connected(kind: socket.SocketKind, target: UnixPath, path: str) -> socket.socket:
    """Return a socket of this kind, connected.

    Raises:
        ProbeError: It cannot be.
    """
    opened = socket.socket(socket.AF_UNIX, kind)
    opened.setblocking(False)  # noqa: FBT003 - the library's signature
    try:
        if kind is socket.SOCK_DGRAM:
            opened.bind("")  # a name of the kernel's choice, or nobody could answer us
        opened.connect(path)
    except OSError as error:
        opened.close()
        raise explained(target, error) from error
    return opened


def explained(target: UnixPath, error: OSError) -> OSError | ProbeError:
    """Return in our words why a socket does not take a connection."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return ProbeError(
                Reason.EGRESS,
                f"no permission to use {target}: user id {os.geteuid()} needs to write to it and to enter its folders",
            )
        case errno.ENOENT | errno.ENOTDIR:
            return ProbeError(Reason.REFUSED, f"there is no socket at {target}")
        case errno.ECONNREFUSED:
            return ProbeError(Reason.REFUSED, f"nobody listens at {target}")
        case errno.EAGAIN:
            return ProbeError(Reason.REFUSED, f"the queue of connections at {target} is full")
        case errno.EPROTOTYPE:
            return ProbeError(
                Reason.PROTOCOL, f"{target} is a socket of the other kind: tcp takes streams, udp takes datagrams"
            )
    return error
