"""Ids that checks and targets had before: what is kept of them is carried over."""

from collections.abc import Iterator

from monitor.inventory import AgencyId, Check, CheckId, Inventory, TargetId


def former_checks(inventory: Inventory, check: Check) -> Iterator[CheckId]:
    """Yield the ids under which a check may have been known, the likeliest first."""
    for name in _names(check.name, check.formerly):
        if "/" in name:
            yield CheckId(name)
        else:
            for target in (check.target, *former_targets(inventory, check.target)):
                if (check_id := f"{target}/{name}") != check.id:
                    yield CheckId(check_id)


def former_targets(inventory: Inventory, target_id: TargetId) -> Iterator[TargetId]:
    """Yield the ids under which a target may have been known: it was renamed, or its agency was."""
    target = inventory.target(target_id)
    agency_id, _, name = target_id.partition("/")
    agency = inventory.agencies.get(AgencyId(agency_id))
    for one in _names(name, target.formerly if target else ()):
        if "/" in one:
            yield TargetId(one)
        else:
            for owner in _names(agency_id, agency.formerly if agency else ()):
                if (former := f"{owner}/{one}") != target_id:
                    yield TargetId(former)


def _names(name: str, formerly: tuple[str, ...]) -> tuple[str, ...]:
    return (name, *formerly)
