"""What all checks and connections of an agency have come to is told of the agency as well."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, takewhile

import pytest
from judge.watch import START, check, connection, inventory, outcome, system
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse
from sinks.metrics.scraped import Scraped

from monitor.inventory import OneOffWindow, Stage, StageChange
from monitor.observation import Status
from monitor.rest import awake
from monitor.sinks.metrics.agencies import TOGETHER
from monitor.sinks.metrics.store import place_of

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
STATES = ("up", "degraded", "down", "maintenance", "unknown")
TWO, OTHER = ("ha-noi/portal/one", "ha-noi/lgsp/two"), "hue/portal/three"


def held(*ids):
    checks = [check(one) for one in ids]
    return inventory(checks, [system(one.target) for one in checks])


def feed(bench, seconds, **seen):
    bench.clock.advance(seconds)
    for check_id, status in seen.items():
        bench.judge.take(outcome(check_id, bench.clock.now(), status))


def spent(bench, agency):
    return {state: bench.value("datashare_agency_check_seconds_total", agency=agency, state=state) for state in STATES}


def summed(bench, agency):
    """Return what the checks say, one by one."""
    found = {
        state: bench.samples("datashare_check_state_seconds_total", agency=agency, state=state).values()
        for state in STATES
    }
    return {state: sum(values) for state, values in found.items()}


def test_seconds_of_an_agency_are_those_of_its_checks():
    bench = Scraped(held(*TWO, OTHER))

    for statuses in ((UP, UP, UP), (UP, DOWN, UP), (UP, DOWN, DOWN), (DOWN, UP, UP)):
        feed(bench, 30, **dict(zip((*TWO, OTHER), statuses, strict=True)))
        for agency in ("ha-noi", "hue"):
            assert spent(bench, agency) == pytest.approx(summed(bench, agency))
    assert spent(bench, "ha-noi")["up"] > 0
    assert spent(bench, "ha-noi")["down"] > 0


def test_seconds_of_a_check_that_went_stay_with_its_agency():
    bench = Scraped(held(*TWO, OTHER))
    for _ in range(3):
        feed(bench, 30, **dict.fromkeys((*TWO, OTHER), UP))
    before = spent(bench, "ha-noi")

    bench.reload(held(TWO[0]))

    assert spent(bench, "ha-noi") == before
    assert bench.samples("datashare_agency_check_seconds_total", agency="hue") == {}


def states(bench, agency):
    """Return how many connections are in which state; empty when the agency has no lines."""
    found = {state: bench.value("datashare_agency_connections", agency=agency, state=state) for state in STATES}
    present = {state: number for state, number in found.items() if number is not None}
    assert len(present) in {0, len(STATES)}
    return {state: number for state, number in present.items() if number} if present else None


def through(bench):
    """Return how many connections of an agency pass a hub."""
    (family,) = [one for one in parse(bench.text()) if one.name == "datashare_agency_hub_connections"]
    return {(one.labels["agency"], one.labels["at"]): one.value for one in family.samples}


def staged(*changes):
    return tuple(StageChange(stage=stage, on=on) for stage, on in changes)


LOOKS = [check("ha-noi/births/lookup"), check("ha-noi/deaths/lookup"), check("hue/land/lookup")]
HUB = system("ha-noi/lgsp")
HUBS = ("ha-noi/lgsp", "most/ndxp")
LINKS = [
    connection("ha-noi/births", via=HUBS),
    connection("ha-noi/deaths", via=HUBS[:1]),
    connection("ha-noi/unseen"),
    connection("hue/land", via=HUBS[1:]),
]


def test_connections_are_counted_by_the_state_they_are_in():
    bench = Scraped(inventory(LOOKS, [HUB], LINKS))

    seen = [states(bench, "ha-noi")]
    for check_id, status in (
        ("ha-noi/births/lookup", UP),
        ("ha-noi/deaths/lookup", DEGRADED),
        ("ha-noi/deaths/lookup", DOWN),
        ("ha-noi/deaths/lookup", UNKNOWN),
    ):
        bench.run(check_id, status, status)
        seen.append(states(bench, "ha-noi"))

    assert seen == [{"unknown": 2}, {"up": 1, "unknown": 1}, {"up": 1, "degraded": 1}, {"up": 1, "down": 1}, seen[1]]
    assert states(bench, "hue") == {"unknown": 1}
    assert states(bench, "most") is None


def test_connection_in_a_window_is_in_maintenance_whatever_its_state():
    window = OneOffWindow(start=START + timedelta(minutes=2), length=timedelta(minutes=2))
    bench = Scraped(inventory(LOOKS, [HUB], [replace(LINKS[0], maintenance=(window,)), *LINKS[1:]]))
    bench.run("ha-noi/births/lookup", DOWN, DOWN)

    seen = [states(bench, "ha-noi")]
    for _ in range(2):
        bench.advance(120)
        seen.append(states(bench, "ha-noi"))

    outside = {"down": 1, "unknown": 1}
    assert seen[:2] == [outside, {"maintenance": 1, "unknown": 1}]
    assert "maintenance" not in seen[2]


def test_connection_that_goes_or_loses_its_checks_is_counted_no_more():
    bench = Scraped(inventory(LOOKS, [HUB], LINKS))
    for one in LOOKS:
        bench.run(one.id, UP)

    bench.reload(inventory(LOOKS[:2], [HUB], [*LINKS[:1], LINKS[3]]))

    assert states(bench, "ha-noi") == {"up": 1}
    assert states(bench, "hue") is None
    bench.reload(inventory(LOOKS, [HUB], LINKS))
    assert str(bench.judge.state("ha-noi/deaths").status) == "up"  # its check stayed all the while
    assert (states(bench, "ha-noi"), states(bench, "hue")) == ({"up": 2}, {"unknown": 1})


def test_connection_that_becomes_a_system_is_counted_no_more():
    bench = Scraped(inventory(LOOKS, [HUB], LINKS))

    bench.reload(inventory(LOOKS, [HUB, system("hue/land")], LINKS[:3]))

    assert states(bench, "hue") is None
    assert through(bench) == {("ha-noi", HUBS[0]): 2, ("ha-noi", HUBS[1]): 1}


def test_system_that_becomes_a_connection_is_counted_as_the_judge_sees_it_at_once():
    bench = Scraped(inventory(LOOKS, [HUB, system("hue/land")], LINKS[:3]))
    bench.run("hue/land/lookup", DEGRADED, DEGRADED)

    before = states(bench, "hue")
    bench.reload(inventory(LOOKS, [HUB], LINKS))

    assert (before, states(bench, "hue")) == (None, {"degraded": 1})


def test_connection_at_rest_is_counted_once_it_is_awake():
    resting = replace(LINKS[0], stages=staged((Stage.SUSPENDED, date(2026, 5, 1)), (Stage.LIVE, date(2026, 5, 5))))
    whole = inventory(LOOKS, [HUB], [resting, *LINKS[1:]])
    bench = Scraped(awake(whole, date(2026, 5, 4)))

    before = states(bench, "ha-noi")
    bench.clock.advance(17 * 3600)  # midnight in Ho Chi Minh City
    bench.reload(awake(whole, date(2026, 5, 5)))

    assert before == {"unknown": 1}
    assert states(bench, "ha-noi") == {"unknown": 2}


def test_connections_are_counted_by_each_hub_they_pass():
    bench = Scraped(inventory(LOOKS, [HUB], LINKS))

    before = through(bench)
    bench.reload(inventory(LOOKS, [HUB], [LINKS[0], replace(LINKS[1], via=HUBS[1:]), LINKS[2]]))

    assert before == {("ha-noi", HUBS[0]): 2, ("ha-noi", HUBS[1]): 1, ("hue", HUBS[1]): 1}
    assert through(bench) == {("ha-noi", HUBS[0]): 1, ("ha-noi", HUBS[1]): 2}


def test_connection_counts_for_its_hubs_until_the_midnight_on_which_it_comes_to_rest():
    ends = staged((Stage.LIVE, date(2026, 5, 1)), (Stage.RETIRED, date(2026, 5, 5)))
    comes_back = staged((Stage.SUSPENDED, date(2026, 5, 1)), (Stage.LIVE, date(2026, 5, 6)))
    links = [replace(LINKS[0], stages=ends), replace(LINKS[3], stages=comes_back)]
    bench = Scraped(inventory(LOOKS, [HUB], links))

    first = through(bench)
    bench.clock.advance(17 * 3600)  # midnight in Ho Chi Minh City
    second = through(bench)
    bench.clock.advance(24 * 3600)

    assert (first, second) == ({("ha-noi", HUBS[0]): 1, ("ha-noi", HUBS[1]): 1}, {})
    assert through(bench) == {("hue", HUBS[1]): 1}


def test_clock_set_back_over_the_day_of_a_stage_counts_as_on_that_day():
    ends = staged((Stage.LIVE, date(2026, 5, 1)), (Stage.RETIRED, date(2026, 5, 5)))
    bench = Scraped(inventory(LOOKS, [HUB], [replace(LINKS[1], stages=ends)]))
    bench.clock.advance(17 * 3600)  # midnight in Ho Chi Minh City

    after = through(bench)
    bench.clock.step_wall(-3600)
    before = through(bench)
    bench.clock.advance(3600)

    assert (before, after, through(bench)) == ({("ha-noi", HUBS[0]): 1}, {}, {})


def test_slice_of_an_agency_has_all_its_lines():
    bench = Scraped(inventory(LOOKS, [HUB], LINKS))

    for index in range(3):
        lines = [line for line in bench.text(index, 3).splitlines() if line.startswith("datashare_agency_")]
        here = {agency for agency in ("ha-noi", "hue") if place_of(agency) % 3 == index}

        assert {line.split('"')[1] for line in lines if not line.startswith("datashare_agency_info")} == here


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_walk_over_all_connections(seed):
    chance = random.Random(seed)
    ids = [f"a{number % 3}/c{number}" for number in range(12)]

    def country():
        links = [
            connection(
                one,
                via=tuple(chance.sample(HUBS, chance.randint(0, 2))),
                stages=staged((chance.choice([Stage.LIVE, Stage.RETIRED]), START.date() - timedelta(days=9))),
            )
            for one in chance.sample(ids, 9)
        ]
        looks = [check(f"{one.id}/lookup") for one in links if chance.random() < 0.8]
        return awake(inventory(looks, [HUB], links), START.date())

    bench = Scraped(country())
    for _ in range(5):
        for one in chance.choices([*bench.inventory.checks], k=20):
            bench.run(one, chance.choice([UP, DEGRADED, DOWN, UNKNOWN]), every=1)

        links = bench.inventory.connections.values()
        for agency in ("a0", "a1", "a2"):
            mine = [one.id for one in links if one.agency == agency and bench.inventory.is_watched(one.id)]
            found = [str(bench.judge.state(one).status) for one in mine]
            assert states(bench, agency) == ({one: found.count(one) for one in found} or None)
        passing = [(one.agency, hub) for one in links if one.id not in bench.inventory.resting for hub in one.via]
        assert through(bench) == {one: passing.count(one) for one in passing}
        assert generate_latest(bench.metrics).decode() in bench.text()
        bench.reload(country())


def test_agencies_that_go_in_the_midst_of_a_scrape_leave_it_valid():
    names = [f"a{number:03}" for number in range(3 * TOGETHER)]
    looks = [check(f"{name}/c/lookup") for name in names]
    links = [connection(f"{name}/c", via=HUBS) for name in names]
    bench = Scraped(inventory(looks, (), links))

    for stop in range(16):
        bench.reload(inventory(looks, (), links))
        scrape = bench.metrics.chunks()
        pieces = [*takewhile(lambda piece: b" datashare_agency_check_seconds_total " not in piece, scrape)]
        pieces += islice(scrape, stop)
        bench.reload(inventory(looks[:1], (), links[:1]))
        pieces += scrape

        assert b'\ndatashare_agency_checks_late{agency="a000"} 0.0\n' in b"".join(pieces)
        assert [*parse(b"".join(pieces).decode())]
