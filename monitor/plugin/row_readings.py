"""Readings that configuration takes from cells: ``readings: {waiting: waiting, newest_timestamp_seconds: newest}``."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.measure import Measure, MeasureKind, Reading
from monitor.observation import Reason
from monitor.plugin.cells import CLOCK_TOLERANCE, number_of, shown, time_of
from monitor.plugin.conformance import measure_faults
from monitor.plugin.expectations import Finding
from monitor.plugin.quantities import written_duration
from monitor.plugin.source import Cell, Row

MOST = 20
PREFIXES = ("probe_", "exchange_")
HELP = "A value that a check reads from an answer, as its option readings says."
COUNTS = ("_total", "_records", "_rows", "_count", "_bytes", "_transactions")
"""What a name ends in that counts something, and so is never below zero."""
TIMES = "_timestamp_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReading:
    """Which cell of the first row a reading is taken from.

    Attributes:
        column: Its column.
        optional: Whether the answer is good without it: no row, or NULL.
    """

    column: str
    optional: bool = False


Readings = Mapping[str, str | CellReading]


def wanted_from(wanted: str | CellReading) -> CellReading:
    """Return where a reading is taken from; text is the name of a column."""
    return CellReading(column=wanted) if isinstance(wanted, str) else wanted


def measure_of(name: str, taken: Collection[str] = ()) -> Measure:
    """Return the measure of a reading: a counter if its name ends in ``_total``, else a gauge.

    Raises:
        ValueError: The name is none that a measure can have, or is taken.
    """
    full = name if name.startswith(PREFIXES) else f"probe_{name}"
    kind = MeasureKind.TOTAL if full.endswith("_total") else MeasureKind.GAUGE
    try:
        made = Measure(full, HELP, kind)
    except ValueError:
        raise ValueError(f'"{name[:40]}" is no name of a reading; use lower-case letters, digits and _') from None
    if full in taken or [*measure_faults(made)]:
        raise ValueError(f'"{name}" would be {full}, which the monitor itself reports; choose another name')
    return made


def check_readings(readings: Readings, taken: Collection[str] = ()) -> None:
    """Return if all of them can be reported.

    Raises:
        ValueError: One cannot.
    """
    if len(readings) > MOST:
        raise ValueError(f"{len(readings)} readings are more than {MOST}; make it several checks")
    names = [measure_of(name, taken).name for name in readings]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two readings are called {', '.join(sorted(twice))}; rename one")


def read(readings: Readings, rows: Sequence[Row], now: datetime, into: list[Reading]) -> Iterator[Finding]:
    """Add the readings of the first row to ``into``, and yield those that cannot be taken."""
    first = rows[0] if rows else None
    for name, wanted in readings.items():
        place, measure = wanted_from(wanted), measure_of(name)
        if first is not None and place.column not in first:
            yield Finding(reason=Reason.CONTENT, detail=f"{measure.name}: no column {place.column}")
            continue
        value = None if first is None else first[place.column]
        if value is None:
            if not place.optional:
                words = "no row" if first is None else f"{place.column} is NULL"
                yield Finding(reason=Reason.CONTENT, detail=f"{measure.name}: {words}")
            continue
        number, fault = _number(measure, value, now)
        if number is None:
            yield Finding(reason=Reason.CONTENT, detail=f"{measure.name}: {place.column} {fault}")
        else:
            into.append(measure(number))


def _number(measure: Measure, value: Cell, now: datetime) -> tuple[float | None, str]:
    """Return what a cell measures, or what is wrong with it."""
    if isinstance(value, bool):
        return float(value), ""
    moment = time_of(value) if not isinstance(value, str) or measure.name.endswith(TIMES) else None
    number = moment.timestamp() if moment else number_of(value)
    if number is None:
        return None, f"is no number (was {shown(value, is_number=False)})"
    if (moment or measure.name.endswith(TIMES)) and number - now.timestamp() > CLOCK_TOLERANCE.total_seconds():
        return None, f"lies {ahead(number - now.timestamp())} in the future"
    if number < 0 and measure.name.endswith(COUNTS):
        return None, f"counts below nothing (was {shown(value, is_number=True)})"
    return number, ""


def ahead(seconds: float) -> str:
    """Return how far something lies ahead, in words."""
    from datetime import timedelta

    try:
        return written_duration(timedelta(seconds=round(seconds)))
    except OverflowError:
        return "more than a million years"
