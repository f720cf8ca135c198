"""Thresholds turn what runs saw into what is confirmed, exactly as the table in the module says."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from judge.hindsight import flags, is_down, is_not_up
from judge.watch import SEEN, START

from monitor.inventory import Confirm
from monitor.judge.belief import Belief
from monitor.judge.confirm import Standing, Streak, answers, beginning, step
from monitor.observation import Reason, Status, down
from monitor.outcome import Confirmed

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
KNOWN = (UP, DEGRADED, DOWN)
DEFAULT = Confirm()


def at(run):
    return START + timedelta(seconds=30 * run)


def after(runs, confirm=DEFAULT):
    standing = beginning(START - timedelta(seconds=10))
    for number, seen in enumerate(runs):
        standing = step(standing, SEEN[seen], at(number), confirm)
    return standing


@pytest.mark.parametrize(
    ("settled", "saw", "outer", "inner"),
    [
        (UP, UP, False, False),
        (UP, DEGRADED, True, False),
        (UP, DOWN, True, True),
        (DEGRADED, UP, True, False),
        (DEGRADED, DEGRADED, False, False),
        (DEGRADED, DOWN, False, True),
        (DOWN, UP, True, True),
        (DOWN, DEGRADED, False, True),
        (DOWN, DOWN, False, False),
    ],
)
def test_run_contradicts_the_answers_of_the_table(settled, saw, outer, inner):
    standing = after([settled, saw], Confirm(down=3, up=3))

    assert (standing.outer is not None, standing.inner is not None) == (outer, inner)
    assert standing.confirmed == after([settled]).confirmed


@pytest.mark.parametrize("first", [*KNOWN])
def test_first_known_run_decides_at_once(first):
    standing = after([UNKNOWN, first], Confirm(down=5, up=5))

    assert standing.confirmed.status is first
    assert standing.confirmed.since == at(1)


@pytest.mark.parametrize(
    ("runs", "status", "began"),
    [
        ([UP, DOWN], UP, 0),
        ([UP, DOWN, DOWN], DOWN, 1),
        ([UP, DOWN, UP, DOWN], UP, 0),
        ([UP, DOWN, DEGRADED], DEGRADED, 1),
        ([UP, DEGRADED, DOWN], DEGRADED, 1),
        ([UP, DEGRADED, DOWN, DOWN], DOWN, 2),
        ([UP, DOWN, DEGRADED, DOWN, DEGRADED, DOWN], DEGRADED, 1),
        ([UP, DOWN, UNKNOWN, DOWN], DOWN, 1),
        ([UP, DOWN, UNKNOWN, UP, DOWN], UP, 0),
        ([DOWN, UP], UP, 1),
        ([DOWN, DEGRADED], DEGRADED, 1),
        ([DEGRADED, DOWN, DOWN], DOWN, 1),
        ([DEGRADED, UP], UP, 1),
    ],
)
def test_default_thresholds(runs, status, began):
    confirmed = after(runs).confirmed

    assert (confirmed.status, confirmed.since) == (status, at(began))


@pytest.mark.parametrize(
    ("runs", "status", "began"),
    [
        ([DOWN, UP], DOWN, 0),
        ([DOWN, UP, UP], UP, 1),
        ([DOWN, UP, DEGRADED], DEGRADED, 1),
        ([DOWN, DEGRADED, UP], DEGRADED, 1),
        ([DOWN, DEGRADED, UP, UP], UP, 2),
        ([DOWN, UP, DOWN, UP], DOWN, 0),
    ],
)
def test_recovery_waits_for_its_own_threshold(runs, status, began):
    confirmed = after(runs, Confirm(down=1, up=2)).confirmed

    assert (confirmed.status, confirmed.since) == (status, at(began))


def test_unknown_run_makes_the_state_unknown_at_once_since_the_first_one():
    confirmed = after([UP, UNKNOWN, UNKNOWN]).confirmed

    assert confirmed == Confirmed(UNKNOWN, Reason.NETWORK, at(1), "our own network failed")


def test_known_run_brings_the_settled_state_back_with_its_moment():
    confirmed = after([DOWN, UNKNOWN, UNKNOWN, DOWN]).confirmed

    assert confirmed == Confirmed(DOWN, Reason.REFUSED, at(0), "refused")


def test_contrary_run_after_unknown_ones_brings_the_settled_state_back_and_is_pending():
    standing = after([UP, UNKNOWN, DOWN])

    assert (standing.confirmed.status, standing.confirmed.since) == (UP, at(0))
    assert standing.outer == standing.inner == Streak(at(2), 1)


def test_check_that_was_never_known_is_unknown_since_the_beginning():
    assert after([UNKNOWN, UNKNOWN]).confirmed.since == START - timedelta(seconds=10)
    assert after([]).confirmed.reason is Reason.PENDING


def test_reason_follows_the_newest_run_of_the_same_status():
    standing = step(after([DOWN]), down(Reason.TIMEOUT, "took too long"), at(1), Confirm())

    assert standing.confirmed == Confirmed(DOWN, Reason.TIMEOUT, at(0), "took too long")


def test_state_that_is_not_up_has_the_reason_of_a_run_that_was_not_up():
    confirmed = after([DOWN, DEGRADED, UP], Confirm(down=1, up=2)).confirmed

    assert (confirmed.status, confirmed.reason) == (DEGRADED, Reason.SLOW)


def test_run_that_says_nothing_new_leaves_the_very_same_standing():
    before = after([UP, UP])

    assert step(before, SEEN[UP], at(2), Confirm()) is before


def test_thresholds_lowered_while_a_change_waits_take_the_streak_as_it_is():
    standing = after([UP, DEGRADED, DOWN], Confirm(down=5))

    standing = step(standing, SEEN[DOWN], at(3), Confirm(down=2))

    assert (standing.confirmed.status, standing.confirmed.since) == (DOWN, at(2))
    assert not standing.is_pending


@pytest.mark.parametrize(
    ("runs", "belief"),
    [
        ([], Belief.PENDING),
        ([UNKNOWN], Belief.UNKNOWN),
        ([UP], Belief.UP),
        ([DEGRADED], Belief.DEGRADED),
        ([DOWN], Belief.DOWN),
        ([UP, DEGRADED], Belief.UP_OR_DEGRADED),
        ([UP, DOWN], Belief.OPEN),
        ([UP, DOWN, DEGRADED], Belief.UP_OR_DEGRADED),
        ([DEGRADED, DOWN], Belief.DEGRADED_OR_DOWN),
        ([DEGRADED, UP], Belief.UP_OR_DEGRADED),
        ([DOWN, UP], Belief.OPEN),
        ([DOWN, UP, DEGRADED], Belief.DEGRADED_OR_DOWN),
        ([UP, DOWN, UNKNOWN], Belief.UNKNOWN),
    ],
)
def test_belief_says_what_the_time_after_a_run_may_turn_out_to_be(runs, belief):
    assert after(runs, Confirm(down=4, up=4)).belief is belief


def test_every_sequence_of_six_runs_agrees_with_hindsight():
    for confirm in (Confirm(1, 1), Confirm(2, 1), Confirm(2, 2), Confirm(3, 2), Confirm(1, 3)):
        for runs in itertools.product(KNOWN, repeat=6):
            standing = after(runs, confirm)
            outer, inner = flags(runs, confirm, is_not_up), flags(runs, confirm, is_down)
            is_outer, is_inner = ([one for one in found if one is not None][-1] for found in (outer, inner))
            expected = DOWN if is_inner else DEGRADED if is_outer else UP
            assert standing.confirmed.status is expected, (confirm, runs)
            assert (standing.outer is None, standing.inner is None) == (outer[-1] is not None, inner[-1] is not None)


def test_unknown_runs_in_between_never_change_what_is_settled():
    chance = random.Random(7)
    for _ in range(2000):
        known = [chance.choice(KNOWN) for _ in range(8)]
        mixed = [seen for run in known for seen in [*[UNKNOWN] * chance.randrange(3), run]]
        confirm = Confirm(chance.randint(1, 3), chance.randint(1, 3))

        assert after(mixed, confirm).settled.status is after(known, confirm).settled.status


def test_answers_come_when_a_streak_ends_either_way():
    pending = after([UP, DOWN])

    assert answers(pending, after([UP, DOWN, DOWN])) == (True, True)
    assert answers(pending, after([UP, DOWN, UP])) == (False, False)
    assert answers(pending, after([UP, DOWN, DEGRADED])) == (True, False)
    assert answers(pending, after([UP, DOWN, UNKNOWN])) == (None, None)


def test_a_standing_without_anything_is_pending_since_ever():
    assert Standing().confirmed.since == datetime(1970, 1, 1, tzinfo=UTC)
