"""What a probe keeps between two looks: little, durable, and committed together with the outcome of its run."""

from typing import Protocol

MOST_MEMORY_BYTES = 256 * 1024


class Memory(Protocol):
    """The memory of one check, as of the start of this run.

    For probes that count what others have done, and must know where they stopped. What they write is kept together with
    the increments that they return: both, or neither. So return increments; one that is given to ``vantage.note()``
    counts although the memory of a run that fails is dropped.
    """

    def read(self) -> bytes:
        """Return what the newest run that ended well has written; empty before the first.

        Raises:
            ProbeError: The monitor keeps no history, or cannot read it now (``Reason.RESOURCES``).
        """
        ...

    def write(self, content: bytes) -> None:
        """Have the next run read this, if this one ends well: it returns an observation that is not unknown, in time.

        The last call counts.

        Raises:
            ProbeError: It is over ``MOST_MEMORY_BYTES``, or the memory could not have been read.
        """
        ...
