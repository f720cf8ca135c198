"""Checks that do not run any more are counted by agency, from their own runs and the clock alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from judge.watch import check, connection, inventory, outcome, system
from prometheus_client import generate_latest
from sinks.metrics.scraped import Scraped

from monitor.inventory import Stage, StageChange
from monitor.observation import Status
from monitor.rest import awake
from monitor.sinks.metrics.late import STALE_AFTER_SECONDS, TOGETHER
from monitor.sinks.metrics.store import place_of

UP, UNKNOWN = Status.UP, Status.UNKNOWN
FAST, SLOW, OTHER = check("ha-noi/portal/http"), check("ha-noi/portal/tls", every=3600), check("hue/portal/http")
LIMIT = 3 * 30 + 120
FAMILY = "datashare_agency_checks_late"


def held(*checks):
    return inventory(checks, [system(one) for one in sorted({one.target for one in checks})])


def late(bench):
    return {line.split('"')[1]: value for line, value in bench.samples(FAMILY).items()}


def many(count, agencies=1):
    return held(*(check(f"a{number % agencies}/t{number}/c") for number in range(count)))


def is_complete(pieces):
    """Return what a scrape that was gone through to its end says."""
    text = b"".join(pieces).decode()
    return [line for line in text.splitlines() if line.startswith(FAMILY)]


def test_check_is_late_after_three_beats_and_two_minutes_without_a_run():
    bench = Scraped(held(FAST, SLOW, OTHER))
    for one in (FAST, SLOW, OTHER):
        bench.run(one.id, UP, every=0)

    bench.clock.advance(LIMIT)
    in_time = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)
    after = late(bench)
    bench.run(OTHER.id, UNKNOWN, every=STALE_AFTER_SECONDS)

    assert in_time == {"ha-noi": 0, "hue": 0}
    assert after == {"ha-noi": 1, "hue": 1}
    assert late(bench) == {"ha-noi": 1, "hue": 0}


def test_run_that_did_not_take_place_does_not_count():
    bench = Scraped(held(FAST))
    bench.clock.advance(LIMIT + 1)

    bench.judge.take(outcome(FAST.id, bench.clock.now(), UNKNOWN, is_run=False))

    assert late(bench) == {"ha-noi": 1}


def test_check_that_never_ran_is_late_by_when_it_was_made():
    bench = Scraped(held(OTHER))
    bench.clock.advance(LIMIT)
    bench.reload(held(OTHER, FAST))

    bench.clock.advance(LIMIT)
    before = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert before == {"ha-noi": 0, "hue": 1}
    assert late(bench) == {"ha-noi": 1, "hue": 1}


def test_check_that_is_configured_otherwise_has_its_beats_from_then_on():
    bench = Scraped(held(SLOW, OTHER))
    for one in (SLOW, OTHER):
        bench.run(one.id, UP)
    bench.clock.advance(1800)

    bench.reload(held(replace(SLOW, every=timedelta(seconds=30)), OTHER))
    bench.clock.advance(LIMIT)
    before = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert before == {"ha-noi": 0, "hue": 1}
    assert late(bench) == {"ha-noi": 1, "hue": 1}


def test_reload_that_leaves_a_check_alone_gives_it_no_more_time():
    bench = Scraped(held(FAST))
    bench.clock.advance(LIMIT)
    assert late(bench) == {"ha-noi": 0}

    bench.clock.advance(1)
    bench.reload(held(FAST, OTHER))

    assert late(bench) == {"ha-noi": 1, "hue": 0}


def test_agency_has_a_line_while_it_has_checks():
    bench = Scraped(held(FAST, OTHER))
    bench.clock.advance(LIMIT + 1)

    before = late(bench)
    bench.reload(held(OTHER))

    assert before == {"ha-noi": 1, "hue": 1}
    assert late(bench) == {"hue": 1}
    bench.reload(held())
    assert late(bench) == {}


def test_check_of_a_connection_at_rest_is_not_late():
    retired = connection("hue/land", stages=(StageChange(stage=Stage.RETIRED, on=date(2026, 5, 5)),))
    whole = inventory([FAST, check("hue/land/lookup")], [system("ha-noi/portal")], [retired])
    bench = Scraped(awake(whole, date(2026, 5, 4)))
    bench.clock.advance(17 * 3600)  # midnight in Ho Chi Minh City

    before = late(bench)
    bench.reload(awake(whole, date(2026, 5, 5)))

    assert before == {"ha-noi": 1, "hue": 1}
    assert late(bench) == {"ha-noi": 1}


@pytest.mark.parametrize("step", [4 * 86400, -86400])
def test_step_of_the_wall_clock_makes_nothing_late_and_hides_nothing(step):
    bench = Scraped(held(FAST, SLOW, OTHER))
    bench.run(FAST.id, UP)

    bench.clock.step_wall(step)
    bench.clock.advance(LIMIT - 30)
    before = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)
    bench.run(FAST.id, UP)
    between = late(bench)
    bench.clock.advance(LIMIT)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert before == {"ha-noi": 0, "hue": 0}
    assert between == {"ha-noi": 0, "hue": 1}
    assert late(bench) == {"ha-noi": 1, "hue": 1}


def test_check_that_is_new_or_configured_otherwise_after_a_step_has_all_its_beats():
    bench = Scraped(held(SLOW))
    bench.clock.step_wall(-86400)
    bench.reload(held(replace(SLOW, every=timedelta(seconds=30)), OTHER))

    bench.clock.step_wall(4 * 86400)
    bench.clock.advance(LIMIT)
    before = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert before == {"ha-noi": 0, "hue": 0}
    assert late(bench) == {"ha-noi": 1, "hue": 1}


def test_check_is_awaited_since_its_run_was_heard_of_however_long_it_took():
    bench = Scraped(held(FAST))
    bench.clock.advance(60)
    started = bench.clock.now() - timedelta(seconds=60)
    bench.judge.take(outcome(FAST.id, started, UP, duration_seconds=60.0))

    bench.clock.advance(LIMIT)
    before = late(bench)
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert before == {"ha-noi": 0}
    assert late(bench) == {"ha-noi": 1}


def test_scrapes_shortly_after_one_another_are_served_from_one_count():
    bench = Scraped(many(TOGETHER * 2))
    bench.text()

    def steps():
        return sum(1 for _ in bench.metrics._late.refresh(bench.clock))

    at_once = steps()
    bench.clock.advance(STALE_AFTER_SECONDS)

    assert at_once == 0
    assert steps() == 3


def test_scrape_that_begins_while_another_counts_says_the_same():
    checks = many(TOGETHER * 3 + 500, agencies=2)
    bench = Scraped(checks)
    bench.clock.advance(LIMIT + 1)

    first = bench.metrics.chunks()
    began = [next(first), next(first)]
    second = is_complete([*bench.metrics.chunks()])
    rest = [*began, *first]

    half = len(checks.checks) // 2
    assert second == [f'{FAMILY}{{agency="a{number}"}} {float(half)}' for number in range(2)]
    assert is_complete(rest) == second


def test_count_that_a_broken_off_scrape_left_begins_again_later():
    bench = Scraped(many(TOGETHER * 3))
    first = bench.metrics.chunks()
    next(first)
    first.close()

    bench.clock.advance(LIMIT + 1)

    assert late(bench) == {"a0": TOGETHER * 3}


def test_reload_while_checks_are_counted_has_them_counted_anew():
    bench = Scraped(many(TOGETHER * 3))
    bench.clock.advance(LIMIT + 1)
    scrape = bench.metrics.chunks()
    pieces = [next(scrape), next(scrape)]

    old = bench.inventory
    bench.reload(inventory([*old.checks.values()][TOGETHER:], old.systems.values()))
    pieces += scrape

    assert is_complete(pieces) == [f'{FAMILY}{{agency="a0"}} {float(TOGETHER * 2)}']


@pytest.mark.parametrize("count", [1, 3])
def test_any_slice_counts_and_says_its_own_agencies(count):
    for index in range(count):
        bench = Scraped(held(FAST, OTHER))
        bench.clock.advance(LIMIT + 1)

        found = is_complete([bench.text(index, count).encode()])

        here = [agency for agency in ("ha-noi", "hue") if place_of(agency) % count == index]
        assert found == [f'{FAMILY}{{agency="{agency}"}} 1.0' for agency in here]


def test_text_is_what_prometheus_client_writes_of_the_same_values():
    bench = Scraped(held(FAST, SLOW, OTHER))
    bench.clock.advance(LIMIT + 1)

    expected = generate_latest(bench.metrics).decode()

    assert f'{FAMILY}{{agency="hue"}} 1.0\n' in expected
    assert expected in bench.text()
