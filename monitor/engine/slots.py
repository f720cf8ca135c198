"""Slots: how many runs may be under way at once, and who goes first when there are too few."""

from collections import deque
from collections.abc import Iterator

from monitor.inventory import AgencyId, CheckId
from monitor.settings import Slots as Limits

KEPT_FREE = 0.25
"""Share of the process's slots that only agencies below an equal share may take: those that hang do not fill it."""


class Slots:
    """Runs under way in the process, for each agency and towards each target host, and the checks that wait for one.

    Of the agencies that wait, the one with the fewest runs under way goes first; within an agency the hosts take
    turns, and the checks of one host keep their order.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0
        self._of_agency: dict[AgencyId, int] = {}
        self._of_host: dict[str, int] = {}
        self._waiting: dict[AgencyId, dict[str, deque[CheckId]]] = {}
        self._waits: dict[CheckId, tuple[AgencyId, str]] = {}

    @property
    def waiting(self) -> int:
        """How many checks wait."""
        return len(self._waits)

    def admit(self, check_id: CheckId, agency: AgencyId, host: str) -> bool:
        """Take a slot for a run, or let the check wait for one and return False."""
        if self._waits:
            if check_id in self._waits:
                return False
            is_behind = host in self._waiting.get(agency, ())
        else:
            is_behind = False
        if is_behind or self.shortage(agency, host):
            self._waiting.setdefault(agency, {}).setdefault(host, deque()).append(check_id)
            self._waits[check_id] = (agency, host)
            return False
        self._take(agency, host)
        return True

    def release(self, agency: AgencyId, host: str) -> None:
        """Give back the slot of a run."""
        self._held -= 1
        self._of_agency[agency] -= 1
        if host:
            self._of_host[host] -= 1

    def tidy(self) -> None:
        """Forget agencies and hosts that hold nothing."""
        self._of_agency = {key: count for key, count in self._of_agency.items() if count}
        self._of_host = {key: count for key, count in self._of_host.items() if count}

    def withdraw(self, check_id: CheckId) -> None:
        """Let a check wait no longer."""
        place = self._waits.pop(check_id, None)
        if place is not None:
            self._waiting[place[0]][place[1]].remove(check_id)
            self._leave(*place)

    def admitted(self) -> Iterator[CheckId]:
        """Yield the waiting checks that may start now; each has its slot when it is yielded."""
        found = bool(self._waits)
        while found:
            found = False
            for agency in sorted(self._waiting, key=lambda agency: self._of_agency.get(agency, 0)):
                host = next((host for host in self._waiting[agency] if not self.shortage(agency, host)), None)
                if host is None:
                    continue
                queue = self._waiting[agency].pop(host)
                check_id = queue.popleft()
                if queue:
                    self._waiting[agency][host] = queue
                self._waiting[agency] = self._waiting.pop(agency)  # the last in line among equals
                self._leave(agency, host)
                del self._waits[check_id]
                self._take(agency, host)
                found = True
                yield check_id

    def shortage(self, agency: AgencyId, host: str) -> str | None:
        """Return which limit keeps a run from starting: process, agency or host; None when none does."""
        limits = self._limits
        held = self._of_agency.get(agency, 0)
        if self._held >= limits.process * (1 - KEPT_FREE):
            share = limits.process / (1 + sum(1 for count in self._of_agency.values() if count))
            if self._held >= limits.process or held >= share:
                return "process"
        if held >= limits.agency:
            return "agency"
        if host and self._of_host.get(host, 0) >= limits.host:
            return "host"
        return None

    def _take(self, agency: AgencyId, host: str) -> None:
        self._held += 1
        self._of_agency[agency] = self._of_agency.get(agency, 0) + 1
        if host:
            self._of_host[host] = self._of_host.get(host, 0) + 1

    def _leave(self, agency: AgencyId, host: str) -> None:
        hosts = self._waiting[agency]
        if host in hosts and not hosts[host]:
            del hosts[host]
        if not hosts:
            del self._waiting[agency]
