"""An outcome that was packed comes back as it was, but for its account and its readings."""

from dataclasses import replace
from datetime import timedelta

import pytest
from judge.watch import START, outcome

from monitor.measure import Label, Measure
from monitor.observation import FaultDomain, Reason, Status, down, up
from monitor.outcome import Confirmed
from monitor.sinks.slim import MOST_SHAPES, Shapes, full, slim

CODE = Measure("probe_http_status_code", "Status of the answer.")
CALLS = Measure("exchange_calls", "Calls.", labels=(Label("consumer"),))
ID = "a/portal/http"


def packed(given):
    return slim(given, Shapes().of(given, None))


@pytest.mark.parametrize(
    "given",
    [
        outcome(ID, START, up()),
        outcome(ID, START, Status.UNKNOWN),
        outcome(
            ID,
            START + timedelta(microseconds=1),
            down(Reason.STATUS, "half \ud800 Hà Nội", CODE(503), CALLS(1.5, consumer="a"), fault=FaultDomain.PROVIDER),
            phases={"connect": 0.001, "processing": 0.2},
            confirmed=Confirmed(Status.DEGRADED, Reason.SLOW, START - timedelta(days=3), "slow", maintenance=True),
        ),
    ],
)
@pytest.mark.parametrize("shapes_before", [0, MOST_SHAPES])
def test_outcome_comes_back_without_its_readings(given, shapes_before):
    shapes = Shapes()
    for number in range(shapes_before):
        shapes.of(outcome(ID, START, up(), phases={str(number): 1.0}), None)

    kept = full(ID, slim(given, shapes.of(given, None)))

    assert kept == replace(given, observation=replace(given.observation, readings=()))


def test_outcomes_of_one_shape_share_it_whatever_their_check():
    shapes = Shapes()
    one = shapes.of(outcome(ID, START, up(CODE(200)), phases={"connect": 1.0}), None)
    other = shapes.of(outcome(ID, START, up(CODE(404)), phases={"connect": 2.0}), one)
    of_another_check = shapes.of(outcome("b/portal/http", START, up(CODE(200)), phases={"connect": 3.0}), None)
    different = shapes.of(outcome(ID, START, up(), phases={"tls": 2.0}), one)

    assert other is one
    assert of_another_check is one
    assert different is not one


def test_shapes_without_end_are_not_kept():
    shapes = Shapes()

    for number in range(MOST_SHAPES + 5):
        shapes.of(outcome(ID, START, up(), phases={str(number): 1.0}), None)

    assert len(shapes) == MOST_SHAPES + 1  # the last for all those whose names are packed along


def test_packed_outcome_is_small():
    given = outcome(ID, START, up(*[CODE(number) for number in range(8)]), phases={str(i): 0.1 for i in range(5)})

    assert packed(given).cost < 250
