"""The probe of kind ``roundtrip``."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from datashare_monitor_roundtrip.leftovers import LEFTOVERS, Earlier, swept
from datashare_monitor_roundtrip.marker import family_of, new_marker
from datashare_monitor_roundtrip.request import GONE, Request
from monitor.plugin import (
    Duration,
    Measure,
    Observation,
    ProbeError,
    Reason,
    Source,
    Status,
    Vantage,
    degraded,
    down,
    up,
)
from monitor.plugin.cells import CLOCK_TOLERANCE

ROUNDTRIP = Measure("exchange_roundtrip_seconds", "From writing a synthetic record to finding it at the other end.")
LEFT_BEHIND = Measure(
    "exchange_roundtrip_left_behind", "Whether the synthetic record could not be removed, if it was written."
)
MEASURES = (ROUNDTRIP, LEFT_BEHIND, LEFTOVERS)


@dataclass(frozen=True, kw_only=True)
class Roundtrip:
    """Writes a marked synthetic record at one end, waits for it at the other, and removes it.

    This is the only kind that writes, and it does so only with ``allow_write: true``. The mark begins with
    ``datashare-monitor-``, so that both ends can tell such records from real ones. The record is removed whatever
    becomes of it, within ``clean_within`` before the end of the check's time. What an earlier run of the check left
    behind, because it was killed between the two, is found by its mark in the source and removed, a few each run.

    Attributes:
        allow_write: Must be true: whoever writes this has the owner's leave to write at that end.
        write: The request that writes it, with ``{marker}`` in its URL or body.
        clean: The request that removes it, the same.
        source: Where it has to arrive.
        column: Whose cell holds the mark.
        look_every: How often the source is read while waiting.
        degraded_over: Degraded when it takes longer.
        clean_within: The time kept for removing it.
    """

    allow_write: bool = False
    write: Request
    clean: Request
    source: Source
    column: str
    look_every: Duration = timedelta(seconds=1)
    degraded_over: Duration | None = None
    clean_within: Duration = timedelta(seconds=2)

    def __post_init__(self) -> None:
        if not self.allow_write:
            raise ValueError("this probe writes a record; write allow_write: true if the owner of that end agrees")
        for name, request in (("write", self.write), ("clean", self.clean)):
            if not request.is_marked:
                raise ValueError(f"{name} has no {{marker}} in its url or body, so nobody could tell the record")
        if self.clean.method == "DELETE" and not self.clean.is_addressed:
            raise ValueError(
                "clean is a DELETE, whose body few servers read: it might remove everything at its url; write"
                " {marker} into the path or the query of the url"
            )

    @property
    def leaves_within(self) -> timedelta:
        """How long a run that is cancelled needs its connections."""
        return self.clean_within

    async def observe(self, vantage: Vantage) -> Observation:
        """Write, wait, and clean up."""
        family = family_of(self.write.method, self.write.url, self.write.body, self.clean.url, self.column)
        marker = new_marker(family, vantage.now())
        until = vantage.deadline - self.clean_within.total_seconds()
        if until <= time.monotonic():
            raise ProbeError(Reason.PLUGIN, "the check's timeout is not longer than clean_within; nothing was written")
        self.clean.revealed(vantage)  # what cannot be removed is not written
        began, is_written = time.monotonic(), False
        # Of a run that may be under way elsewhere, with a clock that is not quite ours, nothing is taken away.
        age = timedelta(seconds=vantage.deadline - began) + CLOCK_TOLERANCE
        earlier = Earlier(family, vantage.now() - age)
        try:
            fault = await self._written(marker, vantage, until)
            is_written = fault is None
            seen = fault or await self._waited(marker, vantage, began, until, earlier)
        except BaseException:
            await self._cleaned(marker, vantage, is_written=is_written)
            raise
        seen = await self._cleaned(marker, vantage, seen, is_written=is_written) or seen
        return await swept(earlier, self.clean, vantage, self.clean_within, seen)

    async def _written(self, marker: str, vantage: Vantage, until: float) -> Observation | None:
        """Write the record; return what is wrong unless it is there for sure."""
        try:
            async with asyncio.timeout(until - time.monotonic()):
                with vantage.phase("write"):
                    status = await self.write.send(marker, vantage)
        except TimeoutError:
            return down(Reason.TIMEOUT, "the record could not be written in time")
        if not 200 <= status < 300:
            return down(Reason.STATUS, f"writing the record was answered with {status}")
        return None

    async def _waited(self, marker: str, vantage: Vantage, began: float, until: float, earlier: Earlier) -> Observation:
        with vantage.phase("wait"):
            took = await self._arrived(marker, vantage, began, until, earlier)
        if took is None:
            waited = until - began
            return down(Reason.TIMEOUT, f"the record did not arrive within {waited:.3g} s")
        limit = self.degraded_over.total_seconds() if self.degraded_over else None
        if limit is not None and took > limit:
            return degraded(Reason.SLOW, f"the record took {took:.3g} s, limit {limit:g} s", ROUNDTRIP(took))
        return up(ROUNDTRIP(took), detail=f"the record took {took:.3g} s")

    async def _arrived(
        self, marker: str, vantage: Vantage, began: float, until: float, earlier: Earlier
    ) -> float | None:
        """Return how many seconds the record took, or None when it did not come in time."""
        try:
            async with asyncio.timeout(until - time.monotonic()):
                while not await self._is_there(marker, vantage, earlier):  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(self.look_every.total_seconds())
        except TimeoutError:
            return None
        return time.monotonic() - began

    async def _is_there(self, marker: str, vantage: Vantage, earlier: Earlier) -> bool:
        """Look for the record; the first look goes through all there is, for what was left behind."""
        is_there, looks_for_others = False, not earlier.is_read
        async for row in self.source.rows(vantage):
            cell = row.get(self.column)
            is_there = is_there or cell == marker
            if looks_for_others:
                earlier.look_at(cell)
            elif is_there:
                break
        earlier.is_read = True
        return is_there

    async def _cleaned(
        self, marker: str, vantage: Vantage, seen: Observation | None = None, *, is_written: bool
    ) -> Observation | None:
        """Remove the record, whether or not it is known to be there; return what is wrong when that fails.

        A write that was not confirmed may come to be after the first request to remove it: that there is no such record
        is believed at the end of the time only.
        """
        status = 0
        try:
            async with asyncio.timeout(self.clean_within.total_seconds()):
                with vantage.phase("clean"):
                    while status := await self.clean.send(marker, vantage):
                        if is_written or status not in GONE:
                            break
                        await asyncio.sleep(self.look_every.total_seconds())
        except (OSError, ProbeError) as error:
            words = "in time" if isinstance(error, TimeoutError) else f"({type(error).__name__})"
            fault = f"the synthetic record {marker} could not be removed {words}"
        else:
            if 200 <= status < 300 or status in GONE:
                vantage.note(LEFT_BEHIND(0))
                return None
            fault = f"removing the synthetic record {marker} was answered with {status}"
        if is_written:
            vantage.note(LEFT_BEHIND(1))
        else:
            fault = f"whether there is a synthetic record {marker} is not known"
        if seen is None or seen.status is Status.DOWN:
            return (
                None if seen is None else down(seen.reason or Reason.STATUS, f"{seen.detail}; {fault}", *seen.readings)
            )
        return degraded(Reason.STATUS, fault, *seen.readings)
