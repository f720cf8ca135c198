"""Whether the pace is enough is known of what checks count, too: the number of each day is kept over restarts."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from judge.watch import START, check, inventory, replaced, system

from monitor.clock import SystemClock
from monitor.inventory import Agency, AgencyClass, ByCheck, ByReport, Population, Programme, ProgrammeId, Report
from monitor.judge.coverage import census, coverage
from monitor.observation import Reason, Status
from monitor.outcome import PENDING, Confirmed
from monitor.sinks.history import Counts, DayCount, Ledger
from monitor.vitals import Vitals

EMC = ProgrammeId("emc")
AGENCIES = [Agency(id=f"a{number}", agency_class=AgencyClass.CITY, name="A") for number in range(10)]
POPULATION = Population(classes=frozenset({AgencyClass.CITY}))
UP, DOWN = Confirmed(Status.UP, None, START), Confirmed(Status.DOWN, Reason.REFUSED, START)
OURS = Confirmed(Status.UNKNOWN, Reason.NETWORK, START)
DAY = date(2026, 5, 4)


def programme(**changes):
    facts = {"deadline": date(2026, 12, 31), "measured": ByCheck(), "population": POPULATION} | changes
    return Programme(id=EMC, name="EMC", **facts)


def country(one):
    systems = [system(f"{agency.id}/one-stop", programmes=frozenset({EMC})) for agency in AGENCIES]
    there = inventory([check(f"{agency.id}/one-stop/emc") for agency in AGENCIES], systems, agencies=AGENCIES)
    return replace(there, programmes={EMC: one})


def noon(day):
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


class Land:
    """A country whose first so many agencies are up, and what was recorded of it."""

    def __init__(self, one=None, record=None):
        self.there = country(one or programme())
        self.states = {}
        self.recorded = []
        self.counts = Counts(self.state, record or (lambda *count: self.recorded.append(count)))
        self.counts(replaced(self.there))
        self.monotonic = 0.0

    def state(self, subject):
        return self.states.get(subject, PENDING)

    def stand(self, up, unknown=0):
        ids = sorted(self.there.checks)
        states = [UP] * up + [DOWN] * (len(ids) - up - unknown) + [OURS] * unknown
        self.states = dict(zip(ids, states, strict=True))

    def look(self, day, after=600.0):
        self.monotonic += after
        self.counts.look(noon(day), self.monotonic)


def test_programme_is_counted_every_ten_minutes():
    land = Land()
    land.stand(4)
    land.look(DAY)
    for _ in range(9):
        land.look(DAY, after=60.0)
    land.look(DAY, after=60.0)

    assert land.recorded == [(EMC, DayCount(DAY, 4, 10))] * 2


@pytest.mark.parametrize(("unknown", "is_recorded"), [(0, True), (1, True), (2, False), (10, False)])
def test_number_of_which_too_little_is_known_is_none(unknown, is_recorded):
    land = Land()
    land.stand(0 if unknown == 10 else 4, unknown)
    land.look(DAY)

    assert bool(land.recorded) is is_recorded


def test_nothing_is_recorded_before_checks_have_run():
    land = Land()
    land.look(DAY)

    assert land.recorded == []


def test_day_is_that_of_the_country():
    land = Land()
    land.stand(4)
    land.counts.look(datetime(2026, 5, 4, 17, 30, tzinfo=UTC), 600.0)

    assert land.recorded[0][1].day == date(2026, 5, 5)


def test_what_has_dates_of_its_own_is_not_recorded():
    land = Land(programme(measured=ByReport()))
    land.stand(4)
    land.look(DAY)

    assert land.recorded == []


@contextlib.asynccontextmanager
async def keeping(file):
    ledger = Ledger(file, SystemClock(), Vitals(), lambda *_: None, keep_days=400)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.close()


def found(land, ledger, today, one=None):
    one = one or land.there.programmes[EMC]
    return coverage(one, census(one, land.there), land.state, today, ledger.counted(EMC))


async def test_pace_outlives_a_restart(tmp_path):
    file = tmp_path / "history.db"
    for number, up in enumerate((2, 2, 3, 4)):
        async with keeping(file) as ledger:
            land = Land(record=ledger.record)
            land.stand(up)
            land.look(DAY + timedelta(days=10 * number))
    async with keeping(file) as ledger:
        land = Land()
        land.stand(4)
        seen = found(land, ledger, DAY + timedelta(days=30)).pace

    assert seen.per_day == pytest.approx(2 / 30)
    assert (seen.reached_on, seen.is_enough) == (DAY + timedelta(days=120), True)


async def test_outage_at_the_end_of_a_day_takes_nothing_back(tmp_path):
    async with keeping(tmp_path / "history.db") as ledger:
        land = Land(record=ledger.record)
        for day, ups in ((DAY, (2, 1)), (DAY + timedelta(days=10), (5, 0))):
            for up in ups:
                land.stand(up)
                land.look(day)
    async with keeping(tmp_path / "history.db") as ledger:
        seen = found(land, ledger, DAY + timedelta(days=10))
        assert ledger.counted(EMC) == [DayCount(DAY, 2, 10), DayCount(DAY + timedelta(days=10), 5, 10)]

    assert seen.connected == 0
    assert seen.pace.per_day == pytest.approx(0.3)


async def test_days_on_which_others_were_asked_for_are_no_pace(tmp_path):
    async with keeping(tmp_path / "history.db") as ledger:
        ledger.record(EMC, DayCount(DAY - timedelta(days=40), 1, 3))
        ledger.record(EMC, DayCount(DAY - timedelta(days=10), 2, 10))
    async with keeping(tmp_path / "history.db") as ledger:
        land = Land()
        land.stand(4)
        seen = found(land, ledger, DAY).pace

    assert seen.per_day == pytest.approx(0.2)


async def test_first_day_alone_says_nothing_of_the_pace(tmp_path):
    async with keeping(tmp_path / "history.db") as ledger:
        ledger.record(EMC, DayCount(DAY, 4, 10))
    async with keeping(tmp_path / "history.db") as ledger:
        land = Land()
        land.stand(4)
        seen = found(land, ledger, DAY).pace

    assert (seen.per_day, seen.is_enough) == (None, None)
    assert seen.needed_per_day is not None


async def test_pace_of_every_kind_is_known(tmp_path):
    """Connections and reports have dates of their own, which tests/judge/test_coverage.py shows; so have numbers."""
    two, four = ((DAY - timedelta(days=20), 2), (DAY, 4))
    reports = tuple(Report(member="", value=value, on=day, source="12/BC") for day, value in (two, four))
    summed = programme(measured=ByReport(), population=Population(count=10), reports=reports)
    async with keeping(tmp_path / "history.db") as ledger:
        seen = found(Land(summed), ledger, DAY).pace

    assert (seen.per_day, seen.is_enough) == (pytest.approx(0.1), True)
