"""What a new configuration adds, changes and removes."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from monitor.inventory import AgencyId, Check, CheckId, ContactId, Inventory, ProgrammeId, TargetId

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes(Generic[K]):
    """Ids by what becomes of them.

    Attributes:
        changed: In both, but not configured alike.
    """

    added: frozenset[K] = frozenset()
    changed: frozenset[K] = frozenset()
    removed: frozenset[K] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each, none left out."""
        counts = {"added": len(self.added), "changed": len(self.changed), "removed": len(self.removed)}
        return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What becomes of everything in an inventory."""

    agencies: Changes[AgencyId] = field(default_factory=Changes)
    contacts: Changes[tuple[AgencyId, ContactId]] = field(default_factory=Changes)
    programmes: Changes[ProgrammeId] = field(default_factory=Changes)
    systems: Changes[TargetId] = field(default_factory=Changes)
    connections: Changes[TargetId] = field(default_factory=Changes)
    checks: Changes[CheckId] = field(default_factory=Changes)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many of each are added, changed and removed; what stays as it is is left out."""
        families = ("agencies", "contacts", "programmes", "systems", "connections", "checks")
        found = {name: getattr(self, name).counts() for name in families}
        return {name: counts for name, counts in found.items() if counts}


def changes(old: Mapping[K, V], new: Mapping[K, V], is_same: Callable[[V, V], bool]) -> Changes[K]:
    """Return what becomes of the things that ``old`` holds when ``new`` takes its place."""
    return Changes(
        added=frozenset(new.keys() - old.keys()),
        changed=frozenset(
            name
            for name, thing in new.items()
            if name in old and thing is not old[name] and not is_same(thing, old[name])
        ),
        removed=frozenset(old.keys() - new.keys()),
    )


def difference(old: Inventory, new: Inventory) -> Difference:
    """Return what becomes of everything when ``new`` takes the place of ``old``."""
    return Difference(
        agencies=changes(old.agencies, new.agencies, _is_equal),
        contacts=changes(old.contacts, new.contacts, _is_equal),
        programmes=changes(old.programmes, new.programmes, _is_equal),
        systems=changes(old.systems, new.systems, _is_equal),
        connections=changes(old.connections, new.connections, _is_equal),
        checks=changes(old.checks, new.checks, _is_configured_alike),
    )


def keeping(old: Inventory, new: Inventory) -> Inventory:
    """Return ``new`` with those systems and connections of ``old`` that did not change, the very same objects."""
    return replace(new, systems=_kept(old.systems, new.systems), connections=_kept(old.connections, new.connections))


def _kept(old: Mapping[K, V], new: Mapping[K, V]) -> Mapping[K, V]:
    return {name: old[name] if name in old and old[name] == thing else thing for name, thing in new.items()}


def _is_equal(one: object, other: object) -> bool:
    return one == other


def _is_configured_alike(one: Check, other: Check) -> bool:
    return one.fingerprint == other.fingerprint
