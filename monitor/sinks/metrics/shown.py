"""Findings by target, and their lines: what is shown now, and what is shown after the next look."""

from collections.abc import Iterator, Mapping

from monitor.inventory import Connection, Inventory, Target, TargetId
from monitor.observation import FaultDomain
from monitor.owner import owner_of
from monitor.sinks.metrics import families
from monitor.sinks.metrics.column import Part, Style
from monitor.sinks.metrics.line import Sample, ending, lines, pairs
from monitor.sinks.metrics.store import Store

TOGETHER = 200
"""So many findings are shown in one step: two milliseconds when all of them are rendered anew."""

BY_SIDE = {side: f"{families.FAILED.name} {side}" for side in (FaultDomain.PROVIDER, FaultDomain.CONSUMER)}
PARTS = {
    families.CONCERNED.name: (Part(families.CONCERNED.name, Style.LINES),),
    families.CALLS.name: (Part(families.CALLS.name, Style.LINES),),
    families.FAILED.name: tuple(Part(key, between=f'domain="{side}",') for side, key in BY_SIDE.items()),
}
KEYS = {part.key: family for family in families.OF_FINDINGS for part in PARTS.get(family.name, (Part(family.name),))}
"""The kinds of findings, each with its family."""


class Shown:
    """What is shown of which targets."""

    def __init__(self) -> None:
        self.store = Store(families.OF_FINDINGS, PARTS)
        self._inventory = Inventory()
        self._slots: dict[TargetId, int] = {}
        self._values: dict[str, dict[TargetId, float]] = {key: {} for key in KEYS}
        self._whose: dict[str, dict[TargetId, Target]] = {families.CONCERNED.name: {}, families.CALLS.name: {}}

    def replace(self, inventory: Inventory) -> None:
        """Show nothing of targets that this inventory does not have."""
        self._inventory = inventory
        systems, own, others = inventory.systems, inventory.connections, inventory.elsewhere
        for target in [one for one in self._slots if one not in own and one not in systems and one not in others]:
            for values in self._values.values():
                values.pop(target, None)
            for whose in self._whose.values():
                whose.pop(target, None)
            self.store.remove(self._slots.pop(target))

    def of(self, key: str) -> Mapping[TargetId, float]:
        """Return what is shown of a kind."""
        return self._values[key]

    def target(self, target: TargetId) -> Target | None:
        """Return a system or connection, wherever it is looked at."""
        return self._inventory.target(target) or self._inventory.elsewhere.get(target)

    def put(self, key: str, found: Mapping[TargetId, float]) -> Iterator[None]:
        """Replace all findings of a kind, in steps that are quick to make.

        Those are rendered that differ from before, or belong to somebody else now.
        """
        values, whose = self._values[key], self._whose.get(key)
        for place, target in enumerate([one for one in values if one not in found], start=1):
            self.store.put(key, self._slots[target], None)
            del values[target]
            if whose is not None:
                whose.pop(target, None)
            if place % TOGETHER == 0:
                yield
        for place, (target, value) in enumerate(found.items(), start=1):
            is_other = whose is not None and whose.get(target) is not self.target(target)
            if is_other or values.get(target) != value:
                self.store.put(key, self._slot(target), self._text(key, target, value))
                values[target] = value
            if is_other and whose is not None and (now := self.target(target)) is not None:
                whose[target] = now
            if place % TOGETHER == 0:
                yield

    def samples(self) -> Iterator[Sample]:
        """Yield all samples."""
        for key, family in KEYS.items():
            values = self._values[key]
            for target in sorted(values, key=lambda one: self._slots[one]):
                yield family.name, self._labels(key, target), values[target]

    def _text(self, key: str, target: TargetId, value: float) -> str:
        return lines([(key, self._labels(key, target), value)]) if key in self._whose else ending(value)

    def _labels(self, key: str, target_id: TargetId) -> dict[str, str]:
        agency, _, name = target_id.partition("/")
        labels, target = {"agency": agency, "target": name}, self.target(target_id)
        family = KEYS[key]
        if family is families.FAILED:
            return {**labels, "domain": next(str(side) for side, part in BY_SIDE.items() if part == key)}
        if key not in self._whose or not isinstance(target, Connection):
            return labels
        labels |= {"consumer": target.consumer, "owner": owner_of(target), "provider": target.provider}
        return labels if family is families.CALLS else {**labels, "via": ",".join(target.via)}

    def _slot(self, target: TargetId) -> int:
        slot = self._slots.get(target)
        if slot is None:
            agency, _, name = target.partition("/")
            before = f"{pairs({'agency': agency})},"
            slot = self._slots[target] = self.store.add(target, before, pairs({"target": name}))
        return slot
