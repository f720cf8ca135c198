"""The probe of kind ``heartbeat``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from datashare_monitor_heartbeat.readings import Kind, declared, measure, of_runs
from datashare_monitor_heartbeat.rhythm import Cron, Interval, cron
from datashare_monitor_heartbeat.runs import Runs
from monitor.plugin import (
    Duration,
    Heartbeat,
    HeartbeatState,
    Measure,
    Observation,
    Reading,
    Reason,
    Secret,
    Vantage,
    down,
    unknown,
    up,
    written_duration,
)

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
MOST_READINGS = 50


@dataclass(frozen=True, kw_only=True)
class HeartbeatProbe:
    """Waits for a target that cannot be reached to report in, by a POST to ``/api/v1/heartbeats/AGENCY/TARGET/CHECK``.

    Silence is down (``silent``), and so is a reported failure (``self_reported``) until the next success. Before the
    first heartbeat the check is unknown (``pending``), until one is overdue. With a history the newest report outlives
    a restart of the monitor, for as long as it is good; what may have come meanwhile is never called silence.

    Attributes:
        token: What the sender must send as ``Authorization: Bearer TOKEN``; a changed one counts at once.
        interval: How long after a heartbeat the next one is expected.
        cron: When heartbeats are expected, instead of after an interval: minute, hour, day, month, day of the week.
        time_zone: That of ``cron``, ``Asia/Ho_Chi_Minh`` unless set. Days on which clocks change are kept as Debian's
            cron keeps them.
        grace: How much later than expected a heartbeat may come.
        max_runtime: How long after a ``start`` its ``success`` or ``fail`` may come; meanwhile none is overdue.
        readings: What heartbeats may report, by name: ``gauge``, or ``total`` for what only grows. They become
            ``probe_heartbeat_NAME``; write the base unit into the name, as in ``copied_bytes``.
        require_sent_at: Whether heartbeats must say when they were sent: one that is recorded and sent again is
            refused then, whatever else it says.
    """

    token: Secret
    interval: Duration | None = None
    cron: str | None = None
    time_zone: str | None = None
    grace: Duration = timedelta(minutes=5)
    max_runtime: Duration | None = None
    readings: Mapping[str, Kind] = field(default_factory=dict)
    require_sent_at: bool = False

    def __post_init__(self) -> None:
        if (self.interval is None) == (self.cron is None):
            raise ValueError('write one of interval, as in 1h, and cron, as in "0 2 * * *"')
        if self.time_zone is not None and self.cron is None:
            raise ValueError("time_zone is for cron; an interval has none, so leave it out")
        if len(self.readings) > MOST_READINGS:
            raise ValueError(f"{len(self.readings)} readings are too many for a check; declare at most {MOST_READINGS}")
        try:
            _ = self._zone
        except (ValueError, OSError, LookupError):
            zone = (self.time_zone or "")[:60]
            raise ValueError(f'"{zone}" is not a time zone; write one such as Asia/Ho_Chi_Minh or UTC') from None
        _ = self._rhythm
        taken = {"last_success_timestamp_seconds", "last_start_timestamp_seconds", "run_duration_seconds"}
        for name in (taken | {"due_timestamp_seconds"}) & self.readings.keys():
            raise ValueError(f'the reading "{name}" is measured here already; choose another name')
        self.measures()

    async def observe(self, vantage: Vantage) -> Observation:
        """Look into the inbox once."""
        vantage.reveal(self.token)  # without it nobody can report: silence would say nothing of the target
        inbox, now = vantage.inbox, vantage.now()
        runs = Runs.of(inbox)
        since = inbox.since
        if runs.newest is None:
            return self._nothing(self._at(since), self._rhythm.next(since), now)
        last = runs.newest.received
        due = self._rhythm.next(max(last, since))
        seen = (*of_runs(runs, due), *declared(self.readings, runs.success))
        if last < since and now > self._until(runs.newest):
            return self._nothing(f"{self._at(since)}, and before that none since {self._at(last)}", due, now, *seen)
        return self._running(runs, now, seen) or self._ended(runs, due, now, seen)

    def measures(self) -> list[Measure]:
        """Return the measures of the declared readings."""
        return [measure(name, kind) for name, kind in self.readings.items()]

    def heartbeat_token(self) -> Secret:
        """Return the secret that a sender must know."""
        return self.token

    def heartbeat_fault(self, heartbeat: Heartbeat) -> str:
        """Return why a heartbeat cannot be taken; empty when it can."""
        if self.require_sent_at and heartbeat.sent is None:
            return "this check takes heartbeats with sent_at only; send the time, as date -Is writes it"
        for name in heartbeat.readings:
            if name not in self.readings:
                known = ", ".join(self.readings) or "none"
                return f"the check declares no reading {name[:50]!r}; leave it out or declare it. Declared: {known}"
        return ""

    def _nothing(self, since: str, due: datetime, now: datetime, *seen: Reading) -> Observation:
        """Return the verdict when nothing that still counts has come; what came while we were away is not known."""
        if now > due + self.grace:
            return down(
                Reason.SILENT, f"no heartbeat has come since {since}; one was expected at {self._at(due)}", *seen
            )
        return unknown(
            Reason.PENDING, f"no heartbeat has come since {since}; one is expected at {self._at(due)}", *seen
        )

    def _until(self, newest: Heartbeat) -> datetime:
        """Return how long a heartbeat is good, if no other comes."""
        if newest.state is HeartbeatState.START and self.max_runtime is not None:
            return newest.received + self.max_runtime
        return self._rhythm.next(newest.received) + self.grace

    def _running(self, runs: Runs, now: datetime, seen: tuple[Reading, ...]) -> Observation | None:
        """Return the verdict on a run that has not ended; None when its time is not limited, or there is none."""
        if runs.start is None or not runs.is_running or self.max_runtime is None:
            return None
        if now - runs.start.received > self.max_runtime:
            begun = self._at(runs.start.received)
            return down(
                Reason.SILENT, f"the run of {begun} has not ended within {written_duration(self.max_runtime)}", *seen
            )
        if runs.end is None:
            return unknown(Reason.PENDING, f"the first run began at {self._at(runs.start.received)}", *seen)
        return self._reported(runs.end, seen)

    def _ended(self, runs: Runs, due: datetime, now: datetime, seen: tuple[Reading, ...]) -> Observation:
        if runs.end is not None and runs.end.state is HeartbeatState.FAIL:
            return self._reported(runs.end, seen)
        if now > due + self.grace:
            late = timedelta(seconds=round((now - due).total_seconds()))
            return down(
                Reason.SILENT, f"a heartbeat was expected at {self._at(due)}, {written_duration(late)} ago", *seen
            )
        if runs.end is None:
            return unknown(Reason.PENDING, "a run has begun, and none has ended yet", *seen)
        return self._reported(runs.end, seen)

    def _reported(self, end: Heartbeat, seen: tuple[Reading, ...]) -> Observation:
        message = f": {end.message}" if end.message else ""
        if end.state is HeartbeatState.FAIL:
            return down(Reason.SELF_REPORTED, f"reported a failure at {self._at(end.received)}{message}", *seen)
        return up(*seen, detail=f"reported success at {self._at(end.received)}{message}")

    def _at(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).isoformat(" ", "seconds")

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or DEFAULT_ZONE)

    @property
    def _rhythm(self) -> Interval | Cron:
        return Interval(self.interval) if self.interval is not None else cron(self.cron or "", self._zone)
