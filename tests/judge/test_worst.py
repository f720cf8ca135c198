"""A target is as bad as the worst of its checks, and remembers when that began."""

from datetime import timedelta

import pytest
from judge.watch import START, Bench, check, inventory, system

from monitor.inventory import Confirm
from monitor.judge.worst import worst
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed, Subject

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
ONE, TWO = "a/portal/one", "a/portal/two"
QUICK = Confirm(1, 1)


def state(status, reason=None, seconds=0):
    return Confirmed(status, reason, START + timedelta(seconds=seconds))


PENDING = state(UNKNOWN, Reason.PENDING)
OURS = state(UNKNOWN, Reason.NETWORK)


@pytest.mark.parametrize(
    ("states", "index"),
    [
        ([state(UP), OURS], 1),
        ([OURS, state(DEGRADED, Reason.SLOW)], 1),
        ([state(DEGRADED, Reason.SLOW), state(DOWN, Reason.DNS)], 1),
        ([PENDING, state(UP)], 1),
        ([PENDING, OURS], 1),
        ([state(DOWN, Reason.DNS, 9), state(DOWN, Reason.TLS, 5)], 1),
    ],
)
def test_worst_of_states(states, index):
    assert worst(states) is states[index]


def test_nothing_has_no_worst_state():
    assert worst([]) is None


def watch():
    return Bench(inventory([check(ONE, confirm=QUICK), check(TWO, confirm=QUICK)], [system("a/portal")]))


def test_target_is_down_since_its_first_check_and_up_again_with_its_last():
    bench = watch()
    bench.run(ONE, UP, every=10)
    bench.run(TWO, UP, every=10)
    bench.run(ONE, DOWN, every=10)
    bench.run(TWO, DOWN, every=10)
    bench.run(ONE, UP, every=10)

    assert bench.judge.state("a/portal") == Confirmed(DOWN, Reason.REFUSED, bench.after(30), "refused")
    bench.run(TWO, UP, every=10)
    assert bench.judge.state("a/portal") == Confirmed(UP, None, bench.after(60))
    assert [change.now.status for change in bench.changes(Subject.SYSTEM)] == [UP, DOWN, UP]


def test_target_that_was_unknown_for_a_while_keeps_the_moment_of_its_state():
    bench = watch()
    bench.run(ONE, UP)
    bench.run(TWO, UP)
    bench.run(ONE, UNKNOWN)

    assert bench.judge.state("a/portal").status is UNKNOWN
    bench.run(ONE, UP)
    assert bench.judge.state("a/portal") == Confirmed(UP, None, bench.after(30))


def test_improvement_began_with_the_run_that_showed_it():
    bench = watch()
    bench.run(TWO, DEGRADED)
    bench.run(ONE, DOWN)
    bench.run(ONE, UP)

    assert bench.judge.state("a/portal") == Confirmed(DEGRADED, Reason.SLOW, bench.after(90), "took 3 s")
