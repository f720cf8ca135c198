"""The lines about programmes: how many are required and connected, worked out anew when a scrape asks."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from monitor.inventory import Inventory, Programme, ProgrammeId
from monitor.judge.coverage import Coverage, Membership, Seat, State, census, coverage
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import Sample, lines
from monitor.sinks.metrics.store import place_of

STALE_AFTER = timedelta(seconds=10)
"""Slices of one scrape, and scrapes of two Prometheus servers, are served from one count."""
TOGETHER = 200


class Programmes:
    """Programmes of the inventory in force."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._inventory = Inventory()
        self._seats: dict[ProgrammeId, Sequence[Seat]] = {}
        self._samples: dict[str, list[Sample]] = {family.name: [] for family in families.OF_PROGRAMMES}
        self._counted: datetime | None = None

    @property
    def samples(self) -> int:
        """How many lines there were when last counted."""
        return sum(map(len, self._samples.values()))

    def replace(self, inventory: Inventory) -> None:
        """Count for this inventory from now on."""
        self._inventory = inventory
        self._seats = {}
        self._counted = None

    def refresh(self, now: datetime) -> None:
        """Count anew unless that was done a moment ago."""
        if self._counted is not None and timedelta(0) <= now - self._counted < STALE_AFTER:
            return
        self._counted = now
        today = now.astimezone(self._inventory.time_zone).date()
        self._samples = {family.name: [] for family in families.OF_PROGRAMMES}
        for programme in self._inventory.programmes.values():
            seats = self._seats.get(programme.id)
            if seats is None:
                seats = self._seats[programme.id] = census(programme, self._inventory)
            found = coverage(programme, seats, self._state, today)
            for sample in (*self._facts(programme), *(_counts(programme, found) if found else ())):
                self._samples[sample[0]].append(sample)

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        for family in families.OF_PROGRAMMES:
            yield family.header(openmetrics=openmetrics)
            chosen = [one for one in self._samples[family.name] if place_of(one[1]["programme"]) % count == index]
            for start in range(0, len(chosen), TOGETHER):
                yield lines(chosen[start : start + TOGETHER]).encode()

    def all(self, family: Family) -> list[Sample]:
        """Return all samples of a family."""
        return self._samples[family.name]

    def _facts(self, programme: Programme) -> Iterator[Sample]:
        labels = {"programme": programme.id}
        yield families.PROGRAMME_GOAL.name, labels, programme.goal
        if programme.deadline is not None:
            end = datetime.combine(programme.deadline + timedelta(days=1), time(), tzinfo=self._inventory.time_zone)
            yield families.PROGRAMME_DEADLINE.name, labels, end.timestamp()


def _counts(programme: Programme, found: Coverage) -> Iterator[Sample]:
    """Yield what is required and connected, agency by agency; of other members only their number."""
    if not found.members or not all(one.seat.is_agency for one in found.members):
        labels = {"agency": "", "programme": programme.id}
        yield families.PROGRAMME_REQUIRED.name, labels, found.required
        if found.connected is not None:
            yield families.PROGRAMME_CONNECTED.name, labels, found.connected
        return
    for one in found.members:
        labels = {"agency": one.seat.id, "programme": programme.id}
        yield families.PROGRAMME_REQUIRED.name, labels, 1.0
        if one.membership is not Membership.UNKNOWN:
            yield families.PROGRAMME_CONNECTED.name, labels, float(one.membership is Membership.CONNECTED)
