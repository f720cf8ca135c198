"""Judges what a MongoDB server sends before pymongo sees it."""

from monitor.plugin import ProbeError, Reason
from monitor.plugin.guard import refuse_iterations

LONGEST_MESSAGE = 64 * 1024 * 1024
LOGIN_MESSAGES = 3
"""On a connection, until it is logged in: the greeting, with which SCRAM may begin, and its steps."""
LONGEST_LOGIN = 64 * 1024
OPERATIONS = frozenset({1, 2013})
"""OP_REPLY, OP_MSG. OP_COMPRESSED is not asked for, and pymongo would take apart any amount of it."""


class Frames:
    """Looks at the heads of messages: four bytes of length, then two numbers, then the operation, little end first."""

    is_first = False

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0
        self._messages = 0
        self._login: bytearray | None = None

    def __call__(self, data: bytes) -> None:
        """Look at what came.

        Raises:
            ProbeError: It is no message.
        """
        at = 0
        while at < len(data):
            step = min(self._left or 16 - len(self._head), len(data) - at)
            if self._left:
                self._left -= step
                self._look(data[at : at + step])
            else:
                self._head += data[at : at + step]
                if len(self._head) == 16:
                    self._left = self._behind()
                    self._head.clear()
            at += step

    def _behind(self) -> int:
        length, operation = (int.from_bytes(self._head[at : at + 4], "little") for at in (0, 12))
        if not 16 <= length <= LONGEST_MESSAGE or operation not in OPERATIONS:
            raise ProbeError(Reason.PROTOCOL, "the answer is none of MongoDB's protocol")
        self._messages += 1
        self._login = None
        if self._messages <= LOGIN_MESSAGES:
            if length > LONGEST_LOGIN:
                raise ProbeError(Reason.PROTOCOL, "the answer to the greeting is none of MongoDB's protocol")
            self._login = bytearray()
        return length - 16

    def _look(self, data: bytes) -> None:
        if self._login is not None:
            self._login += data
            if not self._left:
                refuse_iterations(bytes(self._login))
