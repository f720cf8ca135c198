"""Counting: how many checks stand how, and which to show first. Lets others have the loop while it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.inventory import Check, Inventory
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed
from monitor.web.listing import breathing

SEVERITY = {Status.DOWN: 0, Status.DEGRADED: 1, Status.UNKNOWN: 2, Status.UP: 3}


@dataclass(slots=True)
class Tally:
    """Numbers of checks. Those in a maintenance window are counted there and nowhere else."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    maintenance: int = 0
    pending: int = 0
    """Those of the unknown ones that wait for the end of their first run."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.up + self.degraded + self.down + self.unknown + self.maintenance

    @property
    def broken(self) -> int:
        """Those that need somebody."""
        return self.degraded + self.down + self.unknown - self.pending

    def add(self, state: Confirmed) -> None:
        """Count one check."""
        name = "maintenance" if state.maintenance else str(state.status)
        setattr(self, name, getattr(self, name) + 1)
        if state.reason is Reason.PENDING and not state.maintenance:
            self.pending += 1


@dataclass(slots=True)
class Survey:
    """What the landing page shows.

    Attributes:
        shown: Checks to list with their states, in the order of the page.
    """

    all: Tally = field(default_factory=Tally)
    agencies: dict[str, Tally] = field(default_factory=dict)
    shown: list[tuple[Check, Confirmed]] = field(default_factory=list)

    @property
    def worst_first(self) -> list[str]:
        """Agency ids, those with the most down first."""
        return sorted(self.agencies, key=self._badness)

    def _badness(self, agency: str) -> tuple[int, int, int, str]:
        tally = self.agencies[agency]
        return (-tally.down, -tally.degraded, -(tally.unknown - tally.pending), agency)


async def survey(inventory: Inventory, state: Callable[[str], Confirmed], agency: str | None) -> Survey:
    """Return the numbers, and the checks that are not up; with an agency, all checks of that one."""
    found = Survey(agencies={one: Tally() for one in inventory.agencies})
    async for check in breathing(inventory.checks.values()):
        now = state(check.id)
        found.all.add(now)
        found.agencies.setdefault(check.agency, Tally()).add(now)
        if check.agency == agency if agency else now.status is not Status.UP and now.reason is not Reason.PENDING:
            found.shown.append((check, now))
    place = {one: number for number, one in enumerate(found.worst_first)}
    found.shown.sort(
        key=lambda entry: (
            place[entry[0].agency],
            entry[1].maintenance,
            SEVERITY[entry[1].status],
            entry[1].since,
            entry[0].id,
        )
    )
    return found
