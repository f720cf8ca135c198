"""Counting: how many checks and systems stand how, and which checks come first. Lets others have the loop meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from monitor.inventory import Check, Inventory
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed
from monitor.web.listing import breathing

SEVERITY = {Status.DOWN: 0, Status.DEGRADED: 1, Status.UNKNOWN: 2, Status.UP: 3}


@dataclass(slots=True)
class Tally:
    """Numbers of checks, systems or connections. Those in a maintenance window are counted there and nowhere else."""

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
        """Count one."""
        name = "maintenance" if state.maintenance else str(state.status)
        setattr(self, name, getattr(self, name) + 1)
        if state.reason is Reason.PENDING and not state.maintenance:
            self.pending += 1


Listed = tuple[Check, Confirmed]


@dataclass(slots=True)
class Survey:
    """What the landing page shows.

    Attributes:
        all: Of the checks.
        agencies: Of the checks of each agency.
        systems: Of the systems at which a check looks; with an agency, of that one's.
        listed: Checks to show with their states, by agency.
    """

    all: Tally = field(default_factory=Tally)
    agencies: dict[str, Tally] = field(default_factory=dict)
    systems: Tally = field(default_factory=Tally)
    listed: dict[str, list[Listed]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many checks there are to show."""
        return sum(map(len, self.listed.values()))

    @property
    def worst_first(self) -> list[str]:
        """Agency ids, those with the most down first."""
        return sorted(self.agencies, key=self._badness)

    def window(self, start: int, length: int) -> Iterator[Listed]:
        """Yield the checks on a page: agencies with the most down first, in each the worst first, the longest first."""
        for agency in self.worst_first:
            entries = self.listed.get(agency, [])
            if start < len(entries) and length > 0:
                shown = sorted(entries, key=_urgency)[start : start + length]
                yield from shown
                length -= len(shown)
            start = max(0, start - len(entries))

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
            found.listed.setdefault(check.agency, []).append((check, now))
    async for system in breathing(inventory.systems.values()):
        if agency in {None, system.agency} and system.id in inventory.checks_of:
            found.systems.add(state(system.id))
    return found


def _urgency(entry: Listed) -> tuple[bool, int, datetime, str]:
    check, state = entry
    return (state.maintenance, SEVERITY[state.status], state.since, check.id)
