"""What a scrape reads is exactly what prometheus_client would write of the same values, always valid, in any format."""

import random
import time
from datetime import date, timedelta

import pytest
from judge.watch import SEEN, START, check, connection, inventory, outcome, renamed, system
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse
from sinks.metrics.scraped import Scraped

from monitor.inventory import Confirm, Objective, OneOffWindow, Stage, StageChange
from monitor.measure import Label, Measure, MeasureKind
from monitor.observation import Reason, Status, down, up
from monitor.outcome import StateChanged
from monitor.sinks.metrics import Metrics
from monitor.sinks.metrics.checks import MOST_BEHIND
from monitor.sinks.metrics.store import place_of
from monitor.vitals import Vitals

CODE = Measure("probe_http_status_code", 'Status "code".')
VERSION = Measure("probe_tls_version_info", "Version.", labels=(Label.of("version", ("1.2", "1.3")),))
CALLS = Measure("exchange_calls_total", "Calls.", MeasureKind.INCREMENT, (Label("consumer"),))
MEASURES = {measure.name: measure for measure in (CODE, VERSION, CALLS)}
OWN = ("# HELP datashare_build_info", "# HELP datashare_monitor", "# HELP process_")


def country(chance, agencies=4, targets=6):
    checks, systems, connections = [], [], []
    for agency in range(agencies):
        for number in range(targets):
            target = f"a{agency}/t{number}"
            window = OneOffWindow(start=START + timedelta(seconds=chance.uniform(0, 500)), length=timedelta(seconds=60))
            windows = (window,) if chance.random() < 0.3 else ()
            if number % 2:
                objective = Objective(availability=0.995, latency={"p95": timedelta(seconds=2)})
                systems.append(system(target, maintenance=windows, objective=objective, name='Tên "lạ"\n'))
            else:
                stages = (StageChange(stage=Stage.LIVE, on=date(2026, chance.randint(1, 12), 1)),)
                connections.append(connection(target, f"a{agency}/t1", maintenance=windows, stages=stages))
            for name in ("http", "tls", "dns")[: chance.randint(1, 3)]:
                limit = timedelta(milliseconds=chance.choice([10, 500])) if chance.random() < 0.5 else None
                checks.append(
                    check(
                        f"{target}/{name}",
                        kind=name,
                        measures=MEASURES,
                        phases=chance.random() < 0.5,
                        max_latency=limit,
                        confirm=Confirm(chance.randint(1, 3), chance.randint(1, 2)),
                    )
                )
    return inventory(checks, systems, connections)


def live(bench, chance, runs=400):
    checks = [*bench.inventory.checks]
    for _ in range(runs):
        bench.advance(chance.uniform(0, 3))
        seen = chance.choice(
            [
                *SEEN.values(),
                up(CODE(200), VERSION(1, version="1.3")),
                up(CODE(chance.random() * 1e7), CALLS(chance.randrange(9), consumer=f"a{chance.randrange(3)}")),
                down(Reason.STATUS, "answered 500", CODE(500), VERSION(1, version="1.2"), VERSION(0, version="1.3")),
            ]
        )
        bench.judge.take(
            outcome(
                chance.choice(checks),
                bench.clock.now(),
                seen,
                duration_seconds=chance.random(),
                phases={"connect": chance.random(), "tls": 0.0},
            )
        )


def without_own(text):
    for start in OWN:
        text = text.split(start)[0]
    return text.removesuffix("# EOF\n")


@pytest.mark.parametrize("seed", range(5))
def test_text_is_what_prometheus_client_writes_of_the_same_values(seed):
    chance = random.Random(seed)
    bench = Scraped(country(chance))
    live(bench, chance)
    bench.reload(country(chance))
    live(bench, chance)

    assert without_own(bench.text()) == generate_latest(bench.metrics).decode()
    expected = generate_openmetrics(bench.metrics).decode().removesuffix("# EOF\n")
    assert without_own(bench.text(openmetrics=True)) == expected


@pytest.mark.parametrize("seed", range(3))
def test_exposition_is_valid_and_no_series_comes_twice(seed):
    chance = random.Random(seed)
    bench = Scraped(country(chance))
    live(bench, chance)

    text = bench.text()

    lines = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines))
    types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    assert sum(len(family.samples) for family in parse(text)) == len(lines)
    assert sum(len(family.samples) for family in parse_openmetrics(bench.text(openmetrics=True))) == len(lines)


def written(bench, watched):
    """Return whose texts a reload writes: of checks, and of targets."""
    found = []
    for kept in (bench.metrics._checks, bench.metrics._targets):
        slots = set()

        def put(key, slot, text, *, put=kept.store.put, slots=slots):
            slots.add(slot)
            put(key, slot, text)

        kept.store.put = put
        found.append((kept, slots))
    bench.reload(watched)
    return [[one for one, row in kept.rows.items() if row.slot in slots] for kept, slots in found]


@pytest.mark.parametrize(
    ("checks", "systems", "connections", "expected"),
    [
        ((), (), (), [[], []]),
        ((1,), (), (), [["a/t1/http"], []]),
        ((), (2,), (), [[], ["a/t2"]]),
        ((0,), (), (3,), [["a/t0/http"], ["a/c3"]]),
    ],
)
def test_reload_writes_the_texts_of_what_changed_and_no_others(checks, systems, connections, expected):
    looks = [check(f"a/t{number}/http", measures=MEASURES) for number in range(4)]
    hubs = [system(f"a/t{number}") for number in range(4)]
    paths = [connection(f"a/c{number}", f"a/t{number}") for number in range(4)]
    bench = Scraped(inventory(looks, hubs, paths))
    live(bench, random.Random(1), runs=40)
    bench.text()
    watched = inventory(
        [renamed(one, every=timedelta(seconds=77)) if at in checks else one for at, one in enumerate(looks)],
        [renamed(one, name="Khác" if at in systems else one.name) for at, one in enumerate(hubs)],
        [renamed(one, name="Khác" if at in connections else one.name) for at, one in enumerate(paths)],
    )

    found = written(bench, watched)

    assert found == expected
    assert without_own(bench.text()) == generate_latest(bench.metrics).decode()


def test_what_is_removed_is_gone_at_once_and_everything_else_stays():
    looks = [check(f"a/t{number}/http", measures=MEASURES) for number in range(3)]
    paths = [connection("a/c0", "a/t0"), connection("a/c1", "a/t1")]
    bench = Scraped(inventory(looks, [system(one.target) for one in looks], paths))
    live(bench, random.Random(2), runs=40)
    before = without_own(bench.text()).splitlines()

    bench.reload(inventory(looks[1:], [system(one.target) for one in looks[1:]], paths[1:]))

    gone = ('target="t0"', 'target="c0"')
    shared = ("datashare_probe_latency", "datashare_probe_failure_reasons", "datashare_agency_connections")
    stays = [line for line in before if not any(one in line for one in gone) and not line.startswith(shared)]
    after = without_own(bench.text()).splitlines()
    assert [line for line in after if not line.startswith(shared)] == stays


def test_openmetrics_ends_once_and_plain_text_never():
    bench = Scraped(inventory([check("a/t/http")], [system("a/t")]))

    for index in range(3):
        assert bench.text(index, 3, openmetrics=True).count("# EOF\n") == 1
        assert bench.text(index, 3, openmetrics=True).endswith("# EOF\n")
    assert "# EOF" not in bench.text()


@pytest.mark.parametrize("count", [2, 5])
def test_slices_make_up_the_whole_and_keep_a_target_together(count):
    chance = random.Random(3)
    bench = Scraped(country(chance))
    live(bench, chance)

    def lines(text):
        return {line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith(("#", "process_"))}

    slices = [lines(bench.text(index, count)) for index in range(count)]

    assert set().union(*slices) == lines(bench.text())
    assert sum(map(len, slices)) == len(lines(bench.text()))
    assert all("datashare_monitor_" not in bench.text(index, count) for index in range(1, count))
    for target in bench.inventory.checks_of:
        agency, _, name = target.partition("/")
        mine = [f'agency="{agency}"' in line and f'target="{name}"' in line for one in slices for line in one]
        homes = [any(f'agency="{agency}"' in line and f'target="{name}"' in line for line in one) for one in slices]
        assert any(mine)
        assert sum(homes) == 1


def test_slices_are_the_same_in_another_process():
    assert [place_of(target) % 7 for target in ("ha-noi/lgsp", "bo-cong-an/population-db")] == [5, 2]


def test_samples_are_counted():
    chance = random.Random(8)
    bench = Scraped(country(chance))
    live(bench, chance)

    lines = [line for line in bench.text().splitlines() if not line.startswith("#")]

    assert abs(bench.metrics.samples - len(lines)) < 100


def test_values_that_change_in_the_midst_of_a_scrape_leave_it_valid():
    chance = random.Random(4)
    bench = Scraped(country(chance, agencies=10))
    live(bench, chance)

    pieces = []
    for chunk in bench.metrics.chunks(openmetrics=True):
        pieces.append(chunk.decode())
        live(bench, chance, runs=3)
        if len(pieces) == 10:
            bench.reload(country(chance, agencies=5))

    families = [*parse_openmetrics("".join(pieces))]
    assert len(families) > 30


def test_change_of_a_check_that_is_gone_is_ignored():
    bench = Scraped(inventory([check("a/t/http")], [system("a/t")]))
    bench.run("a/t/http", Status.UP)
    changes = [event for event in bench.events if isinstance(event, StateChanged)]
    bench.reload(inventory([]))

    for event in changes:
        bench.metrics(event)
    bench.metrics(outcome("a/t/http", bench.clock.now(), Status.UP))

    assert 'target="t"' not in bench.text()


def test_metrics_need_nothing_but_vital_signs():
    metrics = Metrics(Vitals())

    assert b"datashare_build_info{" in b"".join(metrics.chunks())


def test_scrape_of_many_checks_holds_the_loop_shortly_and_costs_little():
    checks = [check(f"a{number % 56}/t{number // 2}/c{number % 2}") for number in range(5_000)]
    bench = Scraped(inventory(checks, [system(one) for one in sorted({one.target for one in checks})]))
    for one in checks:
        bench.judge.take(outcome(one.id, bench.clock.now(), Status.UP))

    scrape, pauses, began = bench.metrics.chunks(), [], time.process_time()
    while True:
        before = time.thread_time()
        if next(scrape, None) is None:
            break
        pauses.append(time.thread_time() - before)

    # Generous, for a machine that is busy; the figures themselves are in the benchmarks.
    assert time.process_time() - began < 1.0
    assert sorted(pauses)[-3] < 0.010


def test_many_checks_that_look_between_two_scrapes_are_all_up_to_date_in_the_next():
    checks = [check(f"a{number % 7}/t{number}/c") for number in range(MOST_BEHIND + 500)]
    bench = Scraped(inventory(checks, [system(one.target) for one in checks]))
    for _ in range(3):
        bench.clock.advance(10)
        for one in checks:
            bench.judge.take(outcome(one.id, bench.clock.now(), up()))

    runs = bench.samples("datashare_probe_runs_total")
    spent = bench.samples("datashare_check_state_seconds_total", state="up")

    assert (len(runs), set(runs.values())) == (len(checks), {3.0})
    assert (len(spent), set(spent.values())) == (len(checks), {20.0})


def test_check_that_goes_before_its_newest_run_was_shown_leaves_no_text():
    bench = Scraped(inventory([check("a/t/old")], [system("a/t")]))
    bench.run("a/t/old", Status.UP)
    bench.reload(inventory([check("a/t/new")], [system("a/t")]))

    text = bench.text()

    assert 'check="old"' not in text
    assert bench.value("datashare_probe_runs_total", check="new") == 0
