"""Looks at the lengths of what came, before a driver written in C does.

asyncpg 0.32 and oracledb 26 take a message that says it is shorter than its own head over and over, with the
interpreter's lock: one such answer would hold the whole process for good, whatever thread it came to.
"""

from monitor.plugin import ProbeError, Reason

LONGEST = 64 * 1024 * 1024


class Frames:
    """Goes from head to head; a subclass says how long one is, and what is behind it."""

    head_bytes = 8

    def __init__(self) -> None:
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


class PostgresqlFrames(Frames):
    """A letter or digit, and four bytes of length, which counts itself (PostgreSQL's manual, 55.7)."""

    head_bytes = 5
    is_first = False

    def behind(self, head: bytes) -> int:
        """Return how many bytes follow a head."""
        length = int.from_bytes(head[1:])
        if not head[:1].isalnum() or not 4 <= length <= LONGEST:
            raise ProbeError(Reason.PROTOCOL, "the answer is none of PostgreSQL's protocol")
        return length - 4


class OracleFrames(Frames):
    """Two bytes of length, or none in those and two more behind them, which count the head of eight; then the type."""

    is_first = True

    def behind(self, head: bytes) -> int:
        """Return how many bytes follow a head."""
        length = int.from_bytes(head[:2]) or int.from_bytes(head[:4])
        if length < len(head) or not 1 <= head[4] <= 19:
            raise ProbeError(Reason.PROTOCOL, "the answer is none of Oracle's protocol")
        return length - len(head)
