"""Measures a probe may report, and the readings it reports of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
"""Names every Prometheus accepts without quoting; narrower than what its UTF-8 mode allows."""


class MeasureKind(StrEnum):
    """How the values of a measure relate to each other."""

    GAUGE = "gauge"
    """Goes up and down: the newest value counts."""
    TOTAL = "total"
    """A cumulative number that the target keeps; a fall means that the target started over."""
    INCREMENT = "increment"
    """What this run adds to a number that the monitor keeps."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a measure: its name and the closed set of its values.

    Attributes:
        values: The members allowed; empty when the values are ids from the inventory. Text from a target is neither.
    """

    name: str
    values: frozenset[str] = frozenset()

    @classmethod
    def of(cls, name: str, values: Iterable[str]) -> "Label":
        """Return the label whose values are the members of ``values``, an enum for instance."""
        return cls(name, frozenset(str(value) for value in values))

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.name.startswith("__"):
            raise ValueError(f"{self.name!r} is not a label name; use lower-case letters, digits and _")


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity a probe declares before it may report it; exposed as ``datashare_`` and its name.

    Calling the measure makes a reading: ``LAST_RECORD(1718000000)``.

    Attributes:
        help: A sentence for the person who reads /metrics.
        labels: Beyond the identity of the check (agency, target, check), which every reading carries.
        series: The most label combinations one check may hold; what goes over is dropped and counted.
    """

    name: str
    help: str
    kind: MeasureKind = MeasureKind.GAUGE
    labels: tuple[Label, ...] = ()
    series: int = field(default=20, kw_only=True)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a measure name; use lower-case letters, digits and _")
        counts = self.kind is not MeasureKind.GAUGE
        if counts != self.name.endswith("_total"):
            rule = "must end in _total" if counts else "must not end in _total"
            raise ValueError(f"{self.name}: the name of a measure of kind {self.kind} {rule}")
        if not self.help.strip():
            raise ValueError(f"{self.name}: write a help sentence for the people who read /metrics")

    def __call__(self, value: float, /, **labels: str) -> "Reading":
        """Return a reading of this measure.

        Raises:
            ValueError: The label names are not the declared ones.
        """
        if len(labels) != len(self.labels):
            raise ValueError(f"{self.name} takes the labels {[label.name for label in self.labels]}, got {[*labels]}")
        try:
            values = tuple(str(labels[label.name]) for label in self.labels)
        except KeyError as error:
            raise ValueError(f"{self.name} has no value for its label {error}") from None
        return Reading(self, value, values)


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a measure in one observation, with its label values in the declared order.

    Attributes:
        day: The local day that an increment is of; None for the day of the run, and for what is no increment.
    """

    measure: Measure
    value: float
    labels: tuple[str, ...] = ()
    day: date | None = None

    def on(self, day: date) -> "Reading":
        """Return this increment as one of another day: a record that came late belongs to its own."""
        return replace(self, day=day)
