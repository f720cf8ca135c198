"""The ledger: takes outcomes on the loop, and knows the memories of all checks and the totals that are committed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from functools import partial
from pathlib import Path

import structlog

from monitor.clock import Clock
from monitor.inventory import Check, CheckId, Inventory, ProgrammeId
from monitor.judge.renames import former_checks
from monitor.measure import MeasureKind, Reading
from monitor.network.kept import inbox_of
from monitor.observation import Reason, Status
from monitor.outcome import Event, InventoryReplaced, Outcome
from monitor.plugin.errors import ProbeError
from monitor.sinks.history.batch import Batch, DayCount, Totals, Written
from monitor.sinks.history.failure import kind_of
from monitor.sinks.history.store import Kept
from monitor.sinks.history.writer import Writer
from monitor.vitals import Vitals

TOGETHER_SECONDS = 1.0
"""Between two commits, unless an outcome brings a memory."""
OPENING_SECONDS = 2.0
"""How long the start waits for the store; a disk that takes longer is made up for later."""

Count = Callable[[CheckId, Totals], None]
log = structlog.get_logger("monitor")


class Ledger:
    """A sink, and the memories of checks. Belongs to the event loop; its writer has a thread.

    What cannot be written waits, merged by check, so that it never grows beyond what all checks can count. Until then
    the totals stay as they are: what is shown is what a restart would find.
    """

    def __init__(self, path: Path, clock: Clock, vitals: Vitals, count: Count, *, keep_days: int = 400) -> None:
        """Open nothing yet; ``count`` is told the new totals of a check once they are committed."""
        self._path = path
        self._clock = clock
        self._vitals = vitals
        self._count = count
        self._inventory = Inventory()
        self._kept: Kept | None = None
        self._counting: set[int] = set()
        self._renamed: dict[CheckId, CheckId] = {}
        self._writer = Writer(path, self._told, keep_days)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opened = asyncio.Event()

    def read(self, check: CheckId) -> bytes:
        """Return what a check has kept of its newest run, written to the disk already or not."""
        if self._kept is None:
            raise ProbeError(Reason.RESOURCES, "the history cannot be read now, nor where the newest run stopped")
        return self._kept.memories.get(check, b"")

    def counted(self, programme: ProgrammeId) -> Sequence[DayCount]:
        """Return how many members were connected on the days that are kept, in order; empty while that is not known."""
        found = {} if self._kept is None else self._kept.counts.get(programme, {})
        return [found[day] for day in sorted(found)]

    def record(self, programme: ProgrammeId, count: DayCount) -> None:
        """Keep how many members are connected, unless as many were on that day already."""
        if self._kept is None or not count.tops(self._kept.counts.get(programme, {}).get(count.day)):
            return
        key = (programme, count.day)
        with self._writer.turn:
            batch = self._batch()
            if count.tops(batch.counts.get(key)):
                batch.counts[key] = count
        self._wake_soon()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Outcome):
            self._take(event)
        elif isinstance(event, InventoryReplaced):
            self._replace(event)

    async def keep(self, name: CheckId, memory: bytes) -> None:
        """Keep something under a name, and return once it is on the disk; that may be long."""
        written = asyncio.get_running_loop().create_future()
        with self._writer.turn:
            batch = self._batch()
            batch.entry(name).memory = memory
            batch.waiters.add(written)
        if self._kept is not None:
            self._kept.memories[name] = memory
        self._writer.wake()
        try:
            await written
        finally:
            with self._writer.turn:
                batch.waiters.discard(written)

    async def start(self) -> None:
        """Open the store; returns without it when that takes too long."""
        self._loop = asyncio.get_running_loop()
        self._vitals.history_up = False
        self._writer.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_SECONDS):
                await self._opened.wait()

    async def close(self) -> None:
        """Write what waits, if that can be done, and close the store."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        await asyncio.to_thread(self._writer.close)

    def _take(self, outcome: Outcome) -> None:
        check = self._inventory.checks.get(outcome.check)
        if check is None or outcome.observation.status is Status.UNKNOWN:
            return
        is_counting = id(check.measures) in self._counting
        increments = [one for one in outcome.observation.readings if is_increment(one)] if is_counting else []
        if outcome.memory is None and not increments:
            return
        today = outcome.started.astimezone(self._inventory.time_zone).date()
        with self._writer.turn:
            self._batch().entry(check.id).add(outcome.memory, increments, today)
            self._vitals.history_waiting = sum(len(batch.entries) for batch in self._writer.waiting)
        if outcome.memory is not None:
            if self._kept is not None:
                self._kept.memories[check.id] = outcome.memory
            self._writer.wake()
        else:
            self._wake_soon()

    def _batch(self) -> Batch:
        """Return the batch that is added to; whoever does holds the writer's turn."""
        waiting = self._writer.waiting
        if not waiting:
            waiting.append(Batch())
            self._vitals.history_waiting_since = self._vitals.history_waiting_since or self._now()
        return waiting[-1]

    def _wake_soon(self) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(TOGETHER_SECONDS, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._writer.wake()

    def _replace(self, event: InventoryReplaced) -> None:
        checks = event.inventory.checks
        self._inventory = event.inventory
        shared = {id(check.measures): check.measures for check in checks.values()}
        self._counting = {
            key
            for key, measures in shared.items()
            if any(measure.kind is MeasureKind.INCREMENT for measure in measures.values())
        }
        renames: dict[CheckId, CheckId] = {}
        for check_id in event.added:
            for former in former_checks(event.inventory, checks[check_id]):
                if former not in checks and former not in renames:
                    renames[former] = check_id
        self._renamed = {
            former: renames.get(check_id, check_id)
            for former, check_id in (self._renamed | renames).items()
            if former not in checks
        }
        if renames:
            renames |= {inbox_of(former): inbox_of(check_id) for former, check_id in renames.items()}
            with self._writer.turn:
                self._writer.waiting.append(Batch(renames=renames))
            self._writer.wake()
        if self._kept is not None:
            _rename(self._kept, renames)
            for check_id in (*event.added, *event.changed):
                self._show(checks[check_id])

    def _show(self, check: Check) -> None:
        """Tell the totals of a check that counts, as they are committed."""
        totals = self._kept.totals.get(check.id) if self._kept is not None else None
        if totals and id(check.measures) in self._counting:
            self._count(check.id, totals)

    def _told(self, what: Kept | Written | Exception) -> None:
        """Pass on to the loop what the writer says in its thread; at the end nobody listens any more."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(partial(self._hear, what))

    def _hear(self, what: Kept | Written | Exception) -> None:
        if isinstance(what, Exception):
            self._fail(what)
            return
        if not self._vitals.history_up:
            log.info("history.recovered" if self._opened.is_set() else "history.opened", path=str(self._path))
        self._vitals.history_up = True
        if isinstance(what, Kept):
            self._begin(what)
        else:
            self._commit(what)
        self._opened.set()

    def _begin(self, kept: Kept) -> None:
        """Take what the store holds, and on top of it what has come since the start."""
        self._kept = kept
        with self._writer.turn:
            for batch in self._writer.waiting:
                _rename(kept, batch.renames)
                kept.memories |= {check: one.memory for check, one in batch.entries.items() if one.memory is not None}
        for check_id in kept.totals:
            if (check := self._inventory.checks.get(check_id)) is not None:
                self._show(check)
        self._writer.begin()

    def _commit(self, written: Written) -> None:
        assert self._kept is not None  # noqa: S101 - nothing is written before it is read
        for written_as, totals in written.totals.items():
            check_id = self._renamed.get(written_as, written_as)
            self._kept.totals.setdefault(check_id, {}).update(totals)
            if (check := self._inventory.checks.get(check_id)) is not None:
                self._show(check)
        for (programme, day), count in written.counts.items():
            days = self._kept.counts.setdefault(programme, {})
            if count.tops(days.get(day)):
                days[day] = count
        for one in written.waiters:
            if not one.done():
                one.set_result(None)
        with self._writer.turn:
            self._vitals.history_waiting = sum(len(batch.entries) for batch in self._writer.waiting)
        self._vitals.history_waiting_since = self._now() if self._vitals.history_waiting else None

    def _fail(self, error: Exception) -> None:
        self._vitals.history_errors[kind_of(error)] += 1
        if self._vitals.history_up or not self._opened.is_set():
            log.error("history.write_failed", path=str(self._path), error=str(error), remedy=REMEDY)
        self._vitals.history_up = False
        self._opened.set()

    def _now(self) -> float:
        return self._clock.now().astimezone(UTC).timestamp()


REMEDY = "probing goes on, and what waits is written as soon as the file can be"


def is_increment(reading: Reading) -> bool:
    """Tell whether a reading adds to a total."""
    return reading.measure.kind is MeasureKind.INCREMENT


def _rename(kept: Kept, renames: Mapping[CheckId, CheckId]) -> None:
    for former, check_id in renames.items():
        if check_id in kept.memories or check_id in kept.totals:
            continue  # the store keeps what the new name has by itself
        if former in kept.memories:
            kept.memories[check_id] = kept.memories.pop(former)
        if former in kept.totals:
            kept.totals[check_id] = kept.totals.pop(former)
