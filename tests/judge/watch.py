"""A judge on a fake clock, with what it emits, for the tests of the judge and of the sinks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fakeclock import FakeClock

from monitor.inventory import Agency, AgencyClass, Check, Connection, Inventory, System, SystemKind
from monitor.judge import Judge
from monitor.observation import Reason, Status, degraded, down, unknown, up
from monitor.outcome import InventoryReplaced, Outcome, StateChanged, Subject

START = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)

SEEN = {
    Status.UP: up(),
    Status.DEGRADED: degraded(Reason.SLOW, "took 3 s"),
    Status.DOWN: down(Reason.REFUSED, "refused"),
    Status.UNKNOWN: unknown(Reason.NETWORK, "our own network failed"),
}


class Nothing:
    async def observe(self, vantage):
        raise NotImplementedError


def check(check_id, every=30, timeout=5, **settings):
    return Check(
        id=check_id,
        kind=settings.pop("kind", "http"),
        plugin="http",
        probe=Nothing(),
        every=timedelta(seconds=every),
        timeout=timedelta(seconds=timeout),
        **settings,
    )


def system(target_id, **settings):
    return System(
        id=target_id,
        agency=target_id.partition("/")[0],
        kind=settings.pop("kind", SystemKind.OTHER),
        name=settings.pop("name", "Một hệ thống"),
        **settings,
    )


def connection(target_id, provider="b/db", **settings):
    agency = target_id.partition("/")[0]
    return Connection(id=target_id, agency=agency, consumer=agency, provider=provider, **settings)


def inventory(checks, systems=(), connections=(), zone="Asia/Ho_Chi_Minh", agencies=()):
    known = {one.id: one for one in agencies}
    for one in (*systems, *connections):
        known.setdefault(one.agency, Agency(id=one.agency, agency_class=AgencyClass.PROVINCE, name="Một tỉnh"))
    return Inventory(
        agencies=known,
        systems={one.id: one for one in systems},
        connections={one.id: one for one in connections},
        checks={one.id: one for one in checks},
        time_zone=ZoneInfo(zone),
    )


def replaced(new, old=None):
    before = {} if old is None else old.checks
    return InventoryReplaced(
        inventory=new,
        added=frozenset(new.checks.keys() - before.keys()),
        changed=frozenset(one for one in new.checks.keys() & before.keys() if new.checks[one] is not before[one]),
        removed=frozenset(before.keys() - new.checks.keys()),
        plugins={"http": "0.1.0"},
    )


def outcome(check_id, at, seen, **facts):
    return Outcome(
        check=check_id,
        vantage="test",
        started=at,
        duration_seconds=facts.pop("duration_seconds", 0.25),
        observation=SEEN[seen] if isinstance(seen, Status) else seen,
        **facts,
    )


class Bench:
    """A judge, its clock, its events and the rechecks it asked for."""

    def __init__(self, watched, at=START):
        self.clock = FakeClock(at)
        self.events = []
        self.rechecks = []
        self.inventory = watched
        self.judge = Judge(self.clock, self.events.append, lambda *asked: self.rechecks.append(asked))
        self.judge.replace(replaced(watched))

    def reload(self, watched):
        old, self.inventory = self.inventory, watched
        self.judge.replace(replaced(watched, old))

    def run(self, check_id, *seen, every=30):
        """Let the clock move by ``every`` before each run, then hand its outcome in."""
        for one in seen:
            self.clock.advance(every)
            self.judge.take(outcome(check_id, self.clock.now(), one))
        return self.judge.state(check_id)

    def advance(self, seconds):
        self.clock.advance(seconds)
        self.judge.advance(self.clock.now())

    def changes(self, subject=Subject.CHECK):
        return [event for event in self.events if isinstance(event, StateChanged) and event.subject is subject]

    def after(self, seconds):
        return START + timedelta(seconds=seconds)


def sum_of(account):
    return account.up + account.degraded + account.down + account.maintenance + account.unknown


def renamed(one, **changes):
    return replace(one, **changes)
