"""How often a heartbeat is expected: after an interval, or at the times of a cron table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

EXAMPLE = '"0 2 * * *"'
ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """So long after the one before."""

    length: timedelta

    def next(self, after: datetime) -> datetime:
        """Return when the next one is expected."""
        return after + self.length


@dataclass(frozen=True, slots=True)
class Cron:
    """At the times of a line of a cron table, as Debian's cron takes them when summer time begins and ends."""

    expression: str
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime:
        """Return the first time behind ``after``, in UTC."""
        return next(moment for moment in self._times(after) if moment > after)

    def _times(self, after: datetime) -> Iterator[datetime]:
        # In the hour that comes twice, cronsim may begin with times of the first pass when we ask in the second.
        for moment in CronSim(self.expression, after.astimezone(self.zone)):
            yield moment.astimezone(UTC)


@lru_cache(maxsize=1024)
def cron(expression: str, zone: ZoneInfo) -> Cron:
    """Return the rhythm of a line of a cron table.

    Raises:
        ValueError: It is none, or has no time at all.
    """
    if len(expression.split()) != 5:
        raise ValueError(f'"{expression[:60]}" is not a cron expression; write five fields, as in {EXAMPLE}')
    rhythm = Cron(expression, zone)
    try:
        rhythm.next(ANY_DAY)
    except CronSimError as error:
        raise ValueError(f'"{expression[:60]}" is not a cron expression ({error}); write {EXAMPLE}') from None
    except (RuntimeError, StopIteration):  # a generator turns the one into the other
        raise ValueError(f'"{expression[:60]}" is never due; write days that its months have') from None
    return rhythm
