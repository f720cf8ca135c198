"""What was perhaps meant by a name that does not exist: part by part, so that any inventory is searched quickly."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from monitor.inventory import Inventory, TargetId

COMPARED = 400
"""Names compared at most; each takes difflib some 30 µs."""
LENGTH = 80
"""Characters of the wanted name that count; ids are shorter, and comparing takes the product of the lengths."""
CUTOFF = 0.5


def nearest(wanted: str, names: Iterable[str], most: int = 5) -> list[str]:
    """Return the names most like the wanted one, the best first."""
    wanted = wanted[:LENGTH].lower()
    # Those with the same first letter first: where there are too many, they are the likely ones.
    likely = sorted(names, key=lambda name: not name.startswith(wanted[:1]))[:COMPARED]
    return get_close_matches(wanted, likely, most, CUTOFF)


def nearest_checks(wanted: str, inventory: Inventory, most: int = 5) -> list[str]:
    """Return the ids of the checks most like the wanted one, the best first."""
    agency, _, rest = wanted.partition("/")
    target, _, check = rest.partition("/")
    found: list[str] = []
    for owner in _exact_or_near(agency, inventory.agencies, 3):
        prefix = f"{owner}/"
        short = [one.removeprefix(prefix) for one in inventory.checks_of if one.startswith(prefix)]
        for name in _exact_or_near(target, short, 3):
            checks = [one.rpartition("/")[2] for one in inventory.checks_of[TargetId(prefix + name)]]
            likely = _exact_or_near(check, checks, 3) or checks[:3]
            found += [f"{prefix}{name}/{one}" for one in likely]
    return nearest(wanted, found, most) or found[:most]


def nearest_targets(wanted: str, targets: Collection[str], inventory: Inventory, most: int = 5) -> list[str]:
    """Return those of the targets whose ids are most like the wanted one, the best first."""
    agency, _, name = wanted.partition("/")
    found: list[str] = []
    for owner in _exact_or_near(agency, inventory.agencies, 3):
        prefix = f"{owner}/"
        short = [one.removeprefix(prefix) for one in targets if one.startswith(prefix)]
        found += [f"{prefix}{one}" for one in _exact_or_near(name, short, 3) or short[:3]]
    return nearest(wanted, found, most) or found[:most]


def _exact_or_near(wanted: str, names: Iterable[str], most: int) -> list[str]:
    every = list(names)
    return [wanted] if wanted in every else nearest(wanted, every, most)
