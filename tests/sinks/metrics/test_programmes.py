"""Programmes are series: who is required and who is connected, agency by agency, absent while not known."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from judge.watch import check, inventory, system
from sinks.metrics.scraped import Scraped

from monitor.inventory import AgencyClass, ByCheck, ByReport, Population, Programme, Report
from monitor.observation import Status

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
EMC = Programme(
    id="emc",
    name="EMC",
    goal=0.9,
    deadline=date(2026, 12, 31),
    population=Population(classes=frozenset({AgencyClass.PROVINCE})),
    measured=ByCheck(check="emc"),
)
SERVICES = Programme(
    id="services",
    name="Dịch vụ",
    population=Population(count=53),
    measured=ByReport(),
    reports=(Report(member="", value=40.0, on=date(2026, 4, 1), source="12/BC"),),
)


def watch(*programmes):
    marks = frozenset({"emc"})
    systems = [system("a/portal", programmes=marks), system("b/portal", programmes=marks)]
    there = inventory([check("a/portal/emc"), check("b/portal/emc")], systems)
    return Scraped(replace(there, programmes={one.id: one for one in programmes}))


def connected(bench):
    return [bench.value("datashare_programme_connected", programme="emc", agency=one) for one in "ab"]


def test_agencies_are_connected_as_their_checks_are_up():
    bench = watch(EMC)

    before = connected(bench)
    bench.run("a/portal/emc", UP)
    bench.run("b/portal/emc", DOWN)
    after = connected(bench)
    bench.run("a/portal/emc", UNKNOWN)

    assert (before, after, connected(bench)) == ([None, None], [1, 0], [None, 0])
    assert bench.value("datashare_programme_required", programme="emc", agency="b") == 1
    assert bench.value("datashare_programme_goal_ratio", programme="emc") == 0.9
    end = datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert bench.value("datashare_programme_deadline_timestamp_seconds", programme="emc") == end.timestamp()


def test_number_without_names_has_no_agency():
    bench = watch(SERVICES)

    assert bench.value("datashare_programme_required", programme="services", agency="") == 53
    assert bench.value("datashare_programme_connected", programme="services", agency="") == 40


def test_programme_that_is_gone_goes_by_the_next_scrape():
    bench = watch(EMC, SERVICES)
    bench.text()

    bench.reload(replace(bench.inventory, programmes={EMC.id: EMC}))

    assert bench.samples("datashare_programme_goal_ratio", programme="services") == {}


def test_each_programme_is_in_one_slice():
    bench = watch(EMC, SERVICES)

    texts = [bench.text(index, 4) for index in range(4)]

    assert sum(text.count("datashare_programme_goal_ratio{") for text in texts) == 2


def test_scrapes_a_moment_apart_are_served_from_one_count():
    bench = watch(EMC)
    bench.text()
    bench.run("a/portal/emc", UP, every=1)

    assert connected(bench) == [None, None]
    bench.clock.advance(10)
    assert connected(bench) == [1, None]
