"""What a program writes to one of its streams: the first of it kept, the rest thrown away and counted."""

import os

KEPT_BYTES = 64 * 1024
CHUNK_BYTES = 64 * 1024


class Pipe:
    """A pipe whose reading end never blocks.

    Attributes:
        seen: Bytes that have come.
    """

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.seen = 0
        self._kept = bytearray()

    def take(self) -> bool:
        """Take some of what has come; False once nothing more can come."""
        try:
            chunk = os.read(self.reader, CHUNK_BYTES)
        except BlockingIOError:
            return True
        self.seen += len(chunk)
        self._kept += chunk[: KEPT_BYTES - len(self._kept)]
        return bool(chunk)

    def drain(self, most: int) -> None:
        """Take all that has come, though not much more than ``most`` bytes in all: someone may still write."""
        before = -1
        while before != self.seen <= most:
            before = self.seen
            self.take()

    def kept(self) -> bytes:
        """Return the first bytes."""
        return bytes(self._kept)

    def close_writer(self) -> None:
        """Leave the writing end to the program."""
        os.close(self.writer)

    def close(self) -> None:
        """Close the reading end."""
        os.close(self.reader)
