"""Looks at the lengths of what came, before a driver written in C does.

asyncpg 0.32 and oracledb 26 take a message that says it is shorter than its own head over and over, with the
interpreter's lock: one such answer would hold the whole process for good, whatever thread it came to.
"""

from monitor.plugin import ProbeError, Reason
from monitor.plugin.guard import refuse_iterations

LONGEST = 64 * 1024 * 1024
LONGEST_LOGIN = 16 * 1024
"""Of a message about the login."""
SASL_CONTINUES = (11).to_bytes(4)


class Frames:
    """Goes from head to head; a subclass says how long one is, and what is behind it.

    Attributes:
        kept: What is behind the head, as far as it has come, when the subclass wants to see it; None when not.
    """

    head_bytes = 8

    def __init__(self) -> None:
        self.kept: bytearray | None = None
        self._head = bytearray()
        self._left = 0

    def __call__(self, data: bytes) -> None:
        """Look at what came.

        Raises:
            ProbeError: It is none of the protocol.
        """
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                if self.kept is not None:
                    self.kept += data[at : at + step]
                    if not self._left:
                        self.look(bytes(self.kept))
                        self.kept = None
            else:
                step = min(self.head_bytes - len(self._head), len(data) - at)
                self._head += data[at : at + step]
                if len(self._head) == self.head_bytes:
                    self._left = self.behind(bytes(self._head))
                    self._head.clear()
            at += step

    def behind(self, head: bytes) -> int:
        """Return how many bytes follow a head."""
        raise NotImplementedError

    def look(self, body: bytes) -> None:
        """Look at what was kept."""


class PostgresqlFrames(Frames):
    """A letter or digit, and four bytes of length, which counts itself (PostgreSQL's manual, 55.7)."""

    head_bytes = 5
    is_first = False

    def behind(self, head: bytes) -> int:
        """Return how many bytes follow a head."""
        length = int.from_bytes(head[1:])
        if not head[:1].isalnum() or not 4 <= length <= LONGEST:
            raise ProbeError(Reason.PROTOCOL, "the answer is none of PostgreSQL's protocol")
        if head[:1] == b"R":
            if length > LONGEST_LOGIN:
                raise ProbeError(Reason.PROTOCOL, "the answer to the login is none of PostgreSQL's protocol")
            self.kept = bytearray()
        return length - 4

    def look(self, body: bytes) -> None:
        """Look at what a server says of the login."""
        if not body[4:].isascii() and body[:4] == SASL_CONTINUES:  # the driver would take digits of any script
            raise ProbeError(Reason.PROTOCOL, "the answer to the login is none of PostgreSQL's protocol")
        refuse_iterations(body)


class OracleFrames(Frames):
    """Two bytes of length, or none in those and two more behind them, which count the head of eight; then the type."""

    is_first = True

    def behind(self, head: bytes) -> int:
        """Return how many bytes follow a head."""
        length = int.from_bytes(head[:2]) or int.from_bytes(head[:4])
        if length < len(head) or not 1 <= head[4] <= 19:
            raise ProbeError(Reason.PROTOCOL, "the answer is none of Oracle's protocol")
        return length - len(head)
