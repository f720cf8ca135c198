"""What waits in a queue, a folder or a topic, and when that is too much or too old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.measure import Reading
from monitor.observation import Observation, Reason, degraded, down, up
from monitor.plugin.fields import Duration
from monitor.plugin.measures import BACKLOG, BACKLOG_BYTES, LAST_RECORD, OLDEST_WAITING
from monitor.plugin.quantities import written_duration
from monitor.plugin.vantage import Vantage

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far two clocks that are kept by NTP may at worst be apart."""
Complaint = tuple[bool, Reason, str]
"""Whether it is down, why, and what a person reads."""
PAIRS = (("degraded_age", "max_age"), ("degraded_wait", "max_wait"), ("degraded_backlog", "max_backlog"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What was found; a part that is not known is None.

    Attributes:
        noun: What the items are called, in the plural.
        count: How many wait.
        newest: When the newest was made.
        oldest: When the one was made that has waited longest.
        size: Of all together, in bytes.
        has_more: Whether there are more than ``count``: counting stopped, and times and sizes are those of a part.
    """

    noun: str
    count: int | None = None
    newest: datetime | None = None
    oldest: datetime | None = None
    size: int | None = None
    has_more: bool = False

    def readings(self) -> Iterator[Reading]:
        """Yield what is known for certain: nothing of a part."""
        if self.has_more:
            return
        if self.newest is not None:
            yield LAST_RECORD(self.newest.timestamp())
        if self.oldest is not None:
            yield OLDEST_WAITING(self.oldest.timestamp())
        if self.count is not None:
            yield BACKLOG(self.count)
        if self.size is not None:
            yield BACKLOG_BYTES(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When what waits is too much or too old. A limit that is not set is not looked at.

    Attributes:
        max_age: Down once the newest item is older, and when there is none.
        degraded_age: Degraded once the newest item is older.
        max_wait: Down once an item has waited longer.
        degraded_wait: Degraded once an item has waited longer.
        max_backlog: Down when more items wait.
        degraded_backlog: Degraded when more items wait.
    """

    max_age: Duration | None = None
    degraded_age: Duration | None = None
    max_wait: Duration | None = None
    degraded_wait: Duration | None = None
    max_backlog: int | None = None
    degraded_backlog: int | None = None

    def __post_init__(self) -> None:
        for milder, harder in PAIRS:
            low, high = getattr(self, milder), getattr(self, harder)
            if low is not None and high is not None and low > high:
                raise ValueError(f"{milder} is above {harder}; write a smaller one")
        for name in ("max_backlog", "degraded_backlog"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} is {value}; write 0 or more")

    @property
    def needs_newest(self) -> bool:
        """Whether the newest item's time matters."""
        return self.max_age is not None or self.degraded_age is not None

    @property
    def needs_oldest(self) -> bool:
        """Whether the oldest item's time matters."""
        return self.max_wait is not None or self.degraded_wait is not None

    @property
    def needs_count(self) -> bool:
        """Whether the number of items matters."""
        return self.max_backlog is not None or self.degraded_backlog is not None

    def judge(self, found: Waiting, vantage: Vantage, *seen: Reading) -> Observation:
        """Return the verdict on what was found, with ``seen`` and all that is known for certain as readings."""
        readings = (*seen, *found.readings())
        mild: Observation | None = None
        for is_down, reason, detail in self._complaints(found, vantage):
            if is_down:
                return down(reason, detail, *readings)
            mild = mild or degraded(reason, detail, *readings)
        return mild or up(*readings, detail=told(found, vantage.now()))

    def _complaints(self, found: Waiting, vantage: Vantage) -> Iterator[Complaint]:
        if found.count is not None:
            yield from self._of_number(found, found.count, vantage)
        if found.has_more:
            yield True, Reason.TOO_LARGE, f"more than {found.count} {found.noun}, where counting stops"
        else:
            yield from self._of_missing(found)
            yield from self._of_time(found, vantage)

    def _of_number(self, found: Waiting, count: int, vantage: Vantage) -> Iterator[Complaint]:
        more = "more than " if found.has_more else ""
        for is_down, limit in ((True, self.max_backlog), (False, self.degraded_backlog)):
            if limit is not None:
                vantage.judged(f"at most {limit} {found.noun} wait", count, holds=count <= limit)
                if count > limit:
                    yield is_down, Reason.BACKLOG, f"{more}{count} {found.noun} wait, limit {limit}"

    def _of_missing(self, found: Waiting) -> Iterator[Complaint]:
        if found.newest is None and self.needs_newest:
            if found.count:
                yield True, Reason.CONTENT, f"the {found.noun} have no time to tell their age by"
            else:
                is_down, limit = self.max_age is not None, self.max_age or self.degraded_age or timedelta()
                detail = f"there are no {found.noun}, and the newest may be {written_duration(limit)} old"
                yield is_down, Reason.STALE, detail
        if found.oldest is None and self.needs_oldest and found.count:
            yield True, Reason.CONTENT, f"the {found.noun} have no time to tell their wait by"

    def _of_time(self, found: Waiting, vantage: Vantage) -> Iterator[Complaint]:
        now = vantage.now()
        limits = (
            ("newest", found.newest, "is", Reason.STALE, self.max_age, self.degraded_age),
            ("oldest", found.oldest, "has waited", Reason.BACKLOG, self.max_wait, self.degraded_wait),
        )
        for which, moment, verb, reason, hard, soft in limits:
            if moment is None:
                continue
            age = rounded(now - moment)
            if age < -CLOCK_TOLERANCE:
                detail = f"the {which} of the {found.noun} lies {written_duration(-age)} in the future"
                yield True, Reason.CONTENT, detail
            for is_down, limit in ((True, hard), (False, soft)):
                if limit is not None:
                    said = f"the {which} of the {found.noun} {verb} {written_duration(max(age, timedelta()))}"
                    said += " old" if reason is Reason.STALE else ""
                    vantage.judged(f"{said}, limit {written_duration(limit)}", age, holds=age <= limit)
                    if age > limit:
                        yield is_down, reason, f"{said}, limit {written_duration(limit)}"


def told(found: Waiting, now: datetime) -> str:
    """Return what was found in a few words."""
    parts = [] if found.count is None else [f"{found.count} {found.noun}"]
    if found.newest is not None:
        parts.append(f"the newest {written_duration(max(rounded(now - found.newest), timedelta()))} old")
    return ", ".join(parts)


def rounded(span: timedelta) -> timedelta:
    """Return a span in whole seconds."""
    return timedelta(seconds=round(span.total_seconds()))
