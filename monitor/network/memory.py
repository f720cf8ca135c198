"""The memory of one run, and where it is read."""

from typing import Protocol

from monitor.inventory import CheckId
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.memory import MOST_MEMORY_BYTES


class Memories(Protocol):
    """What checks have kept of their newest runs."""

    def read(self, check: CheckId) -> bytes:
        """Return what a check has kept; empty when nothing.

        Raises:
            ProbeError: It cannot be known now, or is not kept at all.
        """
        ...


class Blank:
    """Memories of which nothing is kept: every run is the first one. For looks that nobody counts."""

    def read(self, check: CheckId) -> bytes:  # noqa: ARG002
        """Return nothing."""
        return b""


class RunMemory:
    """Fulfils ``monitor.plugin.memory.Memory`` for one run.

    Attributes:
        written: What the probe wrote last; None when it wrote nothing.
    """

    __slots__ = ("_content", "written")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.written: bytes | None = None

    def read(self) -> bytes:
        """Return what the newest run that ended well has written."""
        return self._content

    def write(self, content: bytes) -> None:
        """Have the next run read this, if this one ends well."""
        if len(content) > MOST_MEMORY_BYTES:
            raise ProbeError(Reason.PLUGIN, f"a memory of {len(content)} bytes is over {MOST_MEMORY_BYTES}")
        self.written = bytes(content)
