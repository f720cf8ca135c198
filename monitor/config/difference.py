"""What a new inventory adds, changes and removes."""

from dataclasses import dataclass

from monitor.inventory import CheckId, Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Checks by what becomes of them.

    Attributes:
        changed: In both, but configured differently.
    """

    added: frozenset[CheckId]
    changed: frozenset[CheckId]
    removed: frozenset[CheckId]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def difference(old: Inventory, new: Inventory) -> Difference:
    """Return what becomes of the checks when ``new`` takes the place of ``old``."""
    return Difference(
        added=frozenset(new.checks.keys() - old.checks.keys()),
        changed=frozenset(
            name
            for name in new.checks.keys() & old.checks.keys()
            if new.checks[name] is not old.checks[name] and new.checks[name].fingerprint != old.checks[name].fingerprint
        ),
        removed=frozenset(old.checks.keys() - new.checks.keys()),
    )
