"""What is to be written in one transaction: for each check its newest memory and what its runs have added."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from monitor.inventory import CheckId, ProgrammeId
from monitor.measure import Reading

Labels = tuple[str, ...]
Totals = dict[str, dict[Labels, float]]
"""By measure and label values."""


@dataclass(slots=True)
class Entry:
    """What runs of one check came to. Two of them in a row are as good as one.

    Attributes:
        memory: The newest; None when no run has written any.
        amounts: By measure, label values and local day.
    """

    memory: bytes | None = None
    amounts: dict[tuple[str, Labels, date], float] = field(default_factory=dict)

    def add(self, memory: bytes | None, readings: Iterable[Reading], today: date) -> None:
        """Add what one run came to; all ``readings`` are increments."""
        if memory is not None:
            self.memory = memory
        for reading in readings:
            key = (reading.measure.name, reading.labels, reading.day or today)
            self.amounts[key] = self.amounts.get(key, 0.0) + reading.value


class DayCount(NamedTuple):
    """How many members of a programme were connected on a local day, at most, and how many had to be."""

    day: date
    connected: float
    required: float

    def tops(self, other: "DayCount | None") -> bool:
        """Tell whether it stands for its day rather than the other one, which counted before."""
        return other is None or other.required != self.required or self.connected > other.connected


@dataclass(slots=True)
class Batch:
    """Entries by check, and counts by programme and day; the checks in ``renames`` get their new ids first.

    Attributes:
        waiters: Futures of the loop's, of those who wait for the batch to be on the disk.
    """

    renames: Mapping[CheckId, CheckId] = field(default_factory=dict)
    entries: dict[CheckId, Entry] = field(default_factory=dict)
    counts: dict[tuple[ProgrammeId, date], DayCount] = field(default_factory=dict)
    waiters: set[asyncio.Future[None]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.renames or self.entries or self.counts)

    def entry(self, check: CheckId) -> Entry:
        """Return the entry of a check, an empty one if it has none yet."""
        return self.entries.setdefault(check, Entry())


@dataclass(frozen=True, slots=True)
class Written:
    """The totals of all series that a batch has changed, by check, the counts it has written, and who waits for it."""

    totals: Mapping[CheckId, Totals]
    counts: Mapping[tuple[ProgrammeId, date], DayCount] = field(default_factory=dict)
    waiters: Collection[asyncio.Future[None]] = ()
