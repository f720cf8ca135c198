"""The newest outcome of every check is always there, older ones as far as the budget goes, failures longest."""

import gc
import tracemalloc
from datetime import timedelta
from itertools import count

import pytest
from judge.watch import START, check, inventory, outcome, replaced

from monitor.measure import Label, Measure
from monitor.observation import Reason, Status, down, up
from monitor.settings import Newest
from monitor.sinks.newest import NewestOutcomes

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
ID = "a/portal/http"
NUMBERS = count(1_000_000)
CODE = Measure("probe_http_status_code", "Status of the answer.")
CALLS = Measure("exchange_calls", "Calls.", labels=(Label("consumer"),))


def at(number):
    return START + timedelta(seconds=number)


def numbers(outcomes):
    return [(one.started - START) // timedelta(seconds=1) for one in outcomes]


def test_check_that_never_ran_has_nothing():
    newest = NewestOutcomes(Newest())

    assert newest.of(ID) is None
    assert newest.recent(ID) == newest.failures(ID) == []


def test_last_hundred_and_apart_the_last_hundred_failures():
    newest = NewestOutcomes(Newest())

    for number in range(1000):
        newest(outcome(ID, at(number), DOWN if number % 5 == 0 else UP))

    assert newest.of(ID).started == at(999)
    assert numbers(newest.recent(ID)) == [*range(900, 1000)]
    assert numbers(newest.failures(ID)) == [*range(500, 1000, 5)]


def test_newest_is_the_event_itself_with_its_account():
    newest = NewestOutcomes(Newest())
    event = outcome(ID, START, UP)

    newest(event)

    assert newest.of(ID) is event
    assert newest.recent(ID) == [event]


def test_failures_outlive_successes_when_there_is_no_room():
    newest = NewestOutcomes(Newest(memory_bytes=40_000))
    ids = [f"a/b/c{number}" for number in range(5)]

    for number in range(100):
        for one in ids:
            newest(outcome(one, at(number), DOWN if number < 20 else UP))

    assert newest.used_bytes <= 40_000
    for one in ids:
        assert numbers(newest.failures(one)) == [*range(20)]
        assert 20 < len(newest.recent(one)) < 60


def test_check_that_runs_often_does_not_push_out_the_others():
    newest = NewestOutcomes(Newest(memory_bytes=20_000))
    for number in range(10):
        newest(outcome("a/b/rare", at(number), UP))

    for number in range(10_000):
        newest(outcome("a/b/often", at(number), UP))

    assert numbers(newest.recent("a/b/rare")) == [*range(10)]


def test_newest_stays_even_when_there_is_no_room_at_all():
    newest = NewestOutcomes(Newest(memory_bytes=0))

    for number in range(10):
        newest(outcome(ID, at(number), DOWN))

    assert numbers(newest.recent(ID)) == numbers(newest.failures(ID)) == [9]
    assert newest.used_bytes == 0


def test_check_that_is_gone_leaves_nothing_behind():
    newest = NewestOutcomes(Newest())
    old = inventory([check(ID), check("a/portal/tls")])
    for number in range(10):
        newest(outcome(ID, at(number), DOWN if number % 2 else UP))

    newest(replaced(inventory([check("a/portal/tls")]), old))

    assert newest.of(ID) is None
    assert newest.recent(ID) == newest.failures(ID) == []
    assert newest.used_bytes == 0


def test_renamed_check_takes_its_outcomes_along():
    newest = NewestOutcomes(Newest())
    old = inventory([check(ID)])
    for number in range(10):
        newest(outcome(ID, at(number), DOWN if number % 2 else UP))

    newest(replaced(inventory([check("a/portal/web", formerly=("http",))]), old))

    assert numbers(newest.recent("a/portal/web")) == [*range(10)]
    assert newest.of(ID) is None


def settled(number, phases):
    seen = down(Reason.STATUS, f"answered 503 in round {number}", CODE(503)) if number % 4 else up(CODE(200.5))
    return {"seen": seen, "phases": dict(phases)}


def counted(number, phases):
    """What a collector saw of those who happened to call: others in each run."""
    return {"seen": up(*[CALLS(1.0, consumer=f"agency-{number}-{one}") for one in range(50)]), "phases": phases}


def made_up(number, phases):
    """Name the phases of each run anew, as a plugin may."""
    return {"seen": up(), "phases": {f"phase_{next(NUMBERS)}": 1.0 for _ in range(30)}}


@pytest.mark.parametrize("seen", [settled, counted, made_up])
def test_budget_is_honest(seen):
    """What is counted is what Python really holds, within a fifth; the newest outcome of each check is beside it."""
    budget, ids = 1_000_000, [f"agency/target-{number}/http" for number in range(200)]
    newest = NewestOutcomes(Newest(memory_bytes=budget))
    phases = {"resolve": 0.001, "connect": 0.002, "processing": 0.3, "transfer": 0.01}

    def feed(number):
        for one in ids:
            newest(outcome(one, at(number), **seen(number, phases)))

    feed(0)
    feed(1)
    gc.collect()
    tracemalloc.start()
    for number in range(2, 40):
        feed(number)
    newest._newest.clear()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert newest.used_bytes <= budget
    assert newest.used_bytes > 0.9 * budget
    assert held <= 1.2 * newest.used_bytes
