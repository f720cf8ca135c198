"""A programme is counted by checks, connections or reports; the missing are named, and nothing is made up."""

from dataclasses import replace
from datetime import date

import pytest
from judge.watch import START, check, connection, inventory, system

from monitor.inventory import (
    Agency,
    AgencyClass,
    ByCheck,
    ByConnection,
    ByReport,
    Member,
    Population,
    Programme,
    Report,
    Stage,
    StageChange,
    SystemKind,
)
from monitor.judge.coverage import Membership, census, coverage
from monitor.observation import Reason, Status
from monitor.outcome import PENDING, Confirmed

TODAY = date(2026, 5, 4)
CONNECTED, MISSING, UNKNOWN = Membership.CONNECTED, Membership.MISSING, Membership.UNKNOWN
CITIES = Population(classes=frozenset({AgencyClass.CITY}))
AGENCIES = [
    Agency(id=name, agency_class=AgencyClass.CITY if name in "abc" else AgencyClass.MINISTRY, name=name.upper())
    for name in "cbam"
]


def programme(population=CITIES, measured=None, **facts):
    return Programme(id="emc", name="EMC", population=population, measured=measured or ByConnection(), **facts)


def link(agency, *stages, provider="m/emc", **facts):
    made = tuple(StageChange(stage=Stage(stage), on=date.fromisoformat(on)) for stage, on in stages)
    marks = facts.pop("programmes", frozenset({"emc"}))
    return connection(f"{agency}/{facts.pop('name', 'emc')}", provider, stages=made, programmes=marks, **facts)


def covered(one, systems=(), links=(), checks=(), states=None):
    there = inventory(checks, systems, links, agencies=AGENCIES)
    return coverage(one, census(one, there), lambda name: (states or {}).get(name, PENDING), TODAY)


def members(found):
    return {one.seat.id: one.membership for one in found.members}


UP = Confirmed(Status.UP, None, START)
SLOW = Confirmed(Status.DEGRADED, Reason.SLOW, START)
DOWN = Confirmed(Status.DOWN, Reason.REFUSED, START)
OURS = Confirmed(Status.UNKNOWN, Reason.NETWORK, START)
LIVE = ("live", "2026-02-01")


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([LIVE], CONNECTED),
        ([("testing", "2026-02-01")], MISSING),
        ([LIVE, ("suspended", "2026-03-01")], MISSING),
        ([LIVE, ("suspended", "2026-03-01"), ("live", "2026-04-01")], CONNECTED),
        ([("approved", "2026-02-01"), ("live", "2026-06-01")], MISSING),
        ([LIVE, ("retired", "2026-06-01")], CONNECTED),
        ([], MISSING),
    ],
)
def test_connection_counts_while_it_is_live(stages, expected):
    assert members(covered(programme(), links=[link("a", *stages)])) == {"a": expected, "b": MISSING, "c": MISSING}


def test_connection_is_live_since_it_last_became_so():
    stages = [LIVE, ("suspended", "2026-03-01"), ("live", "2026-04-01")]

    found = covered(programme(), links=[link("a", *stages)]).members[0]

    assert (found.since, found.evidence) == (date(2026, 4, 1), "a/emc")


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (ByConnection(), {"a": CONNECTED, "b": MISSING, "c": MISSING}),
        (ByConnection(provider="m/emc"), {"a": CONNECTED, "b": CONNECTED, "c": MISSING}),
        (ByConnection(kind=SystemKind.NATIONAL_DATABASE), {"a": MISSING, "b": MISSING, "c": CONNECTED}),
        (
            ByConnection(provider="m/emc", kind=SystemKind.NATIONAL_DATABASE),
            {"a": MISSING, "b": MISSING, "c": MISSING},
        ),
    ],
)
def test_connections_count_by_mark_by_provider_or_by_its_kind(measured, expected):
    systems = [system("m/emc"), system("m/db", kind=SystemKind.NATIONAL_DATABASE)]
    links = [
        link("a", LIVE),
        link("b", LIVE, programmes=frozenset()),
        link("c", LIVE, provider="m/db", programmes=frozenset()),
    ]

    assert members(covered(programme(measured=measured), systems, links)) == expected


def test_missing_one_is_overdue_by_its_own_date_or_else_the_programmes():
    one = programme(deadline=date(2026, 4, 30))
    links = [link("a", ("testing", "2026-02-01"), due=date(2026, 3, 4)), link("c", LIVE, due=date(2026, 1, 1))]

    found = covered(one, links=links)

    assert [(late.seat.id, late.days_overdue) for late in found.overdue] == [("a", 61), ("b", 4)]


def test_due_date_that_is_today_is_not_past():
    assert covered(programme(deadline=TODAY)).overdue == ()


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"a/p/emc": UP, "a/q/emc": UP}, CONNECTED),
        ({"a/p/emc": UP, "a/q/emc": SLOW}, CONNECTED),
        ({"a/p/emc": UP, "a/q/emc": DOWN}, MISSING),
        ({"a/p/emc": UP, "a/q/emc": OURS}, UNKNOWN),
        ({"a/p/emc": DOWN, "a/q/emc": OURS}, MISSING),
        ({}, UNKNOWN),
    ],
)
def test_agency_is_connected_while_all_its_checks_that_count_are_up(states, expected):
    kind = SystemKind.ADMINISTRATIVE_PROCEDURE
    systems = [system("a/p", kind=kind), system("a/q", kind=kind), system("a/other")]
    checks = [check(one) for one in ("a/p/emc", "a/p/page", "a/q/emc", "a/other/emc")]
    states = {"a/p/page": DOWN, "a/other/emc": DOWN, **states}

    found = covered(programme(measured=ByCheck(check="emc", kind=kind)), systems, (), checks, states)

    assert members(found) == {"a": expected, "b": UNKNOWN, "c": UNKNOWN}


def test_without_a_kind_the_systems_that_name_the_programme_count():
    systems = [system("a/p", programmes=frozenset({"emc"})), system("a/q")]
    checks = [check("a/p/x"), check("a/q/x")]

    found = covered(programme(measured=ByCheck()), systems, (), checks, {"a/p/x": UP, "a/q/x": DOWN})

    assert (found.members[0].membership, found.members[0].evidence) == (CONNECTED, "a/p/x")


def report(member, value, on, source="12/BC"):
    return Report(member=member, value=value, on=date.fromisoformat(on), source=source)


@pytest.mark.parametrize(
    ("reports", "expected", "since"),
    [
        ([], UNKNOWN, None),
        ([report("birth", 1, "2026-02-01")], CONNECTED, date(2026, 2, 1)),
        ([report("birth", 0, "2026-02-01")], MISSING, None),
        ([report("birth", 1, "2026-02-01"), report("birth", 0, "2026-03-01")], MISSING, None),
        ([report("birth", 0, "2026-02-01"), report("birth", 1, "2026-03-01")], CONNECTED, date(2026, 3, 1)),
        ([report("birth", 1, "2026-02-01"), report("birth", 2, "2026-03-01")], CONNECTED, date(2026, 2, 1)),
        ([report("birth", 1, "2026-06-01")], UNKNOWN, None),
        ([report("other", 1, "2026-02-01")], UNKNOWN, None),
    ],
)
def test_newest_report_of_a_member_counts(reports, expected, since):
    population = Population(members=(Member(id="birth", name="Khai sinh"),))

    found = covered(programme(population, ByReport(), reports=tuple(reports))).members[0]

    assert (found.membership, found.since) == (expected, since)
    assert found.evidence == ("12/BC" if expected is not UNKNOWN else "")


@pytest.mark.parametrize(
    ("reports", "connected", "ratio", "is_met"),
    [
        ([], None, None, None),
        ([report("", 20, "2026-01-01"), report("", 30, "2026-04-01")], 30, 0.6, False),
        ([report("", 45, "2026-04-01")], 45, 0.9, True),
        ([report("", 45, "2026-06-01")], None, None, None),
    ],
)
def test_number_without_names_is_the_newest_one_reported(reports, connected, ratio, is_met):
    found = covered(programme(Population(count=50), ByReport(), goal=0.9, reports=tuple(reports)))

    assert (found.required, found.needed, found.connected) == (50, 45, connected)
    assert (found.ratio, found.is_met, found.members) == (ratio, is_met, ())


@pytest.mark.parametrize(("goal", "needed"), [(1.0, 3), (0.9, 3), (0.5, 2), (2 / 3, 2), (0.01, 1)])
def test_goal_asks_for_whole_members(goal, needed):
    assert covered(programme(goal=goal)).needed == needed


def test_what_is_not_known_is_neither_connected_nor_missing():
    found = covered(programme(measured=ByCheck(check="emc")))

    assert (found.connected, found.ratio, found.is_met) == (None, None, None)
    assert (found.count(UNKNOWN), found.count(MISSING), found.overdue) == (3, 0, ())


def test_listed_agencies_are_the_population_and_those_that_are_gone_are_not():
    one = programme(Population(agencies=("m", "a", "gone")))

    assert [member.seat.id for member in covered(one).members] == ["a", "m"]


def test_pace_is_that_of_the_dates_on_which_connections_went_live():
    links = [link("a", ("live", "2026-04-04")), link("b", ("live", "2026-04-24"))]

    found = covered(programme(deadline=date(2026, 12, 31)), links=links)

    assert found.pace.per_day == pytest.approx(1 / 30)
    assert (found.pace.reached_on, found.pace.is_enough) == (date(2026, 6, 3), True)


def test_programme_that_does_not_say_of_whom_it_asks_what_is_not_counted():
    assert covered(replace(programme(), population=None, measured=None)) is None
