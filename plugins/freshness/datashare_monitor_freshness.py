"""Probe kind ``freshness``: how old the newest record is that a system publishes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.plugin import Duration, Observation, ProbeKind, Reason, Url, Vantage, down, hookimpl, up, written_duration
from monitor.plugin.measures import LAST_RECORD

MONITOR_CONTRACT = 1

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far two clocks that are kept by NTP may at worst be apart."""


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """Down once the newest record published at ``url`` is older than ``max_age``.

    The answer is a JSON object whose ``newest_record`` is a time with its zone: ``2026-05-04T08:00:00+07:00``.

    Attributes:
        url: Where the system publishes it.
        max_age: Down when it is older.
    """

    url: Url
    max_age: Duration = timedelta(days=1)

    async def observe(self, vantage: Vantage) -> Observation:
        """Read the time and compare it with now."""
        body = await vantage.http.json(self.url)
        try:
            newest = _with_zone(datetime.fromisoformat(body["newest_record"])).astimezone(UTC)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            return down(Reason.CONTENT, f"no readable newest_record: {error!r:.200}")
        seen = LAST_RECORD(newest.timestamp())
        age = timedelta(seconds=round((vantage.now() - newest).total_seconds()))
        limit = written_duration(self.max_age)
        vantage.judged(f"newest record at most {limit} old", age, holds=age <= self.max_age)
        if age < -CLOCK_TOLERANCE:
            return down(Reason.CONTENT, f"newest record lies {written_duration(-age)} in the future", seen)
        if age > self.max_age:
            return down(Reason.STALE, f"newest record is {written_duration(age)} old, limit {limit}", seen)
        return up(seen)


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the time has no zone; write +07:00 behind it")
    return moment


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("freshness", Freshness, measures=[LAST_RECORD])
