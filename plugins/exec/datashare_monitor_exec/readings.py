"""Performance data as readings: declared in configuration, because its names come from the program."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from datashare_monitor_exec.perfdata import Item
from monitor.plugin import Measure, MeasureKind, Reading

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES = {
    "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
    "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40, "pib": 2.0**50,
}  # fmt: skip
"""In lower case: programs do not agree on theirs. KB is 1,000 bytes and KiB 1,024, as Icinga reads them."""
FACTORS: Mapping[str, Mapping[str, float]] = {
    "seconds": SECONDS,
    "bytes": BYTES,
    "ratio": {"%": 0.01, "": 1.0},
    "none": {"": 1.0, "c": 1.0},
}
NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
BOUNDS = ("warning", "warning_low", "critical", "critical_low", "min", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A label of the performance data that becomes a reading.

    Attributes:
        unit: The base unit of the reading: the program's ms become seconds, its MB bytes, its % a ratio. A value in
            any other unit is left out, and the detail says so.
        name: Of the measure, between ``probe_exec_`` and the unit; made from the label unless set.
        kind: ``total`` for a number that only grows, such as one in the unit ``c``.
        thresholds: Whether warning, critical, min and max become readings, too: ``probe_exec_NAME_warning_UNIT``,
            with ``warning_low`` for the lower bound of a range.
    """

    unit: Literal["none", "seconds", "bytes", "ratio"] = "none"
    name: str = ""
    kind: Literal["gauge", "total"] = "gauge"
    thresholds: bool = False

    def __post_init__(self) -> None:
        if self.name and not NAME.fullmatch(self.name):
            raise ValueError(
                f'"{self.name[:60]}" is not a name; write lower-case letters, digits and _, as in used_space'
            )

    def measures(self, label: str) -> "Measures":
        """Return the measures of a label.

        Raises:
            ValueError: No name can be made from the label.
        """
        name = self.name or re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
        if not NAME.fullmatch(name):
            raise ValueError(f'no measure can be called after "{label[:60]}"; write a name: beside it')
        return measures(name, self.unit, self.kind, self.thresholds)


@dataclass(frozen=True, slots=True)
class Measures:
    """The measure of a value, and those of its thresholds by name; none unless asked for."""

    value: Measure
    bounds: Mapping[str, Measure]

    def __iter__(self) -> Iterator[Measure]:
        yield self.value
        yield from self.bounds.values()


@lru_cache(maxsize=4096)
def measures(name: str, unit: str, kind: str, with_thresholds: bool) -> Measures:  # noqa: FBT001
    """Return the measures of a name: those of one name are alike in all checks."""
    base = "" if unit == "none" else f"_{unit}"
    total = kind == "total"
    stem = name.removesuffix("_total").removesuffix(base)
    value = Measure(
        f"probe_exec_{stem}{base}{'_total' if total else ''}",
        f"What the program of the check reports as {stem}.",
        MeasureKind.TOTAL if total else MeasureKind.GAUGE,
    )
    bounds = {
        bound: Measure(f"probe_exec_{stem}_{bound}{base}", f"The {bound} of what the program reports as {stem}.")
        for bound in BOUNDS
    }
    return Measures(value, bounds if with_thresholds else {})


def readings(declared: Mapping[str, Declared], found: Sequence[Item]) -> tuple[list[Reading], list[str]]:
    """Return the readings of what was found, and a word on each item that does not become one."""
    seen: list[Reading] = []
    ignored: dict[str, None] = {}
    for item in found:
        one = declared.get(item.label)
        factor = FACTORS[one.unit].get(item.unit.lower() if one.unit == "bytes" else item.unit) if one else None
        if one is None:
            ignored[f"{item.label[:40]} (not declared under readings)"] = None
        elif item.value is None:
            ignored[f"{item.label[:40]} (the program could not tell)"] = None
        elif factor is None:
            ignored[f'{item.label[:40]} (its unit is "{item.unit[:10]}", not of {one.unit})'] = None
        else:
            seen += _readings(one.measures(item.label), item, item.value, factor)
    return seen, [*ignored]


def _readings(known: Measures, item: Item, value: float, factor: float) -> Iterator[Reading]:
    yield known.value(value * factor)
    bounds = (
        item.warning.high, item.warning.low, item.critical.high, item.critical.low, item.minimum, item.maximum,
    )  # fmt: skip
    for name, bound in zip(BOUNDS, bounds, strict=True):
        if name in known.bounds and bound is not None:
            yield known.bounds[name](bound * factor)
