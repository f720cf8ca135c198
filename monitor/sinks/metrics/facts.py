"""The lines about agencies and plugins: rendered once for each inventory."""

from collections.abc import Iterator, Mapping

from monitor.inventory import Inventory
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample
from monitor.sinks.metrics.line import lines as rendered
from monitor.sinks.metrics.store import place_of

TOGETHER = 200


class Facts:
    """Agencies and plugins of the inventory in force."""

    def __init__(self) -> None:
        self._samples: dict[str, list[Sample]] = {family.name: [] for family in families.OF_FACTS}
        self._lines: dict[str, list[tuple[str, bytes]]] = {family.name: [] for family in families.OF_FACTS}

    @property
    def samples(self) -> int:
        """How many lines there are."""
        return sum(map(len, self._samples.values()))

    def replace(self, inventory: Inventory, versions: Mapping[str, str]) -> None:
        """Say what is true of this inventory and its plugins, whose ``versions`` are given by name."""
        self._samples = {
            families.AGENCY_INFO.name: [*_agencies(inventory)],
            families.PLUGIN_INFO.name: [*_plugins(inventory, versions)],
        }
        self._lines = {
            name: [
                (labels.get("agency", ""), rendered([(name, labels, value)]).encode()) for _, labels, value in samples
            ]
            for name, samples in self._samples.items()
        }

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        for family in families.OF_FACTS:
            yield family.header(openmetrics=openmetrics)
            chosen = [line for about, line in self._lines[family.name] if place_of(about) % count == index]
            for start in range(0, len(chosen), TOGETHER):
                yield b"".join(chosen[start : start + TOGETHER])

    def all(self, family: Family) -> list[Sample]:
        """Return all samples of a family."""
        return self._samples[family.name]


def _agencies(inventory: Inventory) -> Iterator[Sample]:
    for agency in inventory.agencies.values():
        labels = {
            "admin_code": agency.admin_code,
            "agency": agency.id,
            "class": agency.agency_class,
            "code": agency.code,
            "name": agency.name,
            "name_en": agency.name_en,
        }
        yield families.AGENCY_INFO.name, labels, 1.0


def _plugins(inventory: Inventory, versions: Mapping[str, str]) -> Iterator[Sample]:
    for plugin, kind in sorted({(check.plugin, check.kind) for check in inventory.checks.values()}):
        labels = {"plugin": plugin, "probe": kind, "version": versions.get(plugin, "")}
        yield families.PLUGIN_INFO.name, labels, 1.0
