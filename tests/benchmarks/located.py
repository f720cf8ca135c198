"""``python -m tests.benchmarks.located CASE``: the judge's processor time, with paths to locate faults on or not."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from monitor.inventory import (
    Agency,
    AgencyClass,
    AgencyId,
    Check,
    CheckId,
    Connection,
    Inventory,
    Stage,
    StageChange,
    System,
    SystemKind,
    TargetId,
)
from monitor.judge import Judge
from monitor.observation import Observation, Reason, down, up
from monitor.outcome import InventoryReplaced, Outcome
from tests.benchmarks.part import Nothing

AGENCIES, SERVICES, RATE = 55, 40, 100
"""2,200 connections; outcomes a second."""
CHECKS = ("token", "lookup", "freshness")
OUTCOMES = 30_000
HUB_EVERY = 10 * RATE
HUB = TargetId("bo-khoa-hoc-va-cong-nghe/ndxp")
EVERY = timedelta(seconds=66)


@dataclass(slots=True)
class Beat:
    """A clock that moves by one outcome at a time."""

    at: datetime = datetime(2026, 5, 4, tzinfo=UTC)
    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.at

    def move(self) -> None:
        self.seconds += 1 / RATE
        self.at += timedelta(seconds=1 / RATE)


def country(*, has_paths: bool) -> Inventory:
    """Return 55 agencies that use 40 shared services each, through their own hub and the national one.

    Without paths they are as many systems with the same checks: what is then left out is locating.
    """
    agencies = {AgencyId(f"agency-{number}") for number in range(AGENCIES)}
    systems = [system(HUB, SystemKind.HUB)]
    systems += [system(TargetId(f"owner/db-{number}"), SystemKind.NATIONAL_DATABASE) for number in range(SERVICES)]
    systems += [system(TargetId(f"{agency}/lgsp"), SystemKind.HUB) for agency in sorted(agencies)]
    links = [
        Connection(
            id=TargetId(f"{agency}/service-{number}"),
            agency=agency,
            consumer=agency,
            provider=TargetId(f"owner/db-{number}"),
            via=(TargetId(f"{agency}/lgsp"), HUB),
            stages=(StageChange(stage=Stage.LIVE, on=date(2026, 1, 1)),),
        )
        for agency in sorted(agencies)
        for number in range(SERVICES)
    ]
    checks = [check(f"{one.id}/ping") for one in systems]
    checks += [check(f"{link.id}/{name}") for link in links for name in CHECKS]
    if not has_paths:
        links = [replace(link, via=(), provider=TargetId("nobody/none")) for link in links]
    owners = agencies | {one.agency for one in systems}
    return Inventory(
        agencies={one: Agency(id=one, agency_class=AgencyClass.PROVINCE, name=one) for one in owners},
        systems={one.id: one for one in systems},
        connections={one.id: one for one in links},
        checks={one.id: one for one in checks},
    )


def system(target: TargetId, kind: SystemKind) -> System:
    return System(id=target, agency=AgencyId(target.partition("/")[0]), kind=kind, name=target)


def check(name: str) -> Check:
    return Check(
        id=CheckId(name), kind="http", plugin="http", probe=Nothing(), every=EVERY, timeout=timedelta(seconds=5)
    )


def outcomes(case: str, inventory: Inventory) -> Iterator[tuple[CheckId, Observation]]:
    """Yield what is seen, without end: the same for both inventories."""
    checks = [one for one in inventory.checks if one != f"{HUB}/ping"]
    well, bad = up(), down(Reason.TIMEOUT, "no answer in time")
    number = 0
    is_down = False
    while True:
        if case == "hub" and number % HUB_EVERY in {0, 1}:
            is_down = is_down if number % HUB_EVERY else not is_down
            yield CheckId(f"{HUB}/ping"), bad if is_down else well
        elif case == "restless":
            # One check in five is bad for two rounds and well for two, which are two changes in four of its outcomes.
            place, turn = number % len(checks), number // len(checks)
            is_bad = place % 5 == 0 and turn % 4 in {1, 2}
            yield checks[number % len(checks)], bad if is_bad else well
        else:
            yield checks[number % len(checks)], well
        number += 1


def judged(case: str, *, has_paths: bool) -> tuple[float, float, int]:
    """Return seconds of processor for one outcome, the longest hold in seconds, and how many changes were told."""
    inventory, clock, told = country(has_paths=has_paths), Beat(), 0

    def emit(event: object) -> None:
        nonlocal told
        told += not isinstance(event, Outcome)

    judge = Judge(clock, emit, lambda *_: None)
    everything = frozenset(inventory.checks)
    judge.replace(InventoryReplaced(inventory=inventory, added=everything, changed=frozenset(), removed=frozenset()))
    seen = outcomes(case, inventory)
    longest = 0.0

    def take(count: int) -> None:
        nonlocal longest
        for number in range(count):
            check_id, observation = next(seen)
            clock.move()
            made = Outcome(
                check=check_id, vantage="x", started=clock.at, duration_seconds=0.01, observation=observation
            )
            began = time.perf_counter()
            judge.take(made)
            if number % RATE == 0:
                judge.advance(clock.at)
            longest = max(longest, time.perf_counter() - began)

    take(2 * len(inventory.checks))
    longest, told = 0.0, 0
    used = time.process_time()
    take(OUTCOMES)
    return (time.process_time() - used) / OUTCOMES, longest, told


def main() -> None:
    case = sys.argv[1]
    plain, _, _ = judged(case, has_paths=False)
    located, longest, told = judged(case, has_paths=True)
    expected = {"quiet": 0, "restless": OUTCOMES / 100, "hub": OUTCOMES // HUB_EVERY * AGENCIES * SERVICES / 2}
    if told < expected[case]:
        raise RuntimeError(f"only {told} changes were told: the case is not what it says")
    percent = 100 * RATE
    print(
        json.dumps(
            {
                "located": max(0.0, located - plain) * percent,
                "judged": located * percent,
                "longest_ms": longest * 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
