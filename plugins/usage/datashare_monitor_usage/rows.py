"""The source ``source``: rows of a table, of a file or of whatever another plugin reads them from."""

import asyncio
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from datashare_monitor_usage.cells import UNITS, MalformedError, moment, number, text
from datashare_monitor_usage.collecting import Collecting, Complaint
from datashare_monitor_usage.measures import Outcome, Refusal
from datashare_monitor_usage.outcomes import of_cell
from datashare_monitor_usage.told import Telling, Told
from datashare_monitor_usage.window import Window, digest
from monitor.plugin import Duration, ProbeError, Reason, Row, Rows

NEWEST = struct.Struct("!d")
AT_ONCE = 2000
"""Rows that are counted before other runs of the same process have their turn."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Which cells of a row are what. A row is a call, or with ``count`` so many calls alike.

    The rows may be read again and again: each is counted once, by its ``id``, or without one by its cells.

    Attributes:
        time: When the call was made: a time, text in ISO 8601 with its zone, seconds or milliseconds since the epoch.
        connection: Cells that, with blanks between them, are the name of a connection in ``external_ids``.
        status: The HTTP status, or a word that tells how it ended; none when every row is a call that went well.
        outcomes: What words in it mean, beside the usual ones.
        id: What no two calls share.
        count: How many calls the row stands for.
        bytes: Their bytes.
        latency: How long they took together.
        latency_unit: What that is in.
        settle: Rows younger than this are left for later; for rows that grow, longer than they can grow.
        late_window: How late a row may come and still count; older ones are taken for counted. A row that can never be
            counted is told for as long, and then passed over.
        max_rows: More rows are refused, and nothing is counted.
    """

    time: str
    connection: tuple[str, ...]
    status: str = ""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    id: str = ""
    count: str = ""
    bytes: str = ""
    latency: str = ""
    latency_unit: Literal["s", "ms", "us"] = "ms"
    settle: Duration = timedelta(minutes=1)
    late_window: Duration = timedelta(hours=1)
    max_rows: int = 100_000

    def __post_init__(self) -> None:
        if not self.connection or not all(self.connection):
            raise ValueError("connection: name at least one cell")
        if self.max_rows < 1:
            raise ValueError("max_rows: write 1 or more")


@dataclass(frozen=True, slots=True)
class Call:
    """A row that can be counted."""

    at: float
    names: tuple[str, ...]
    outcome: Outcome
    count: int
    size: int
    seconds: float
    identity: str


@dataclass(frozen=True, slots=True)
class Table:
    """Counts rows."""

    source: Rows
    fields: Fields

    async def collect(self, run: Collecting) -> Complaint | None:
        """Count the rows that are new."""
        state, fields = run.state, self.fields
        late = int(fields.late_window.total_seconds())
        settled = run.now - int(fields.settle.total_seconds())
        (window, known), twins = _unpacked(state.rest, state.until), Counter[str]()
        words = {word.lower(): outcome for word, outcome in fields.outcomes.items()}
        told, newest, seen = Told(state.told, run.now, late), 0.0, 0
        async for row in self.source.rows(run.vantage):
            seen += 1
            if seen > fields.max_rows:
                raise ProbeError(Reason.TOO_LARGE, f"more than {fields.max_rows} rows; nothing of this run is counted")
            if not seen % AT_ONCE:
                await asyncio.sleep(0)
            try:
                call = _call(row, fields, words, twins)
            except MalformedError:
                _refuse(run, told, row, Refusal.MALFORMED)
                continue
            if run.is_future(call.at):
                _refuse(run, told, row, Refusal.FUTURE)
                continue
            run.tally.legible += 1
            newest = max(newest, call.at)
            second = int(call.at)
            if window.floor <= second < settled and window.take(second, digest(call.identity)):
                _add(run, call)
        state.told = told.now
        state.until = max(state.until, settled)
        window.raise_floor(state.until - late)
        window.trim()
        state.rest = NEWEST.pack(max(known, newest)) + window.packed()
        if seen and newest < known:
            return Complaint(Reason.MISMATCH, "the source went back: its newest row is older than the one before")
        return None


def _refuse(run: Collecting, told: Told, row: Row, refusal: Refusal) -> None:
    tally = run.tally
    counters = {Telling.NEW: tally.refused, Telling.AGAIN: tally.told, Telling.OVER: tally.passed}
    counters[told.take(repr(sorted(row.items())))][refusal] += 1


def _add(run: Collecting, call: Call) -> None:
    names = call.names
    sums = run.tally.sums(names[0], names[1:]) if len(names) == 2 else run.tally.sums(" ".join(names))
    day = run.days.of(call.at)
    sums.add(call.outcome, day, call.at, count=call.count, size=call.size, seconds=call.seconds)


def _call(row: Row, fields: Fields, words: Mapping[str, Outcome], twins: Counter[str]) -> Call:
    at = moment(row.get(fields.time))
    names = tuple(text(row.get(name)) for name in fields.connection)
    outcome = of_cell(row.get(fields.status), words) if fields.status else Outcome.OK
    if outcome is None:
        raise MalformedError
    count = number(row.get(fields.count)) if fields.count else 1
    size = number(row.get(fields.bytes)) if fields.bytes else 0
    latency = number(row.get(fields.latency)) if fields.latency else 0
    if count != int(count) or not count:
        raise MalformedError
    if fields.id:
        identity = text(row.get(fields.id))
        if not identity:
            raise MalformedError
    else:
        cells = (f"{at:.6f}", *names, outcome, *(() if fields.count else (str(size), str(latency))))
        identity = "\0".join(cells)
        twins[identity] += 1
        identity = f"{identity}\0{twins[identity]}"
    unit = UNITS[fields.latency_unit]
    return Call(at, names, outcome, int(count), int(size), latency * unit, identity)


def _unpacked(rest: bytes, until: int) -> tuple[Window, float]:
    """Return which rows have been counted, and the time of the newest row seen."""
    if not rest:
        return Window(until), 0.0
    try:
        return Window.unpacked(rest[NEWEST.size :]), NEWEST.unpack_from(rest)[0]
    except struct.error as error:
        raise ProbeError(Reason.PLUGIN, "it cannot be read which rows have been counted") from error
