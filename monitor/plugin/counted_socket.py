"""Sockets for drivers: what is read from them is counted, and whoever waits for one can be cut off."""

import socket
from contextlib import suppress
from typing import Any, Protocol


class Counter(Protocol):
    """What counts what is read, and takes up what is opened: the run."""

    def count(self, read: int) -> None:
        """Count what was read."""
        ...

    def keep(self, sock: Any) -> Any:
        """Take up a socket."""
        ...


class ByteLimitError(OSError):
    """More came than may be read. An OSError, as any other end of a connection, so that no driver trips over it."""


class CountedSocket(socket.socket):
    """A socket that counts what is read from it, together with the others of the same run."""

    run: Counter | None = None
    is_held = False
    """Whether its owner closes it, and nobody else."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read, and count it."""
        data = super().recv(size, flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read into a buffer, and count it."""
        read = super().recv_into(buffer, nbytes, flags)
        self._count(read)
        return read

    def dup(self) -> "CountedSocket":
        """Return another descriptor of the same socket, which counts as well."""
        made = super().dup()
        if self.run is not None:
            self.run.keep(made)
        return made

    def _count(self, read: int) -> None:
        if self.run is not None:
            self.run.count(read)


def cut(sock: socket.socket) -> None:
    """End a connection, whoever waits for it: a blocking read in another thread returns at once."""
    with suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_RDWR)
