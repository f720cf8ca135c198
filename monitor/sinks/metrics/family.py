"""A metric family: its name, type, help and labels, and how both text formats introduce it."""

from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Metric

from monitor.sinks.printable import printable


class FamilyType(StrEnum):
    """The types that this monitor exposes."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family.

    Attributes:
        name: As Prometheus shows it, the ``_total`` of a counter included.
        labels: In the order of the alphabet, as they are rendered.
    """

    name: str
    help: str
    type: FamilyType = FamilyType.GAUGE
    labels: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The name that OpenMetrics gives to the family: without the ``_total`` of its samples."""
        return self.name.removesuffix("_total") if self.type is FamilyType.COUNTER else self.name

    def header(self, *, openmetrics: bool) -> bytes:
        """Return the lines that introduce the family."""
        text = printable(self.help).replace("\\", r"\\")
        if openmetrics:
            name, text = self.base, text.replace('"', r"\"")
        else:
            name = self.name
        return f"# HELP {name} {text}\n# TYPE {name} {self.type}\n".encode()

    def metric(self) -> Metric:
        """Return prometheus_client's own record of the family, without samples."""
        return Metric(self.base, printable(self.help), self.type.value)
