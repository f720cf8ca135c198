"""The judge confirms, accounts and tells: one event for each outcome, one for each change, nothing else."""

import gc
import time as wall
from dataclasses import replace
from datetime import time, timedelta

import pytest
from judge.watch import START, Bench, check, connection, inventory, outcome, replaced, system

from monitor.inventory import OneOffWindow, WeeklyWindow
from monitor.judge.timetable import AT_ONCE
from monitor.observation import Reason, Status, down
from monitor.outcome import PENDING, Confirmed, InventoryReplaced, Outcome, StateChanged, StateSeconds, Subject

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ID = "a/portal/http"


def watch(windows=(), **settings):
    return Bench(inventory([check(ID, **settings)], [system("a/portal", maintenance=windows)]))


def test_outcome_goes_on_with_its_confirmed_state_and_account():
    bench = watch()

    bench.run(ID, UP, DOWN)

    last = bench.events[-1]
    assert (last.observation.status, last.confirmed.status) == (DOWN, UP)
    assert last.seconds == StateSeconds(up=30.0, unknown=30.0)
    assert last.duration_seconds == 0.25


def test_every_field_of_an_outcome_is_passed_on():
    bench = watch()
    given = outcome(ID, START, UP, phases={"connect": 0.1}, duration_seconds=0.5)

    bench.judge.take(given)

    passed = next(event for event in bench.events if isinstance(event, Outcome))
    assert replace(passed, confirmed=given.confirmed, seconds=given.seconds) == given


def test_change_is_told_once_with_what_was_before():
    bench = watch()

    bench.run(ID, UP, DOWN, DOWN, DOWN, UP)

    now = [(one.before and one.before.status, one.now.status, one.now.since, one.at) for one in bench.changes()]
    assert now == [
        (None, UP, bench.after(30), bench.after(30)),
        (UP, DOWN, bench.after(60), bench.after(90)),
        (DOWN, UP, bench.after(150), bench.after(150)),
    ]
    assert bench.changes()[1].seconds == StateSeconds(up=30.0, down=30.0, unknown=30.0)


def test_reason_that_changes_is_no_change_of_state_but_is_in_the_outcome():
    bench = watch()
    bench.run(ID, DOWN)

    bench.run(ID, down(Reason.TIMEOUT, "took too long"))

    assert len(bench.changes()) == 1
    assert bench.events[-1].confirmed == Confirmed(DOWN, Reason.TIMEOUT, bench.after(30), "took too long")
    assert bench.judge.state("a/portal").reason is Reason.TIMEOUT


@pytest.mark.parametrize(("recheck", "asked"), [(10, 1), (30, 0), (60, 0)])
def test_change_that_waits_asks_for_a_recheck_sooner_than_the_beat(recheck, asked):
    bench = watch(recheck=timedelta(seconds=recheck))

    bench.run(ID, UP, DOWN, DOWN, DOWN)

    assert bench.rechecks == [(ID, timedelta(seconds=recheck))] * asked


def test_outcome_of_a_check_that_is_gone_is_dropped():
    bench = watch()
    bench.reload(inventory([]))

    bench.judge.take(outcome(ID, bench.clock.now(), DOWN))

    assert isinstance(bench.events[-1], InventoryReplaced)
    assert bench.judge.state(ID) is PENDING


def test_outcome_touches_nobody_else():
    others = [f"a/s{number}/http" for number in range(5)]
    bench = Bench(inventory([check(one) for one in others], [system(one.rpartition("/")[0]) for one in others]))

    bench.run(others[2], DOWN)

    touched = {event.check if isinstance(event, Outcome) else event.id for event in bench.events[1:]}
    assert touched == {others[2], "a/s2"}


def test_window_marks_the_check_and_its_system_as_it_opens_and_closes():
    bench = watch((OneOffWindow(start=START + timedelta(seconds=100), length=timedelta(seconds=60)),))
    bench.run(ID, DOWN, every=1)

    for _ in range(200):
        bench.advance(1)

    for subject, name in ((Subject.CHECK, ID), (Subject.SYSTEM, "a/portal")):
        marks = [(one.id, one.now.maintenance, one.now.status, one.at) for one in bench.changes(subject)[1:]]
        # After 39 seconds nothing was heard for too long.
        assert (name, True) in [mark[:2] for mark in marks]
        assert next(mark[3] for mark in marks if mark[1]) == bench.after(100)
        assert marks[-1][:2] == (name, False)
        assert marks[-1][3] == bench.after(160)


def test_window_that_is_open_at_the_start_marks_at_once():
    bench = watch((OneOffWindow(start=START - timedelta(seconds=1), length=timedelta(seconds=60)),))

    assert bench.judge.state(ID).maintenance
    assert [one.now.maintenance for one in bench.changes()] == [True]
    bench.run(ID, UP)
    assert bench.judge.state(ID) == Confirmed(UP, None, bench.after(30), maintenance=True)


def test_hubs_window_covers_the_connections_through_it():
    window = WeeklyWindow(days=frozenset(range(7)), start=time(8), length=timedelta(hours=1))
    bench = Bench(
        inventory(
            [check("a/link/http", every=3600)],
            [system("b/hub", maintenance=(window,)), system("b/db")],
            [connection("a/link", via=("b/hub",))],
        )
    )

    bench.advance(3600)

    assert bench.judge.state("a/link/http").maintenance
    assert bench.judge.state("a/link").maintenance
    bench.advance(3600)
    assert not bench.judge.state("a/link").maintenance


def test_check_that_is_not_heard_of_becomes_unknown_since_its_state_ended():
    bench = watch(every=30, timeout=5)
    bench.run(ID, UP)

    bench.advance(66)
    assert bench.judge.state(ID).status is UP
    bench.advance(2)

    assert bench.judge.state(ID).status is UNKNOWN
    assert bench.judge.state(ID).reason is Reason.OVERDUE
    assert bench.judge.state(ID).since == bench.after(30 + 37)
    assert bench.judge.state("a/portal").status is UNKNOWN
    assert bench.changes()[-1].seconds == StateSeconds(up=37.0, unknown=30.0 + 31.0)


def test_overdue_check_comes_back_with_its_state():
    bench = watch()
    bench.run(ID, UP)
    bench.advance(600)

    bench.run(ID, UP)

    assert bench.judge.state(ID) == Confirmed(UP, None, bench.after(30))
    assert [one.now.status for one in bench.changes()] == [UP, UNKNOWN, UP]


def test_check_that_never_ran_becomes_overdue_and_is_told_once():
    bench = watch()

    for _ in range(500):
        bench.advance(1)

    assert [(one.before.reason, one.now.reason) for one in bench.changes()] == [(Reason.PENDING, Reason.OVERDUE)]


def test_beat_that_is_changed_again_and_again_leaves_one_plan_to_look():
    bench = watch()
    for number in range(50):
        bench.reload(inventory([check(ID, every=30 + number % 2)], [system("a/portal")]))

    for _ in range(200):
        bench.run(ID, UP, every=30)
        bench.judge.advance(bench.clock.now())

    assert len(bench.judge._timetable._silence) == 1


def test_step_of_the_wall_clock_makes_nothing_overdue():
    bench = watch()
    bench.run(ID, UP)

    bench.clock.step_wall(36_000)
    bench.advance(1)

    assert bench.judge.state(ID).status is UP


def test_run_that_was_skipped_keeps_the_check_from_being_overdue_but_not_known():
    bench = watch()
    bench.run(ID, UP)

    bench.run(ID, *[UNKNOWN] * 10)
    bench.advance(30)

    assert bench.judge.state(ID).reason is Reason.NETWORK


def test_reload_keeps_what_stays_and_forgets_what_goes():
    one, two = check(ID), check("a/portal/tls")
    bench = Bench(inventory([one, two], [system("a/portal")]))
    bench.run(ID, UP, DOWN)
    bench.run("a/portal/tls", DOWN)

    bench.reload(inventory([replace(one, every=timedelta(seconds=60))], [system("a/portal")]))

    assert bench.judge.state("a/portal/tls") is PENDING
    assert bench.judge.seconds(ID) == StateSeconds(up=30.0, unknown=30.0)
    assert bench.judge.state("a/portal").status is UP
    bench.run(ID, DOWN)
    assert bench.judge.state(ID) == Confirmed(DOWN, Reason.REFUSED, bench.after(60), "refused")


def test_target_that_becomes_another_subject_under_its_id_is_told_anew():
    one = check(ID)
    bench = Bench(inventory([one], [system("a/portal")]))
    bench.run(ID, DOWN, DOWN)
    told = []
    for systems, connections in (((), [connection("a/portal")]), ([system("a/portal")], ())):
        bench.events.clear()
        bench.reload(inventory([one], systems, connections))
        (change,) = bench.changes(Subject.CONNECTION if connections else Subject.SYSTEM)
        told.append((change.id, change.before, change.now.status, change.now.since))

    assert told == [("a/portal", None, DOWN, bench.after(30))] * 2
    assert bench.judge.state(ID).status is DOWN


def test_reload_passes_the_inventory_on_before_any_change_that_follows_from_it():
    one = check(ID)
    bench = Bench(inventory([one], [system("a/portal")]))
    bench.events.clear()

    window = OneOffWindow(start=START - timedelta(seconds=1), length=timedelta(hours=1))
    bench.reload(inventory([one], [system("a/portal", maintenance=(window,))]))

    assert [type(event) for event in bench.events] == [InventoryReplaced, StateChanged, StateChanged]
    assert bench.judge.state(ID).maintenance


def test_window_that_is_taken_out_while_open_takes_its_mark_away():
    one = check(ID)
    window = OneOffWindow(start=START - timedelta(seconds=1), length=timedelta(hours=1))
    bench = Bench(inventory([one], [system("a/portal", maintenance=(window,))]))

    bench.reload(inventory([one], [system("a/portal")]))

    assert not bench.judge.state(ID).maintenance
    assert not bench.judge.state("a/portal").maintenance


def test_new_check_does_not_hide_what_the_others_say():
    one = check(ID)
    bench = Bench(inventory([one], [system("a/portal")]))
    bench.run(ID, UP)

    bench.reload(inventory([one, check("a/portal/tls")], [system("a/portal")]))

    assert bench.judge.state("a/portal").status is UP


def test_wave_of_silence_is_worked_off_in_pieces():
    ids = [f"a/portal/c{number}" for number in range(AT_ONCE + 5)]
    bench = Bench(inventory([check(one) for one in ids], [system("a/portal")]))

    bench.advance(1000)
    assert len(bench.changes()) == AT_ONCE
    bench.advance(1)
    assert len(bench.changes()) == AT_ONCE + 5


def test_first_inventory_tells_no_changes():
    assert [type(event) for event in watch().events] == [InventoryReplaced]


def test_reload_of_ten_thousand_checks_is_quick():
    checks = [check(f"a{number % 50}/s{number // 4}/c{number % 4}") for number in range(10_000)]
    watched = inventory(checks, [system(one) for one in sorted({one.target for one in checks})])
    bench = Bench(watched)

    began = wall.process_time()
    bench.judge.replace(replaced(replace(watched), watched))

    assert wall.process_time() - began < 1.0


def test_what_a_reload_drops_is_freed_at_once():
    bench = Bench(inventory([check("a/t/one"), check("a/t/two"), check("a/u/one")], [system("a/t"), system("a/u")]))
    bench.run("a/t/one", Status.UP)
    bench.events.clear()
    gc.collect()
    gc.disable()
    try:
        bench.reload(inventory([check("a/t/one")], [system("a/t")]))
        bench.events.clear()
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0
