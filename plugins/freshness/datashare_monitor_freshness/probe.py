"""The probe of kind ``freshness``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from datashare_monitor_freshness.service_time import ServiceTime, service_time
from monitor.plugin import (
    Duration,
    Observation,
    ProbeError,
    Reason,
    Source,
    Url,
    Vantage,
    degraded,
    down,
    up,
    written_duration,
)
from monitor.plugin.cells import CLOCK_TOLERANCE, time_of
from monitor.plugin.measures import LAST_RECORD

VIETNAM = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """Down once the newest record published at ``url``, or that a source holds, is older than ``max_age``.

    The answer at ``url`` is a JSON object whose ``newest_record`` is a time with its zone:
    ``2026-05-04T08:00:00+07:00``.
    With ``hours`` or ``working_days`` an age is counted in service time only: a record of Friday evening is not old
    on Monday morning.

    Attributes:
        url: Where the system publishes it.
        source: Or the source that holds the records.
        column: The time of a record of the source; of several rows the newest counts.
        max_age: Down when it is older.
        degraded_age: Degraded when it is older.
        hours: When the service is on duty, ``{days: mon-fri, from: "07:00", to: "18:00"}``.
        working_days: Whether the service rests on public holidays of Việt Nam, and at weekends unless ``hours`` says
            otherwise; a Saturday that is worked in return for a day off counts.
        extra_days_off: Days off by a decree that the calendar does not know yet; needs ``working_days``.
        extra_working_days: And days that are worked in return, at weekends too.
        time_zone: Of the hours, Asia/Ho_Chi_Minh unless set; when set, also of times that have no zone.
    """

    url: Url | None = None
    source: Source | None = None
    column: str | None = None
    max_age: Duration = timedelta(days=1)
    degraded_age: Duration | None = None
    hours: Mapping[str, str] | None = None
    working_days: bool = False
    extra_days_off: tuple[date, ...] = ()
    extra_working_days: tuple[date, ...] = ()
    time_zone: str | None = None

    def __post_init__(self) -> None:
        if (self.url is None) == (self.source is None):
            raise ValueError("write url or source, one of them")
        if (self.source is None) != (self.column is None):
            raise ValueError("write column with source, the one that holds the time of a record")
        if self.degraded_age is not None and self.degraded_age >= self.max_age:
            raise ValueError("degraded_age is not below max_age, so it would never be seen")
        self._service()

    async def observe(self, vantage: Vantage) -> Observation:
        """Read the time and compare it with now."""
        try:
            newest = await (self._published(vantage) if self.url is not None else self._newest(vantage))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            return down(Reason.CONTENT, f"no readable newest_record: {error!r:.200}")
        seen = LAST_RECORD(newest.timestamp())
        age = whole(vantage.now() - newest)
        if age < -CLOCK_TOLERANCE:
            return down(Reason.CONTENT, f"newest record lies {written_duration(-age)} in the future", seen)
        service = self._service()
        counted = age if service is None else whole(service.between(newest, vantage.now()))
        words = "" if service is None else " in service time"
        for limit, say in ((self.max_age, down), (self.degraded_age, degraded)):
            if limit is None:
                continue
            vantage.judged(
                f"newest record at most {written_duration(limit)} old{words}", counted, holds=counted <= limit
            )
            if counted > limit:
                old = f"newest record is {written_duration(counted)} old{words}, limit {written_duration(limit)}"
                return say(Reason.STALE, old, seen)
        return up(seen)

    async def _published(self, vantage: Vantage) -> datetime:
        body = await vantage.http.json(self.url or "")
        moment = datetime.fromisoformat(body["newest_record"])
        if moment.tzinfo is None and self.time_zone is None:
            raise ValueError("the time has no zone; write +07:00 behind it")
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone())).astimezone(UTC)

    async def _newest(self, vantage: Vantage) -> datetime:
        """Return the time of the newest row. What else is in the source is never shown."""
        newest, rows, column = None, 0, self.column or ""
        zone = self._zone() if self.time_zone else None
        assert self.source is not None  # noqa: S101 - for the type
        async for row in self.source.rows(vantage):
            rows += 1
            if column not in row:
                raise ProbeError(Reason.CONTENT, f"the source has no column {column}")
            cell = row[column]
            moment = time_of(cell, zone)
            if moment is None and cell is not None:
                raise ProbeError(Reason.CONTENT, f"a cell of {column} is no time")
            if moment is not None and (newest is None or moment > newest):
                newest = moment
        if newest is None:
            raise ProbeError(Reason.CONTENT, f"{column} is NULL" if rows else "the source has no row")
        return newest

    def _service(self) -> ServiceTime | None:
        zone = self._zone()
        off, worked = self.extra_days_off, self.extra_working_days
        if self.hours is None and not (self.working_days or off or worked):
            return None
        return service_time(self.hours, zone, working_days=self.working_days, off=off, worked=worked)

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.time_zone or VIETNAM)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'there is no time zone "{str(self.time_zone)[:40]}"; write {VIETNAM}') from None


def whole(duration: timedelta) -> timedelta:
    """Return a duration in whole seconds."""
    return timedelta(seconds=round(duration.total_seconds()))
