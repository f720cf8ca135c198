"""Answers turn undecided beliefs into decided ones, in whatever order they come."""

import itertools

import pytest

from monitor.judge.belief import Answers, Belief, is_decided, settle

STATES = {Belief.UP: (False, False), Belief.DEGRADED: (True, False), Belief.DOWN: (True, True)}
MAY_BE = {
    Belief.UP_OR_DEGRADED: {Belief.UP, Belief.DEGRADED},
    Belief.DEGRADED_OR_DOWN: {Belief.DEGRADED, Belief.DOWN},
    Belief.OPEN: {Belief.UP, Belief.DEGRADED, Belief.DOWN},
}


@pytest.mark.parametrize(("belief", "truth"), [(one, truth) for one, states in MAY_BE.items() for truth in states])
def test_both_answers_decide_in_any_order(belief, truth):
    outer, inner = STATES[truth]

    together = settle(belief, Answers(outer, inner))
    outer_first = settle(settle(belief, Answers(outer, None)), Answers(None, inner))
    inner_first = settle(settle(belief, Answers(None, inner)), Answers(outer, None))

    assert together is outer_first is inner_first is truth


@pytest.mark.parametrize("belief", [one for one in Belief if is_decided(one)])
def test_decided_belief_stays(belief):
    for outer, inner in itertools.product((None, False, True), repeat=2):
        assert settle(belief, Answers(outer, inner)) is belief


def test_the_worst_decided_belief_is_the_greatest():
    decided = [one for one in Belief if is_decided(one)]

    assert decided == [Belief.PENDING, Belief.UP, Belief.UNKNOWN, Belief.DEGRADED, Belief.DOWN]
