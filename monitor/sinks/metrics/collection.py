"""The same metrics as records of prometheus_client, made from the values and not from the lines.

Tests compare its text with ours: whatever differs is a mistake in one of them.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Metric

from monitor.measure import MeasureKind
from monitor.sinks.metrics import families
from monitor.sinks.metrics.checks import SINGLES
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample
from monitor.sinks.metrics.measures import Measures
from monitor.sinks.metrics.row import CheckRow, identity
from monitor.sinks.metrics.spent import STATES
from monitor.sinks.printable import printable

GROUPS, AGENCIES = families.OF_GROUPS, families.OF_AGENCIES
FACTS, PROGRAMMES = families.OF_FACTS, families.OF_PROGRAMMES
TARGETS, FINDINGS, COUNTED = families.OF_TARGETS, families.OF_FINDINGS, (families.CHECK_CALLS,)


def of_checks(rows: Iterable[CheckRow], measures: Measures) -> Iterator[Metric]:
    """Yield the families of checks, those of plugins' measures included."""
    rows = sorted(rows, key=lambda row: row.slot)
    singles = dict(SINGLES)
    for family in families.OF_CHECKS:
        metric = family.metric()
        read = singles.get(family)
        if family is families.CHECK_SECONDS:
            _add(metric, _spent(rows))
        elif read is None:
            _add(metric, (sample for row in rows for sample in _several(family, row)))
        else:
            values = ((row, read(row)) for row in rows)
            _add(metric, ((family.name, identity(row.check), value) for row, value in values if value is not None))
        yield metric
    for name, family in measures.families.items():
        metric = family.metric()
        for row in rows:
            _add(metric, _readings(name, family, row))
        yield metric


def of_samples(samples: Iterable[Sample], wanted: Iterable[Family]) -> Iterator[Metric]:
    """Yield families with those of these samples that are theirs."""
    families_wanted = [*wanted]
    found: dict[str, list[Sample]] = {family.name: [] for family in families_wanted}
    for sample in samples:
        found[sample[0]].append(sample)
    yield from of_families(lambda family: found[family.name], families_wanted)


def of_families(samples: Callable[[Family], Iterable[Sample]], wanted: Iterable[Family]) -> Iterator[Metric]:
    """Yield families whose samples are at hand."""
    for family in wanted:
        metric = family.metric()
        _add(metric, samples(family))
        yield metric


def _spent(rows: list[CheckRow]) -> Iterator[Sample]:
    for state in STATES:
        for row in rows:
            yield families.CHECK_SECONDS.name, {**identity(row.check), "state": state}, getattr(row.seconds, state)


def _several(family: Family, row: CheckRow) -> Iterator[Sample]:
    name, check = family.name, row.check
    labels = identity(check)
    if family is families.CHECK_REASON and row.confirmed.reason is not None:
        yield name, {**labels, "reason": row.confirmed.reason}, 1.0
    elif family is families.CHECK_INFO:
        yield name, {**labels, "plugin": check.plugin, "probe": check.kind, "placement": check.where}, 1.0
    elif family is families.PHASES_OF.get(check.kind, families.PHASES):
        for phase, seconds in row.phases.items():
            yield name, {**labels, "phase": phase}, seconds


def _readings(name: str, family: Family, row: CheckRow) -> Iterator[Sample]:
    measure = row.check.measures.get(name)
    if measure is None:
        return
    if measure.kind is MeasureKind.INCREMENT:
        values = (row.kept or {}).get(name, {})
    else:
        values = {reading.labels: reading.value for reading in row.readings if reading.measure.name == name}
    for labels, value in values.items():
        names = (label.name for label in measure.labels)
        yield family.name, {**identity(row.check), **dict(zip(names, labels, strict=True))}, value


def _add(metric: Metric, samples: Iterable[Sample]) -> None:
    for name, labels, value in samples:
        metric.add_sample(name, {key: printable(text) for key, text in labels.items()}, value)
