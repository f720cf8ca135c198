"""What one run has counted so far."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from datashare_monitor_usage.measures import BYTES, DURATION, ILLEGIBLE, REFUSED, TRANSACTIONS, Outcome, Refusal
from datashare_monitor_usage.names import Directory, Parties
from datashare_monitor_usage.window import digest
from monitor.plugin import Reading

MOST_SUMS = 4000
"""A run stops before its readings do not fit into what a process may say at once."""
MOST_NAMES = 10_000
MOST_UNASSIGNED = 50_000


class Sums:
    """What two parties have exchanged.

    Attributes:
        calls: By outcome and day.
        sizes: Bytes by day.
        seconds: By day.
        newest: When the newest call was made, in seconds since the epoch.
    """

    __slots__ = ("calls", "newest", "parties", "seconds", "sizes")

    def __init__(self, parties: Parties) -> None:
        self.parties = parties
        self.calls: Counter[tuple[Outcome, date]] = Counter()
        self.sizes: Counter[date] = Counter()
        self.seconds: dict[date, float] = {}
        self.newest = 0.0

    def add(
        self, outcome: Outcome, day: date, at: float, *, count: int = 1, size: int = 0, seconds: float = 0.0
    ) -> None:
        """Add calls that ended alike on one day."""
        self.calls[outcome, day] += count
        if size:
            self.sizes[day] += size
        if seconds:
            self.seconds[day] = self.seconds.get(day, 0.0) + seconds
        self.newest = max(self.newest, at)


class Tally:
    """Sums by parties, and what was refused.

    Attributes:
        told: Records that can never be counted, and that an earlier run has met.
        passed: The same, but told for long enough.
        legible: Records that say all they must, whether they count now, have been counted before or are left for later.
    """

    def __init__(self, directory: Directory) -> None:
        self.refused: Counter[Refusal] = Counter()
        self.told: Counter[Refusal] = Counter()
        self.passed: Counter[Refusal] = Counter()
        self.legible = 0
        self._directory = directory
        self._by_name: dict[tuple[str, Sequence[str]], Sums] = {}
        self._by_parties: dict[Parties, Sums] = {}
        self._unassigned: set[bytes] = set()

    def sums(self, consumer: str, services: tuple[str, ...] = ()) -> Sums:
        """Return where to add the calls of a consumer to a service, or those of a name of a connection."""
        name = (consumer, services)
        found = self._by_name.get(name)
        if found is None:
            parties = self._directory.parties(consumer, services)
            found = self._by_parties.setdefault(parties, Sums(parties))
            if len(self._by_name) >= MOST_NAMES:
                self._by_name.clear()
            self._by_name[name] = found
            if not parties.connection and len(self._unassigned) < MOST_UNASSIGNED:
                self._unassigned.add(digest("\0".join((consumer, *services))))
        return found

    @property
    def is_full(self) -> bool:
        """Whether the run had better end here."""
        return sum(len(sums.calls) for sums in self._by_parties.values()) >= MOST_SUMS

    @property
    def counted(self) -> int:
        """How many calls there were."""
        return sum(sums.calls.total() for sums in self._by_parties.values())

    @property
    def illegible(self) -> int:
        """How many records there were that can never be counted, without those that are passed over."""
        return sum(self.refused[reason] + self.told[reason] for reason in ILLEGIBLE)

    @property
    def unassigned(self) -> tuple[int, int]:
        """How many calls belong to no connection, and how many names they have."""
        found = [sums for parties, sums in self._by_parties.items() if not parties.connection]
        return sum(sums.calls.total() for sums in found), len(self._unassigned)

    def newest(self) -> Mapping[str, float]:
        """Return when the newest call of each connection was made that had any."""
        return {parties.connection: sums.newest for parties, sums in self._by_parties.items() if parties.connection}

    def readings(self) -> Iterator[Reading]:
        """Yield all increments. Connections between the same two parties are one series."""
        calls: Counter[tuple[str, str, Outcome, date]] = Counter()
        sizes: Counter[tuple[str, str, date]] = Counter()
        seconds: dict[tuple[str, str, date], float] = {}
        for parties, sums in self._by_parties.items():
            pair = (parties.consumer, parties.service)
            for (outcome, day), count in sums.calls.items():
                calls[*pair, outcome, day] += count
            for day, size in sums.sizes.items():
                sizes[*pair, day] += size
            for day, spent in sums.seconds.items():
                seconds[*pair, day] = seconds.get((*pair, day), 0.0) + spent
        for (consumer, service, outcome, day), count in calls.items():
            yield TRANSACTIONS(count, consumer=consumer, service=service, outcome=outcome).on(day)
        for (consumer, service, day), size in sizes.items():
            yield BYTES(size, consumer=consumer, service=service).on(day)
        for (consumer, service, day), spent in seconds.items():
            yield DURATION(spent, consumer=consumer, service=service).on(day)
        for reason, count in self.refused.items():
            yield REFUSED(count, reason=reason)
