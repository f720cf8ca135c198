"""Synthetic records that earlier runs left behind, because they were killed before they could clean up."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from datashare_monitor_roundtrip.marker import began
from datashare_monitor_roundtrip.request import GONE, Request
from monitor.plugin import Measure, Observation, ProbeError, Reason, Status, Vantage, degraded

LEFTOVERS = Measure("exchange_roundtrip_leftovers", "Synthetic records of earlier runs found at the other end.")
MOST_LEFTOVERS = 5
"""Removed by one run; the next one goes on."""
MOST_REMEMBERED = 1000
"""Counted; a table that is full of them needs a person."""


@dataclass(slots=True)
class Earlier:
    """What earlier runs of a check have left behind.

    Attributes:
        before: When a run began that has surely ended.
        found: Marks, with when their runs began.
        is_read: Whether the source was read whole.
    """

    family: str
    before: datetime
    found: dict[str, datetime] = field(default_factory=dict)
    is_read: bool = False

    def look_at(self, cell: object) -> None:
        """Remember a cell that is a mark of an earlier run."""
        moment = began(cell, self.family)
        if moment is not None and moment < self.before and len(self.found) < MOST_REMEMBERED:
            self.found[str(cell)] = moment

    def oldest(self) -> list[str]:
        """Return the marks that a run removes."""
        return sorted(self.found, key=self.found.__getitem__)[:MOST_LEFTOVERS]


async def swept(
    earlier: Earlier, clean: Request, vantage: Vantage, within: timedelta, seen: Observation
) -> Observation:
    """Remove the oldest of what earlier runs left behind, in the time that is left; return what is then seen."""
    if not earlier.is_read:
        return seen
    vantage.note(LEFTOVERS(len(earlier.found)))
    left = earlier.oldest()
    removed, fault, marker = 0, "", ""
    try:
        async with asyncio.timeout(min(within.total_seconds(), vantage.deadline - time.monotonic())):
            for marker in left:
                status = await clean.send(marker, vantage)
                if not (200 <= status < 300 or status in GONE):
                    fault = f"was answered with {status}"
                    break
                removed += 1
    except (OSError, ProbeError) as error:
        fault = "was not answered in time" if isinstance(error, TimeoutError) else f"failed ({type(error).__name__})"
    if fault and seen.status is Status.UP:
        return degraded(Reason.STATUS, f"removing {marker}, which an earlier run left behind, {fault}", *seen.readings)
    if not removed:
        return seen
    words = f"removed {removed} of {len(earlier.found)} that earlier runs left behind"
    return replace(seen, detail=f"{seen.detail}; {words}" if seen.detail else words)
