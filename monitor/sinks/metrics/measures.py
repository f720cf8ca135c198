"""The values of plugins' measures: what an observation read, and the sums of increments."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from math import isfinite
from operator import is_

from monitor.inventory import Check
from monitor.measure import Measure, MeasureKind, Reading
from monitor.sinks.metrics.column import Part, Style
from monitor.sinks.metrics.families import RESERVED
from monitor.sinks.metrics.family import Family, FamilyType
from monitor.sinks.metrics.line import ending, labelled
from monitor.sinks.metrics.row import CheckRow, identity
from monitor.sinks.metrics.store import Store
from monitor.vitals import Vitals

PREFIX = "datashare_"
IDENTITY = ("agency", "check", "target")


def family_of(measure: Measure) -> Family:
    """Return the family of a measure."""
    kind = FamilyType.GAUGE if measure.kind is MeasureKind.GAUGE else FamilyType.COUNTER
    labels = (*IDENTITY, *(label.name for label in measure.labels))
    return Family(PREFIX + measure.name, measure.help, kind, tuple(sorted(labels)))


@lru_cache(maxsize=1024)
def labels_of(measure: Measure) -> tuple[str, ...]:
    """Return the names of the labels of a measure's family."""
    return family_of(measure).labels


class Measures:
    """Measures of all plugins, and their readings as text.

    The engine has checked what comes in here; still, whatever would make the exposition invalid is refused and counted.

    Attributes:
        is_told_totals: Whether somebody else sums increments up, and tells the totals.
    """

    def __init__(self, vitals: Vitals) -> None:
        self.families: dict[str, Family] = {}
        self.is_told_totals = False
        self._vitals = vitals
        self._declared: dict[int, Mapping[str, Measure]] = {}
        self._counting: set[int] = set()

    def declare(self, checks: Iterable[Check]) -> Sequence[Family]:
        """Return the families of what these checks may report. A name that is taken is left out."""
        declared = {id(check.measures): check.measures for check in checks}  # shared by hundreds of checks
        if declared.keys() == self._declared.keys():
            return [*self.families.values()]
        found: dict[str, Family] = {}
        for measures in declared.values():
            for name in measures.keys() - found.keys():
                family = family_of(measures[name])
                if RESERVED.isdisjoint((family.name, family.base)) and len(set(family.labels)) == len(family.labels):
                    found[name] = family
        self.families = {name: found[name] for name in sorted(found)}
        known = self._declared.keys()
        self._counting = {
            key
            for key, measures in declared.items()
            if (key in self._counting if key in known else _has_increment(measures))
        }
        self._declared = declared  # it holds them: no other mapping gets the id of one of them
        return [*self.families.values()]

    def part(self, family: Family) -> Part:
        """Return the column of a measure's family: with labels of its own it holds whole lines."""
        return Part(family.name, Style.VALUE if len(family.labels) == len(IDENTITY) else Style.LINES)

    def shared(self, text: str) -> str:
        """Return the text as an object that all its users share."""
        return sys.intern(text)

    def take(self, store: Store, row: CheckRow, readings: tuple[Reading, ...]) -> None:
        """Render the readings of a run where they differ from those of the run before."""
        if self.is_told_totals and id(row.check.measures) in self._counting:
            readings = tuple([one for one in readings if one.measure.kind is not MeasureKind.INCREMENT])
        changed = _changed(row.readings, readings)
        if changed is None:
            self._renew(store, row, readings)
        else:
            self._follow(store, row, readings, changed)

    def count(self, store: Store, row: CheckRow, name: str, sums: Mapping[tuple[str, ...], float]) -> None:
        """Render the totals of an increment, which somebody else has summed up."""
        measure = row.check.measures.get(name)
        if measure is None or measure.kind is not MeasureKind.INCREMENT or name not in self.families:
            return
        fitting = {labels: total for labels, total in sums.items() if len(labels) == len(measure.labels)}
        row.kept = {} if row.kept is None else row.kept
        row.kept[name] = dict(islice(fitting.items(), measure.series if measure.labels else 1))
        self._vitals.series_dropped[row.check.plugin] += len(fitting) - len(row.kept[name])
        self._put(store, row, measure, row.kept[name])

    def forget(self, store: Store, row: CheckRow, check: Check) -> None:
        """Drop what a check cannot report any more, now that it is configured otherwise."""
        gone = [name for name, measure in row.check.measures.items() if check.measures.get(name) != measure]
        for name in gone:
            if name in self.families:
                store.put(PREFIX + name, row.slot, None)
            if row.kept is not None:
                row.kept.pop(name, None)
        row.readings = tuple(reading for reading in row.readings if reading.measure.name not in gone)

    def _follow(self, store: Store, row: CheckRow, readings: tuple[Reading, ...], changed: list[Reading]) -> None:
        """Render readings of the same series as before."""
        row.readings = readings
        names = set()
        for reading in changed:
            name = reading.measure.name
            if reading.labels or reading.measure.kind is MeasureKind.INCREMENT:
                names.add(name)
            else:
                store.put(PREFIX + name, row.slot, ending(reading.value))
        for name in names:
            self._render(store, row, name)

    def _renew(self, store: Store, row: CheckRow, readings: tuple[Reading, ...]) -> None:
        """Render readings of any series."""
        before = {reading.measure.name: reading.measure for reading in row.readings}
        accepted = tuple([reading for reading in readings if self._is_valid(row.check, reading)])
        row.readings = readings if len(accepted) == len(readings) else accepted
        names = dict.fromkeys(reading.measure.name for reading in accepted)
        for name, measure in before.items():
            if name not in names and measure.kind is not MeasureKind.INCREMENT and name in self.families:
                store.put(PREFIX + name, row.slot, None)
        for name in names:
            self._render(store, row, name)

    def _is_valid(self, check: Check, reading: Reading) -> bool:
        measure = reading.measure
        family = self.families.get(measure.name)
        is_gauge = measure.kind is MeasureKind.GAUGE
        is_valid = (
            family is not None
            and measure.name in check.measures
            and isfinite(reading.value)
            and (is_gauge or reading.value >= 0)
            and (family.type is FamilyType.GAUGE) is is_gauge
            and len(reading.labels) == len(measure.labels)
            and family.labels == labels_of(measure)
        )
        if not is_valid:
            self._vitals.readings_refused[check.plugin] += 1
        return is_valid

    def _render(self, store: Store, row: CheckRow, name: str) -> None:
        readings = [reading for reading in row.readings if reading.measure.name == name]
        measure = readings[0].measure
        if measure.kind is MeasureKind.INCREMENT:
            values = self._add(row, measure, readings)
        else:
            values = {reading.labels: float(reading.value) for reading in readings}
        self._put(store, row, measure, values)

    def _put(self, store: Store, row: CheckRow, measure: Measure, values: Mapping[tuple[str, ...], float]) -> None:
        key = self.families[measure.name].name
        if measure.labels:
            names = [label.name for label in measure.labels]
            store.put(key, row.slot, None)
            store.put(key, row.slot, labelled(key, identity(row.check), names, values))
        elif values:
            store.put(key, row.slot, ending(values[()]))

    def _add(self, row: CheckRow, measure: Measure, readings: list[Reading]) -> dict[tuple[str, ...], float]:
        row.kept = {} if row.kept is None else row.kept
        sums = row.kept.setdefault(measure.name, {})
        for reading in readings:
            if reading.labels in sums:
                sums[reading.labels] += reading.value
            elif len(sums) < measure.series or not measure.labels:
                sums[reading.labels] = float(reading.value)
            else:
                self._vitals.series_dropped[row.check.plugin] += 1
        return sums


def _has_increment(measures: Mapping[str, Measure]) -> bool:
    return any(measure.kind is MeasureKind.INCREMENT for measure in measures.values())


def _changed(before: tuple[Reading, ...], now: tuple[Reading, ...]) -> list[Reading] | None:
    """Return the readings to render when they are of the same series as before; None when they are not."""
    if len(before) != len(now):
        return None
    if all(map(is_, before, now)):
        return [reading for reading in now if reading.measure.kind is MeasureKind.INCREMENT]
    changed = []
    for old, new in zip(before, now, strict=True):
        measure, is_increment = new.measure, new.measure.kind is MeasureKind.INCREMENT
        if old is new and not is_increment:
            continue
        if old.labels != new.labels or (old.measure is not measure and old.measure != measure):
            return None
        if is_increment or old.value != new.value:
            if not isfinite(new.value) or (new.value < 0 and measure.kind is not MeasureKind.GAUGE):
                return None
            changed.append(new)
    return changed
