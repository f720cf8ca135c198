"""What is the matter with few targets is shown from the moment it is until it is not, with whom it concerns."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from datashare_monitor_reconcile.readings import COMPLETENESS
from datashare_monitor_usage.measures import COUNTED_UNTIL, LAST_CALL, TRANSACTIONS, UNCALLED_SINCE
from judge.watch import START, check, connection, inventory, system
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from sinks.metrics.scraped import Scraped

from monitor.inventory import Objective, Stage, StageChange, SuccessObjective
from monitor.measure import Label, Measure
from monitor.observation import Reason, Status, down, up
from monitor.plugin.measures import CERT_EXPIRY, LAST_RECORD
from monitor.rest import awake
from monitor.sinks.metrics import families
from monitor.sinks.metrics.families import OF_FINDINGS
from monitor.sinks.metrics.findings import STALE_AFTER_SECONDS, TOGETHER
from monitor.sinks.metrics.shown import TOGETHER as SHOWN_TOGETHER
from monitor.sinks.metrics.store import place_of

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
MEASURES = {
    measure.name: measure
    for measure in (
        LAST_RECORD, COMPLETENESS, CERT_EXPIRY, COUNTED_UNTIL, LAST_CALL, UNCALLED_SINCE, TRANSACTIONS,
    )
}  # fmt: skip
STALE, INCOMPLETE, ENDING, OVERDUE, DORMANT, FAILING, FAILED, CALLS, CONCERNED, PROVIDES = (
    family.name
    for family in (
        families.STALE_RECORD, families.INCOMPLETE, families.CERTIFICATE_ENDING, families.OVERDUE, families.DORMANT,
        families.FAILING, families.FAILED, families.CALLS, families.CONCERNED, families.PROVIDES,
    )
)  # fmt: skip
DAY = 86_400
NOW = START.timestamp()
SEEN = "ha-noi/lgsp/seen"
USAGE = "national/ndxp/usage"


def since(on, stage=Stage.LIVE):
    return (StageChange(stage=stage, on=on),)


HELD = Objective(freshness=timedelta(hours=1), completeness=0.995, success=SuccessObjective(rate=0.9, minimum=100))
HUB = system("ha-noi/lgsp", objective=HELD)
LINK = connection(
    "ha-noi/population", via=("ha-noi/lgsp",), owner="truc-ban", stages=since(date(2026, 1, 1)), objective=HELD
)
CHECKS = [
    check(SEEN, measures=MEASURES),
    check("ha-noi/lgsp/more", measures=MEASURES),
    check("ha-noi/population/lookup", measures=MEASURES),
    check(USAGE, kind="usage", measures=MEASURES),
]


def held(*links, checks=CHECKS, systems=(HUB,), zone="Asia/Ho_Chi_Minh"):
    return inventory(checks, [*systems, system("b/db"), system("national/ndxp")], links or [LINK], zone)


def watch(*links, **settings):
    return Scraped(held(*links, **settings))


def read(bench, *readings, check_id=SEEN):
    """Let a check read something, now."""
    bench.run(check_id, up(*readings), every=0)


def later(bench, seconds=STALE_AFTER_SECONDS):
    """Let the clock move on until a scrape looks anew."""
    bench.clock.advance(seconds)
    return bench


def found(bench, name):
    """Return the values of a finding by target."""
    return {
        f"{labels['agency']}/{labels['target']}": value
        for labels, value in ((_labels(line), value) for line, value in bench.samples(name).items())
    }


def _labels(line):
    inside = line.partition("{")[2].rpartition("}")[0]
    return dict(pair.split("=", 1) for pair in inside.replace('"', "").split(",") if "=" in pair)


def tell(bench, check_id=USAGE, consumer="ha-noi", service="b/db", **counted):
    """Let a ledger tell so many calls in all, by outcome."""
    bench.metrics.expect_totals()
    totals = {(consumer, service, outcome): float(total) for outcome, total in counted.items()}
    bench.metrics.count(check_id, {TRANSACTIONS.name: totals})


def an_hour_of(bench, **counted):
    """Let calls be counted in an hour after ten million in the years before."""
    tell(bench, ok=1e7, server_error=0, timeout=0, client_error=0, throttled=0)
    bench.text()
    before = {"ok": 1e7, "server_error": 0, "timeout": 0, "client_error": 0, "throttled": 0}
    later(bench)
    tell(bench, **{outcome: start + counted.get(outcome, 0) for outcome, start in before.items()})
    return bench


@pytest.mark.parametrize(("age", "is_stale"), [(0, False), (3600, False), (3601, True)])
def test_record_is_stale_once_it_is_older_than_the_objective(age, is_stale):
    bench = watch()

    read(bench, LAST_RECORD(NOW - age))

    assert found(bench, STALE) == ({"ha-noi/lgsp": NOW - age} if is_stale else {})


def test_record_grows_stale_without_any_run_and_a_new_one_ends_it():
    bench = watch()
    read(bench, LAST_RECORD(NOW))

    seen = [found(later(bench, 3600), STALE), found(later(bench), STALE)]
    read(bench, LAST_RECORD(bench.clock.now().timestamp()))
    seen.append(found(later(bench), STALE))

    assert seen == [{}, {"ha-noi/lgsp": NOW}, {}]


@pytest.mark.parametrize(("ratio", "is_incomplete"), [(1, False), (199 / 200, False), (0.9949, True), (0, True)])
def test_target_is_incomplete_below_its_objective(ratio, is_incomplete):
    bench = watch()

    read(bench, COMPLETENESS(ratio))

    assert found(bench, INCOMPLETE) == ({"ha-noi/lgsp": ratio} if is_incomplete else {})


@pytest.mark.parametrize(("left", "is_ending"), [(30 * DAY, False), (30 * DAY - 1, True), (0, True), (-DAY, True)])
def test_certificate_is_told_from_thirty_days_before_its_end_on(left, is_ending):
    bench = watch()

    read(bench, CERT_EXPIRY(NOW + left))

    assert found(bench, ENDING) == ({"ha-noi/lgsp": NOW + left} if is_ending else {})


def test_several_checks_of_a_target_are_one_by_the_newest_record_the_least_share_and_the_first_end():
    bench = watch()

    read(bench, LAST_RECORD(NOW - 9000), COMPLETENESS(0.5), CERT_EXPIRY(NOW + 5))
    read(bench, LAST_RECORD(NOW - 8000), COMPLETENESS(1), CERT_EXPIRY(NOW + 99 * DAY), check_id="ha-noi/lgsp/more")

    assert found(bench, STALE) == {"ha-noi/lgsp": NOW - 8000}
    assert found(bench, INCOMPLETE) == {"ha-noi/lgsp": 0.5}
    assert found(bench, ENDING) == {"ha-noi/lgsp": NOW + 5}


@pytest.mark.parametrize("failed", [down(Reason.TIMEOUT, "no answer"), UNKNOWN])
def test_run_that_reads_nothing_ends_what_the_one_before_has_found(failed):
    bench = watch()
    read(bench, LAST_RECORD(0), COMPLETENESS(0), CERT_EXPIRY(0))
    before = [found(bench, name) for name in (STALE, INCOMPLETE, ENDING)]

    bench.run(SEEN, failed)

    assert before == [{"ha-noi/lgsp": 0}] * 3
    assert [found(bench, name) for name in (STALE, INCOMPLETE, ENDING)] == [{}] * 3


def test_measure_of_another_plugin_under_the_same_name_finds_nothing():
    other = Measure(LAST_RECORD.name, "Of each table.", labels=(Label.of("table", ("a", "b")),))
    bench = watch(checks=[check(SEEN, measures={other.name: other})])

    read(bench, other(0, table="a"), other(0, table="b"))

    assert len(bench.samples(f"datashare_{other.name}")) == 2
    assert found(bench, STALE) == {}


def test_objective_that_a_reload_changes_holds_at_once():
    bench = watch()
    read(bench, LAST_RECORD(NOW - 3000), COMPLETENESS(0.997))
    before = [found(bench, name) for name in (STALE, INCOMPLETE)]

    stricter = replace(HUB, objective=Objective(freshness=timedelta(seconds=60), completeness=0.999))
    bench.reload(held(systems=[stricter]))
    stricter_found = [found(bench, name) for name in (STALE, INCOMPLETE)]
    bench.reload(held(systems=[replace(HUB, objective=Objective())]))

    assert before == [{}, {}]
    assert stricter_found == [{"ha-noi/lgsp": NOW - 3000}, {"ha-noi/lgsp": 0.997}]
    assert [found(bench, name) for name in (STALE, INCOMPLETE)] == [{}, {}]


def test_findings_of_a_check_go_with_it():
    bench = watch()
    read(bench, LAST_RECORD(0), CERT_EXPIRY(0))
    before = found(bench, STALE)

    bench.reload(held(checks=CHECKS[1:]))
    without = (found(bench, STALE), found(bench, ENDING))
    bench.reload(held())

    assert before == {"ha-noi/lgsp": 0}
    assert without == (found(bench, STALE), found(bench, ENDING)) == ({}, {})


def test_findings_of_a_check_end_when_it_is_of_a_kind_that_does_not_read_them():
    bench = watch()
    read(bench, LAST_RECORD(0), CERT_EXPIRY(0))
    bench.text()

    other = check(SEEN, kind="tls", measures={CERT_EXPIRY.name: CERT_EXPIRY})
    bench.reload(held(checks=[other, *CHECKS[1:]]))

    assert (found(bench, STALE), found(bench, ENDING)) == ({}, {"ha-noi/lgsp": 0})


def test_nothing_is_left_of_a_target_that_is_gone():
    bench = watch(replace(LINK, due=date(2026, 1, 2), stages=()))
    read(bench, LAST_RECORD(0), CERT_EXPIRY(0))
    read(bench, LAST_RECORD(0), COMPLETENESS(0), check_id="ha-noi/population/lookup")
    bench.text()
    before = bench.metrics._findings.shown.store.samples

    bench.reload(inventory(CHECKS[3:], [system("national/ndxp")]))

    assert "ha-noi" not in bench.text()
    assert (before, bench.metrics._findings.shown.store.samples) == (7, 0)
    assert bench.metrics._findings.shown._slots == {}


def test_place_of_a_target_that_is_gone_is_given_to_another_with_nothing_in_it():
    bench = watch()
    read(bench, LAST_RECORD(0))
    bench.text()

    other = system("hue/lgsp", objective=HELD)
    bench.reload(held(checks=[check("hue/lgsp/seen", measures=MEASURES)], systems=[other]))
    read(bench, CERT_EXPIRY(1), check_id="hue/lgsp/seen")

    assert (found(later(bench), STALE), found(bench, ENDING)) == ({}, {"hue/lgsp": 1})


def test_connection_that_becomes_a_system_is_held_to_its_objectives_and_concerns_nobody_by_name():
    bench = watch()
    read(bench, LAST_RECORD(0), check_id="ha-noi/population/lookup")
    before = found(bench, CONCERNED)

    bench.reload(held(replace(LINK, id="ha-noi/else"), systems=[HUB, system("ha-noi/population", objective=HELD)]))

    assert before == {"ha-noi/population": 1}
    assert found(bench, STALE) == {"ha-noi/population": 0}
    assert found(bench, CONCERNED) == {}
    assert generate_latest(bench.metrics).decode() in bench.text()


@pytest.mark.parametrize(
    ("stage", "is_overdue"),
    [
        (Stage.PLANNED, True),
        (Stage.REQUESTED, True),
        (Stage.APPROVED, True),
        (Stage.TESTING, True),
        (Stage.LIVE, False),
        (Stage.SUSPENDED, False),
        (Stage.RETIRED, False),
    ],
)
def test_connection_is_overdue_after_the_end_of_its_day_while_it_is_to_come(stage, is_overdue):
    bench = watch(replace(LINK, stages=since(date(2026, 1, 1), stage), due=date(2026, 5, 3)))

    ended = datetime(2026, 5, 4, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
    assert found(bench, OVERDUE) == ({"ha-noi/population": ended} if is_overdue else {})


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Ho_Chi_Minh", 17), ("Europe/London", 23)])
def test_due_day_ends_at_midnight_of_the_inventorys_zone(zone, hours):
    bench = watch(replace(LINK, stages=(), due=date(2026, 5, 4)), zone=zone)

    seen = [found(bench, OVERDUE), found(later(bench, hours * 3600 - 1), OVERDUE)]
    later(bench, 1)
    seen.append(found(later(bench), OVERDUE))

    assert seen == [{}, {}, {"ha-noi/population": NOW + hours * 3600}]


def test_connection_that_goes_live_at_midnight_or_by_reload_is_not_overdue_any_more():
    late = replace(LINK, stages=since(date(2026, 5, 5)), due=date(2026, 5, 1))
    bench = watch(late)
    seen = [found(bench, OVERDUE)]
    seen.append(found(later(bench, DAY), OVERDUE))
    bench.reload(held(replace(late, stages=())))
    seen.append(found(bench, OVERDUE))
    bench.reload(held(replace(late, stages=since(date(2026, 5, 2)))))
    seen.append(found(bench, OVERDUE))

    assert [bool(one) for one in seen] == [True, False, True, False]


def test_clock_that_is_set_back_takes_back_what_the_days_have_found():
    bench = watch(replace(LINK, stages=(), due=date(2026, 5, 4)))
    later(bench, DAY)
    after = found(bench, OVERDUE)

    bench.clock.step_wall(-DAY)
    later(bench)

    assert after == {"ha-noi/population": NOW + 17 * 3600}
    assert found(bench, OVERDUE) == {}


@pytest.mark.parametrize(("ago", "is_dormant"), [(30 * DAY, False), (30 * DAY + 1, True)])
@pytest.mark.parametrize("measure", [LAST_CALL, UNCALLED_SINCE], ids=["called", "uncalled"])
def test_live_connection_is_dormant_after_thirty_days_without_a_call(measure, ago, is_dormant):
    bench = watch()

    read(bench, measure(NOW - ago, connection=LINK.id), check_id=USAGE)

    assert found(bench, DORMANT) == ({LINK.id: NOW - ago} if is_dormant else {})


def test_call_counts_more_than_since_when_others_have_found_none():
    bench = watch()
    read(bench, UNCALLED_SINCE(NOW - 90 * DAY, connection=LINK.id), check_id=USAGE)
    uncalled = found(bench, DORMANT)

    read(bench, LAST_CALL(NOW - DAY, connection=LINK.id))
    called = found(later(bench), DORMANT)
    read(bench, LAST_CALL(NOW - 40 * DAY, connection=LINK.id))

    assert (uncalled, called) == ({LINK.id: NOW - 90 * DAY}, {})
    assert found(later(bench), DORMANT) == {LINK.id: NOW - 40 * DAY}


@pytest.mark.parametrize(
    ("stages", "is_dormant"),
    [
        (since(date(2026, 4, 4)), True),
        (since(date(2026, 4, 5)), False),
        ((*since(date(2026, 1, 1)), *since(date(2026, 5, 4), Stage.SUSPENDED)), False),
        ((), False),
    ],
    ids=["thirty days", "a day less", "suspended today", "never"],
)
def test_connection_is_dormant_only_when_it_is_live_and_was_thirty_days_ago(stages, is_dormant):
    bench = watch(replace(LINK, stages=stages))

    read(bench, LAST_CALL(0, connection=LINK.id), check_id=USAGE)

    assert found(bench, DORMANT) == ({LINK.id: 0} if is_dormant else {})


def test_reading_about_a_connection_that_is_not_there_finds_nothing():
    bench = watch()

    read(bench, LAST_CALL(0, connection="nobody/nothing"), UNCALLED_SINCE(0, connection=""), check_id=USAGE)

    assert found(bench, DORMANT) == found(bench, CONCERNED) == {}


def test_calls_of_a_live_connection_are_counted_with_whom_they_concern():
    bench = watch(LINK, replace(LINK, id="ha-noi/else", owner=None), replace(LINK, id="ha-noi/planned", stages=()))

    tell(bench, ok=5, timeout=2)

    assert bench.samples(CALLS) == {
        f'{CALLS}{{agency="ha-noi",consumer="ha-noi",owner="{owner}",provider="b/db",target="{target}"}}': 7
        for owner, target in (("ha-noi/truc-ban", "population"), ("ha-noi", "else"))
    }


def test_increments_of_runs_are_counted_where_no_ledger_is():
    bench = watch()

    for _ in range(2):
        read(bench, TRANSACTIONS(3, consumer="ha-noi", service="b/db", outcome="ok"), check_id=USAGE)

    assert found(bench, CALLS) == {LINK.id: 6}


@pytest.mark.parametrize(("late", "is_told"), [(5400, True), (5401, False), (NOW + 10, False)])
def test_calls_are_left_out_while_what_counts_them_is_an_hour_and_a_half_late(late, is_told):
    bench = watch()
    read(bench, COUNTED_UNTIL(NOW + 10 - late), check_id=USAGE)

    an_hour_of(bench, ok=100, timeout=100)

    assert [found(bench, name) for name in (CALLS, FAILING)] == (
        [{LINK.id: 1e7 + 200}, {LINK.id: 0.5}] if is_told else [{}, {}]
    )


def test_counter_that_fails_is_late_by_what_it_counted_last_and_in_time_once_it_counts_again():
    bench = watch()
    read(bench, COUNTED_UNTIL(NOW), check_id=USAGE)
    tell(bench, ok=1)

    seen = [found(bench, CALLS)]
    bench.run(USAGE, DOWN, every=5400)
    seen.append(found(bench, CALLS))
    bench.run(USAGE, DOWN)
    seen.append(found(bench, CALLS))
    read(bench, COUNTED_UNTIL(bench.clock.now().timestamp()), check_id=USAGE)
    seen.append(found(later(bench), CALLS))

    assert seen == [{LINK.id: 1}, {LINK.id: 1}, {}, {LINK.id: 1}]


@pytest.mark.parametrize(
    ("counted", "sides"),
    [
        ({"ok": 90, "server_error": 10}, None),
        ({"ok": 89, "server_error": 6, "timeout": 2, "client_error": 2, "throttled": 1}, (8, 3)),
        ({"ok": 50, "client_error": 49}, None),
        ({"ok": 0, "throttled": 100}, (0, 100)),
        ({}, None),
    ],
    ids=["as many as allowed", "one more", "too few calls", "all of one side", "no calls"],
)
def test_calls_fail_when_more_of_enough_of_them_do_than_the_objective_allows(counted, sides):
    bench = an_hour_of(watch(), **counted)

    calls = sum(counted.values())
    name = f'{FAILED}{{agency="ha-noi",domain='
    assert found(bench, FAILING) == ({LINK.id: sum(sides) / calls} if sides else {})
    assert bench.samples(FAILED) == (
        {
            f'{name}"provider",target="population"}}': sides[0],
            f'{name}"consumer",target="population"}}': sides[1],
        }
        if sides
        else {}
    )
    assert found(bench, CONCERNED) == ({LINK.id: 1} if sides else {})


def test_share_that_the_objective_allows_is_no_failure_in_any_number():
    links = [
        replace(
            LINK,
            id=f"a{percent}/{name}",
            consumer=f"a{percent}/{name}",
            objective=Objective(success=SuccessObjective(rate=float(f"0.{percent:02}"), minimum=1)),
        )
        for percent in range(1, 100)
        for name in ("within", "beyond")
    ]
    bench = watch(*links)

    for calls in (0, 7):
        totals = {}
        for one in links:
            succeeded = round(one.objective.success.rate * 100) * calls - (calls > 0 and "beyond" in one.id)
            totals[one.consumer, one.provider, "ok"] = float(succeeded)
            totals[one.consumer, one.provider, "timeout"] = 100.0 * calls - succeeded
        bench.metrics.count(USAGE, {TRANSACTIONS.name: totals})
        bench.text()
        later(bench)

    assert {*found(bench, FAILING)} == {f"a{percent}/beyond" for percent in range(1, 100)}


def test_connections_that_share_a_pair_are_each_held_to_their_own_objective():
    strict = replace(LINK, id="ha-noi/strict", objective=Objective(success=SuccessObjective(rate=0.99, minimum=1)))
    free = replace(LINK, id="ha-noi/free", objective=Objective())

    bench = an_hour_of(watch(LINK, strict, free), ok=95, timeout=5)

    assert found(bench, CALLS) == dict.fromkeys((LINK.id, strict.id, free.id), 1e7 + 100)
    assert found(bench, FAILING) == {strict.id: 0.05}


def test_failing_calls_end_an_hour_after_the_last_of_them():
    bench = an_hour_of(watch(), ok=100, timeout=100)
    first = found(bench, FAILING)

    seen = [(found(later(bench, 300), FAILING), found(bench, CONCERNED)) for _ in range(14)]

    assert first == {LINK.id: 0.5}
    assert [*map(len, (failing for failing, _ in seen))] == [*map(len, (whom for _, whom in seen))]
    assert [bool(failing) for failing, _ in seen[:11]] == [True] * 11
    assert seen[-1] == ({}, {})


def test_check_that_counts_and_is_added_by_reload_has_told_the_calls_of_years_and_of_no_hour():
    bench = an_hour_of(watch(checks=CHECKS), ok=100)
    bench.text()

    added = check("national/ndxp/gateway", kind="usage", measures=MEASURES)
    bench.reload(held(checks=[*CHECKS, added]))
    bench.text()
    later(bench)
    tell(bench, added.id, ok=0, timeout=1e9)

    assert found(bench, FAILING) == {}
    assert found(bench, CALLS) == {LINK.id: 1e7 + 100 + 1e9}


def test_calls_go_with_the_check_that_counted_them():
    bench = watch()
    tell(bench, ok=5)
    before = found(bench, CALLS)

    bench.reload(held(checks=CHECKS[:3]))

    assert (before, found(bench, CALLS)) == ({LINK.id: 5}, {})


def test_owner_and_path_that_a_reload_changes_are_those_that_the_lines_name():
    bench = an_hour_of(watch(), ok=100, timeout=100)
    bench.text()

    bench.reload(held(replace(LINK, owner="khac", via=("ha-noi/lgsp", "national/ndxp"))))

    ends = 'agency="ha-noi",consumer="ha-noi",owner="ha-noi/khac",provider="b/db",target="population"'
    assert [*bench.samples(CALLS)] == [f"{CALLS}{{{ends}}}"]
    assert [*bench.samples(CONCERNED)] == [f'{CONCERNED}{{{ends},via="ha-noi/lgsp,national/ndxp"}}']


def test_owner_that_changes_while_there_is_no_finding_is_named_by_the_next():
    bench = watch()
    read(bench, LAST_RECORD(0), check_id="ha-noi/population/lookup")
    before = bench.samples(CONCERNED)
    bench.run("ha-noi/population/lookup", UP)
    between = bench.samples(CONCERNED)

    bench.reload(held(replace(LINK, owner="khac")))
    read(bench, LAST_RECORD(0), check_id="ha-noi/population/lookup")
    (line,) = later(bench).samples(CONCERNED)

    assert (len(before), between) == (1, {})
    assert 'owner="ha-noi/khac"' in line


@pytest.mark.parametrize(
    ("name", "link", "readings"),
    [
        (STALE, LINK, [LAST_RECORD(0)]),
        (INCOMPLETE, LINK, [COMPLETENESS(0)]),
        (ENDING, LINK, [CERT_EXPIRY(0)]),
        (DORMANT, LINK, [LAST_CALL(0, connection=LINK.id)]),
        (OVERDUE, replace(LINK, stages=(), due=date(2026, 1, 1)), []),
    ],
)
def test_every_finding_tells_whom_it_concerns(name, link, readings):
    bench = watch(link)

    read(bench, *readings, check_id="ha-noi/population/lookup")

    assert [*found(bench, name)] == [*found(bench, CONCERNED)] == [LINK.id]
    bench.reload(held(replace(LINK, objective=Objective(), owner="khac"), checks=CHECKS[:1]))
    assert found(bench, CONCERNED) == {}


def test_fault_tells_whom_it_concerns_and_no_longer_than_it_lasts():
    bench = watch()

    bench.run(SEEN, DOWN, DOWN)
    (down_line,) = bench.samples(CONCERNED)
    bench.run(SEEN, UP)
    mended = bench.samples(CONCERNED)
    bench.run(SEEN, DOWN, DOWN)
    again = bench.samples(CONCERNED)
    bench.reload(held(checks=CHECKS[3:]))

    assert down_line == (
        f'{CONCERNED}{{agency="ha-noi",consumer="ha-noi",owner="ha-noi/truc-ban",provider="b/db",'
        'target="population",via="ha-noi/lgsp"}'
    )
    assert (mended, [*again]) == ({}, [down_line])
    assert bench.samples(CONCERNED) == {}


def test_fault_concerns_nobody_once_the_connection_rests_or_is_gone():
    resting = replace(LINK, stages=since(date(2026, 5, 4), Stage.RETIRED))
    bench = watch()
    bench.run(SEEN, DOWN, DOWN)
    before = found(bench, CONCERNED)

    bench.reload(awake(held(resting), date(2026, 5, 4)))
    at_rest = found(bench, CONCERNED)
    bench.reload(held())
    again = found(bench, CONCERNED)
    bench.reload(inventory(CHECKS, [HUB, system("b/db"), system("national/ndxp")]))

    assert (before, at_rest, again) == ({LINK.id: 1}, {}, {LINK.id: 1})
    assert found(bench, CONCERNED) == {}
    assert bench.metrics._targets.faulty == set()


def test_system_provides_while_a_connection_of_anybody_leads_to_it():
    bench = watch(LINK, replace(LINK, id="ha-noi/away", provider="far/away"))

    before = found(bench, PROVIDES)
    bench.reload(held(replace(LINK, provider="national/ndxp")))

    assert before == {"b/db": 1}
    assert found(bench, PROVIDES) == {"national/ndxp": 1}


def test_connections_elsewhere_have_what_is_counted_here_and_nothing_else():
    far = replace(LINK, id="hue/population", agency="hue", consumer="hue", provider="national/ndxp")
    late = replace(far, id="hue/late", stages=(), due=date(2026, 1, 1))
    bench = Scraped(replace(held(), elsewhere={far.id: far, late.id: late}))
    read(bench, LAST_CALL(0, connection=far.id), check_id=USAGE)
    tell(bench, consumer="hue", service="national/ndxp", ok=3)

    seen = {name: found(bench, name) for name in (CALLS, DORMANT, CONCERNED, PROVIDES, OVERDUE)}
    bench.reload(held())

    assert seen == {
        CALLS: {far.id: 3},
        DORMANT: {far.id: 0},
        CONCERNED: {far.id: 1},
        PROVIDES: {"b/db": 1, "national/ndxp": 1},
        OVERDUE: {},
    }
    assert not any("hue" in line for line in lines_of(bench.text()))


def busy(count=3):
    """Return a bench with findings of every kind, and of many targets."""
    links = [
        replace(LINK, id=f"a{number % count}/link{number}", agency=f"a{number % count}", name=f"Kết nối {number}")
        for number in range(count * 4)
    ]
    unborn = [replace(one, id=f"{one.id}-late", stages=(), due=date(2026, 1, 1), owner=None) for one in links[:2]]
    checks = [*CHECKS, *(check(f"{one.id}/seen", measures=MEASURES) for one in links)]
    bench = watch(LINK, *links, *unborn, checks=checks)
    for place, one in enumerate(links):
        read(bench, LAST_RECORD(place), COMPLETENESS(place / 100), CERT_EXPIRY(place), check_id=f"{one.id}/seen")
    read(bench, *(LAST_CALL(5, connection=one.id) for one in links[::2]), check_id=USAGE)
    an_hour_of(bench, ok=70, timeout=10, throttled=20)
    bench.run(SEEN, DOWN, DOWN)
    return bench


def test_text_is_what_prometheus_client_writes_of_the_same_values():
    bench = busy()

    text, plain = bench.text(), generate_latest(bench.metrics).decode()
    openmetrics = generate_openmetrics(bench.metrics).decode().removesuffix("# EOF\n")

    assert all(f"\n{family.name}{{" in text for family in OF_FINDINGS)
    assert plain in text
    assert openmetrics in bench.text(openmetrics=True)
    bench.reload(held(*[replace(one, owner=None) for one in bench.inventory.connections.values()][3:]))
    assert generate_latest(bench.metrics).decode() in bench.text()


def test_samples_are_counted():
    bench = busy()
    text = bench.text()

    here = sum(line.startswith(tuple(f"{family.name}{{" for family in OF_FINDINGS)) for line in text.splitlines())
    store = bench.metrics._findings.shown.store
    assert store.samples == here > 50
    before = bench.metrics.samples
    bench.metrics._findings.shown.store.samples += 1
    assert bench.metrics.samples == before + 1


@pytest.mark.parametrize("count", [2, 3, 7])
def test_each_target_is_in_one_slice(count):
    bench = busy()
    whole = lines_of(bench.text())

    slices = [lines_of(bench.text(index, count)) for index in range(count)]

    assert sorted(line for one in slices for line in one) == sorted(whole)
    for index, one in enumerate(slices):
        for labels in map(_labels, one):
            assert place_of(f"{labels['agency']}/{labels['target']}") % count == index


def lines_of(text):
    names = tuple(f"{family.name}{{" for family in OF_FINDINGS)
    return [line for line in text.splitlines() if line.startswith(names)]


def many(count=TOGETHER * 3, **settings):
    """Return targets of which each has one check."""
    systems = [system(f"a/t{number}", objective=HELD, **settings) for number in range(count)]
    return inventory([check(f"{one.id}/seen", measures=MEASURES) for one in systems], systems)


def crowd(count=TOGETHER * 3):
    """Return a bench with a finding of each of many targets."""
    bench = Scraped(many(count))
    for one in bench.inventory.checks:
        read(bench, LAST_RECORD(0), check_id=one)
    return bench


def crowd_of_connections(count=TOGETHER * 2, *, is_overdue=True):
    """Return a bench with many connections that are overdue, or not."""
    due = date(2026, 1, 1) if is_overdue else None
    return Scraped(inventory([], [], [connection(f"a/t{number}", due=due) for number in range(count)]))


def steps(bench):
    return sum(1 for _ in bench.metrics._findings.refresh(bench.clock))


def test_scrapes_shortly_after_one_another_are_served_from_one_look():
    bench = crowd()
    bench.text()

    at_once = steps(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert at_once == 0
    assert steps(bench) > 3


def test_slices_of_one_scrape_say_one_thing_though_a_run_comes_in_between():
    bench = crowd()
    before = bench.text(0, 2)

    for one in bench.inventory.checks:
        read(bench, check_id=one)
    after = bench.text(1, 2)

    assert len(lines_of(before)) + len(lines_of(after)) == TOGETHER * 3


def test_scrape_that_begins_while_another_looks_says_the_same():
    bench = crowd()
    for _ in bench.metrics._checks.catch_up():
        pass

    first = bench.metrics._findings.refresh(bench.clock)
    next(first), next(first)
    second = lines_of(bench.text())
    for _ in first:
        pass

    assert len(second) == TOGETHER * 3
    assert lines_of(bench.text()) == second


def test_look_that_was_left_half_way_begins_again_later():
    bench = crowd()
    for _ in bench.metrics._checks.catch_up():
        pass
    look = bench.metrics._findings.refresh(bench.clock)
    for _ in range(6):
        next(look)
    look.close()

    for one in [*bench.inventory.checks][::2]:
        read(bench, check_id=one)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert len(found(bench, STALE)) == TOGETHER * 3 / 2


@pytest.mark.parametrize("after", [0, 16, 19, 22, 26, 40])
def test_reload_between_two_steps_has_everything_looked_at_anew(after):
    bench = crowd()
    chunks = bench.metrics.chunks()
    for _ in range(after):
        next(chunks)

    old = bench.inventory
    bench.reload(inventory([*old.checks.values()][TOGETHER:], [*old.systems.values()][TOGETHER:]))
    rest = b"".join(chunks).decode()

    assert len(lines_of(rest)) == len(found(bench, STALE)) == TOGETHER * 2
    assert bench.metrics._findings.shown.store.samples == TOGETHER * 2
    assert generate_latest(bench.metrics).decode() in bench.text()


@pytest.mark.parametrize("after", range(0, 9, 2))
def test_scrape_during_which_an_owner_changes_names_the_new_one(after):
    bench = crowd_of_connections()
    bench.text()
    later(bench)
    chunks = bench.metrics.chunks()
    for _ in range(after):
        next(chunks)

    old = bench.inventory
    others = [replace(one, owner="khac") for one in old.connections.values()]
    bench.reload(inventory(old.checks.values(), old.systems.values(), others))
    rest = b"".join(chunks).decode()

    named = [line for line in lines_of(rest) if line.startswith(CONCERNED)]
    assert len(named) == len(others)
    assert all('owner="a/khac"' in line for line in named)


@pytest.mark.parametrize("change", ["begin", "end", "move", "reload"])
def test_steps_are_short_whatever_happens_to_all_findings_at_once(change):
    bench = crowd_of_connections(is_overdue=change != "begin")
    later(bench)
    if change != "begin":
        bench.text()
    old = bench.inventory
    changes = {
        "begin": {"due": date(2026, 1, 1)},
        "end": {"due": None},
        "move": {"due": date(2026, 1, 2)},
        "reload": {"owner": "khac"},
    }[change]
    others = [replace(one, **changes) for one in old.connections.values()]
    bench.reload(inventory(old.checks.values(), old.systems.values(), others))
    put, puts = bench.metrics._findings.shown.store.put, []
    bench.metrics._findings.shown.store.put = lambda *given: [puts.append(given), put(*given)]

    most, before = 0, 0
    for _ in bench.metrics._findings.refresh(bench.clock):
        most, before = max(most, len(puts) - before), len(puts)

    assert len(puts) >= TOGETHER * 2
    assert most <= SHOWN_TOGETHER * 2


def test_runs_between_two_steps_are_seen_by_this_look_or_the_next():
    bench = crowd()
    chunks = bench.metrics.chunks()
    for place, _ in enumerate(chunks):
        if place < len(bench.inventory.checks):
            read(bench, check_id=[*bench.inventory.checks][place])

    for one in bench.inventory.checks:
        read(bench, check_id=one)

    assert found(later(bench), STALE) == {}


def test_calls_of_a_check_are_summed_up_by_consumer_and_outcome_while_it_counts():
    bench = watch()
    bench.metrics.expect_totals()
    totals = {("ha-noi", "b/db", "ok"): 7.0, ("ha-noi", "other", "ok"): 2.0, ("hue", "b/db", "timeout"): 1.0}
    bench.metrics.count(USAGE, {TRANSACTIONS.name: totals})
    counter = {"agency": "national", "target": "ndxp", "check": "usage"}
    told = families.CHECK_CALLS.name

    assert bench.value(told, **counter, consumer="ha-noi", outcome="ok") == 9
    assert bench.value(told, **counter, consumer="hue", outcome="timeout") == 1
    bench.metrics.count(USAGE, {TRANSACTIONS.name: totals | {("hue", "b/db", "timeout"): 4.0}})
    assert later(bench).value(told, **counter, consumer="hue", outcome="timeout") == 4
    assert generate_latest(bench.metrics).decode() in bench.text()
    bench.reload(held(checks=CHECKS[:3]))
    assert bench.samples(told) == {}
