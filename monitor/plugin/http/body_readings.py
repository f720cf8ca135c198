"""Readings that configuration takes from the answer: ``readings: {queue: data.pending}``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from monitor.plugin import Measure, MeasureKind, ProbeError, Reading, Reason
from monitor.plugin.conformance import measure_faults
from monitor.plugin.http.comparison import Mask, number_of, shown
from monitor.plugin.http.contents import Contents, Place

MOST = 20
PREFIXES = ("probe_", "exchange_")
HELP = "A value that a check reads from an answer, as its option readings says."
OF_EXPORTERS = frozenset({"probe_failed_due_to_cel", "probe_ip_protocol"})
"""Names that have a meaning elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyReading:
    """Where a reading is taken from.

    Attributes:
        json: An expression of JMESPath over the body; as good as the bare text.
        xml: Or one of XPath 1.0; of several nodes the first counts.
        namespaces: URIs by the prefixes that ``xml`` uses.
        header: Or the name of a header.
        optional: Whether the answer is good without it.
    """

    json: str | None = None
    xml: str | None = None
    namespaces: Mapping[str, str] = field(default_factory=dict)
    header: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        self.place  # noqa: B018 - it says what is wrong

    @property
    def place(self) -> Place:
        """Where the value is."""
        return Place(json=self.json, xml=self.xml, namespaces=self.namespaces, header=self.header)


def measure_of(name: str) -> Measure:
    """Return the measure of a reading: a counter if its name ends in ``_total``, else a gauge.

    Raises:
        ValueError: The name is none that a measure can have.
    """
    full = name if name.startswith(PREFIXES) else f"probe_{name}"
    kind = MeasureKind.TOTAL if full.endswith("_total") else MeasureKind.GAUGE
    try:
        made = Measure(full, HELP, kind)
    except ValueError:
        raise ValueError(f'"{name[:40]}" is no name of a reading; use lower-case letters, digits and _') from None
    if full in OF_EXPORTERS or [*measure_faults(made)]:
        raise ValueError(f'"{name}" would be {full}, which the monitor itself reports; choose another name')
    return made


def check_readings(readings: Mapping[str, str | BodyReading], own: Iterable[Measure]) -> None:
    """Return if all of them can be reported beside what the kind reports of its own.

    Raises:
        ValueError: One cannot.
    """
    if len(readings) > MOST:
        raise ValueError(f"{len(readings)} readings are more than {MOST}; make it several checks")
    names = [measure_of(name).name for name in readings]
    kept = {measure.name for measure in own}
    for name, full in zip(readings, names, strict=True):
        if full in kept:
            raise ValueError(f'"{name}" would be {full}, which the monitor itself reports; choose another name')
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two readings are called {', '.join(sorted(twice))}; rename one")
    for wanted in readings.values():
        wanted_from(wanted)


def wanted_from(wanted: str | BodyReading) -> BodyReading:
    """Return where a reading is taken from; text is JMESPath."""
    return BodyReading(json=wanted) if isinstance(wanted, str) else wanted


class Extract:
    """The readings of a probe, made ready."""

    __slots__ = ("_wanted",)

    def __init__(self, readings: Mapping[str, str | BodyReading]) -> None:
        taken = ((measure_of(name), wanted_from(wanted)) for name, wanted in readings.items())
        self._wanted = [(measure, wanted.place, wanted.optional) for measure, wanted in taken]

    def read(self, contents: Contents, mask: Mask, into: list[Reading]) -> None:
        """Add the readings to ``into``.

        Raises:
            ProbeError: The body cannot be read, or a value that has to be there is no number (``Reason.CONTENT``).
        """
        faults = []
        for measure, place, is_optional in self._wanted:
            value = contents.value(place)
            number = finite(number_of(value))
            if number is None:
                if value is not None or not is_optional:
                    faults.append(f"{measure.name}: {place.text} is no number (was {shown(value, mask)})")
            elif number < 0 and measure.kind is MeasureKind.TOTAL:
                faults.append(f"{measure.name}: {place.text} counts below nothing (was {shown(value, mask)})")
            else:
                into.append(measure(number))
        if faults:
            raise ProbeError(Reason.CONTENT, "; ".join(faults[:3]))


def finite(number: float | None) -> float | None:
    """Return a number that a metric can hold, or None."""
    try:
        return None if number is None or not isfinite(number) else number
    except OverflowError:
        return None
