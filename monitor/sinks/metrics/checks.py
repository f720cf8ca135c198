"""The values about checks: turned into text after an outcome, and only those that changed.

What every run changes is turned into text once a scrape asks for it, or later outcomes of so many other checks have
come: of a check that looks every second, Prometheus sees one run in fifteen.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from operator import attrgetter

from monitor.inventory import Check, CheckId
from monitor.observation import Reason, Status
from monitor.outcome import NEVER, Confirmed, Outcome, StateChanged
from monitor.sinks.metrics import families
from monitor.sinks.metrics.agencies import Agencies
from monitor.sinks.metrics.column import Part, Style, states
from monitor.sinks.metrics.evidence import Evidence
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.line import ending, lines, pairs, quoted
from monitor.sinks.metrics.measures import Measures
from monitor.sinks.metrics.row import NO_PHASES, CheckRow, identity
from monitor.sinks.metrics.spent import STATES, put_spent
from monitor.sinks.metrics.store import Store

STATUS = {Status.DOWN: 0.0, Status.DEGRADED: 1.0, Status.UP: 2.0}
"""Unknown has no number: its sample is absent."""

MOST_BEHIND = 2_000
"""So many checks may have a newer outcome than their texts; with one more the first of them catches up."""
TOGETHER = 100
"""So many catch up at once when a scrape asks: about a millisecond."""

SPENT = states(families.CHECK_SECONDS, STATES)
PHASE_FAMILIES = (families.PHASES, *families.PHASES_OF.values())
MARKS = (families.CHECK_REASON, families.CHECK_INFO)


def status_of(row: CheckRow) -> float | None:
    """Return the number of the confirmed state."""
    return STATUS.get(row.confirmed.status)


def since_of(row: CheckRow) -> float | None:
    """Return when the confirmed state began; None before there was any."""
    return None if row.confirmed.since == NEVER else row.confirmed.since.timestamp()


def slow_of(row: CheckRow) -> float | None:
    """Return how many runs were slow; None without a latency objective."""
    return None if row.check.max_latency is None else row.slow


Single = tuple[Family, Callable[[CheckRow], float | None]]

SUCCESS: tuple[Single, ...] = ((families.PROBE_SUCCESS, attrgetter("success")),)
BEAT: tuple[Single, ...] = (
    (families.DURATION, attrgetter("duration")),
    (families.RUNS, attrgetter("runs")),
    (families.LAST_RUN, attrgetter("last_run")),
)
COUNTS: tuple[Single, ...] = ((families.FAILURES, attrgetter("failures")), (families.SLOW_RUNS, slow_of))
LAST_SUCCESS: tuple[Single, ...] = ((families.LAST_SUCCESS, attrgetter("last_success")),)
STATE: tuple[Single, ...] = (
    (families.CHECK_STATUS, status_of),
    (families.CHECK_MAINTENANCE, lambda row: float(row.confirmed.maintenance)),
    (families.CHECK_SINCE, since_of),
)
INTERVAL: tuple[Single, ...] = ((families.INTERVAL, lambda row: row.check.every.total_seconds()),)
SINGLES = (*SUCCESS, *BEAT, *COUNTS, *LAST_SUCCESS, *STATE, *INTERVAL)
"""Families with one value for each check, and where it is found; by when it changes."""


class Checks:
    """Rows and values of all checks."""

    def __init__(self, measures: Measures, agencies: Agencies, evidence: Evidence) -> None:
        self._parts: dict[str, tuple[Part, ...]] = {
            families.CHECK_SECONDS.name: SPENT,
            **{family.name: (Part(family.name, Style.MARK),) for family in MARKS},
            **{family.name: (Part(family.name, Style.LINES),) for family in PHASE_FAMILIES},
        }
        self.store = Store(families.OF_CHECKS, self._parts)
        self.rows: dict[CheckId, CheckRow] = {}
        self._behind: deque[CheckRow] = deque()
        self._measures = measures
        self._agencies = agencies
        self._evidence = evidence

    def replace(self, checks: Mapping[CheckId, Check], changed: AbstractSet[CheckId], monotonic: float) -> None:
        """Have rows for these checks and no others; those that ``changed`` are configured otherwise than before.

        New ones, and those that ``changed``, are awaited from ``monotonic`` on. Of thousands of checks that stay,
        the very same, each costs a look whether it is the same.
        """
        for check_id in self.rows.keys() - checks.keys():
            row = self.rows.pop(check_id)
            row.is_behind = False
            self.store.remove(row.slot)
            self._agencies.hold(row.check.agency, -1)
        measured = self._measures.declare(checks.values())
        self._parts |= {family.name: (self._measures.part(family),) for family in measured}
        self.store.declare((*families.OF_CHECKS, *measured))
        rows = self.rows
        fresh = [one for name, one in checks.items() if (had := rows.get(name)) is None or had.check is not one]
        for check in fresh:
            known = rows.get(check.id)
            if known is None:
                rows[check.id] = self._new(check, monotonic)
            else:
                if check.id in changed:
                    self._change(known, check)
                    known.awaited_since = monotonic
                known.check = check

    def take(self, outcome: Outcome, monotonic: float) -> CheckRow | None:
        """Take one run of a check, heard of just now; return its row, or None when the check is gone."""
        row = self.rows.get(outcome.check)
        if row is None:
            return None
        seen = outcome.observation
        if outcome.is_run:
            row.awaited_since = monotonic
            self._complete(row, outcome)
        if outcome.seconds is not None:
            row.seconds = outcome.seconds
        self._fall_behind(row)
        success = None if seen.status is Status.UNKNOWN else 0 if seen.status is Status.DOWN else 1
        if success is not row.success:
            row.success = success
            self._render(row, SUCCESS)
        self._settle(row, outcome.confirmed)
        if seen.readings or row.readings:
            self._measures.take(self.store, row, seen.readings)
        return row

    def count(self, check_id: CheckId, totals: Mapping[str, Mapping[tuple[str, ...], float]]) -> None:
        """Take new totals of a check's increments, by measure and label values."""
        row = self.rows.get(check_id)
        if row is not None:
            for name, sums in totals.items():
                self._measures.count(self.store, row, name, sums)

    def change(self, event: StateChanged) -> None:
        """Take a change that no outcome brought: a window opened or closed, or the check is overdue."""
        row = self.rows.get(CheckId(event.id))
        if row is None:
            return
        if event.now.status is Status.UNKNOWN and row.success is not None:
            row.success = None
            self._render(row, SUCCESS)
        self._settle(row, event.now)
        if event.seconds is not None:
            row.seconds = event.seconds
            self._fall_behind(row)

    def catch_up(self) -> Iterator[None]:
        """Turn into text what came since the last scrape, in steps that are quick to make."""
        for _ in range(0, len(self._behind), TOGETHER):
            for _ in range(min(TOGETHER, len(self._behind))):
                self._catch_up(self._behind.popleft())
            yield

    def _new(self, check: Check, monotonic: float) -> CheckRow:
        labels = identity(check)
        target = {"target": labels.pop("target")}
        row = CheckRow(check, self.store.add(check.target, f"{pairs(labels)},", pairs(target)), monotonic)
        self._agencies.hold(check.agency, 1)
        self._render(row, SINGLES)
        self._render_reason(row)
        put_spent(self.store, SPENT, row.slot, None, row.shown)
        self._render_info(row)
        return row

    def _complete(self, row: CheckRow, outcome: Outcome) -> None:
        row.runs += 1
        row.duration = outcome.duration_seconds
        row.last_run = outcome.started.timestamp()
        status, limit = outcome.observation.status, row.check.max_latency
        if status is Status.UP or status is Status.DEGRADED:
            row.last_success = row.last_run
        is_slow = limit is not None and status is not Status.UNKNOWN and row.duration > limit.total_seconds()
        if is_slow or status is Status.DOWN:
            row.slow += is_slow
            row.failures += status is Status.DOWN
            self._render(row, COUNTS)
        if row.check.phases:
            row.phases = outcome.phases

    def _fall_behind(self, row: CheckRow) -> None:
        if row.is_behind:
            return
        row.is_behind = True
        self._behind.append(row)
        if len(self._behind) > MOST_BEHIND:
            self._catch_up(self._behind.popleft())

    def _catch_up(self, row: CheckRow) -> None:
        if not row.is_behind:  # it has gone
            return
        row.is_behind = False
        put, slot = self.store.put, row.slot
        if row.duration is not None and row.last_run is not None:
            put(families.DURATION.name, slot, ending(row.duration))
            put(families.RUNS.name, slot, ending(row.runs))
            put(families.LAST_RUN.name, slot, ending(row.last_run))
        if row.last_success is not None:
            put(families.LAST_SUCCESS.name, slot, ending(row.last_success))
        put_spent(self.store, SPENT, slot, row.shown, row.seconds)
        self._agencies.add(row.check.agency, row.shown, row.seconds)
        row.shown = row.seconds
        self._evidence.take(row)
        if row.check.phases:
            self._render_phases(row)

    def _settle(self, row: CheckRow, confirmed: Confirmed) -> None:
        before = row.confirmed
        if confirmed is not before:
            row.confirmed = confirmed
            self._render(row, STATE)
            if confirmed.reason is not before.reason:
                self._render_reason(row)

    def _change(self, row: CheckRow, check: Check) -> None:
        if check.phases is not row.check.phases or check.kind != row.check.kind:
            row.phases = NO_PHASES
            self._render_phases(row)
        self._measures.forget(self.store, row, check)
        row.check = check
        self._render(row, (*INTERVAL, *COUNTS))
        self._render_info(row)

    def _render(self, row: CheckRow, singles: Iterable[Single]) -> None:
        for family, read in singles:
            value = read(row)
            self.store.put(family.name, row.slot, None if value is None else ending(value))

    def _render_reason(self, row: CheckRow) -> None:
        reason = row.confirmed.reason
        self.store.put(families.CHECK_REASON.name, row.slot, None if reason is None else REASONS[reason])

    def _render_info(self, row: CheckRow) -> None:
        check = row.check
        facts = {"placement": check.where, "plugin": check.plugin, "probe": check.kind}
        self.store.put(families.CHECK_INFO.name, row.slot, self._measures.shared(f"{pairs(facts)},"))

    def _render_phases(self, row: CheckRow) -> None:
        name = families.PHASES_OF.get(row.check.kind, families.PHASES).name
        labels = identity(row.check)
        block = lines((name, {**labels, "phase": phase}, seconds) for phase, seconds in row.phases.items())
        self.store.put(name, row.slot, block or None)


REASONS = {reason: f"reason={quoted(reason)}," for reason in Reason}
