"""Connections that are suspended or retired rest: nothing looks at them, and what their hops do is not theirs."""

from dataclasses import replace
from datetime import date

import pytest
from judge.watch import Bench, check, connection, inventory, system

from monitor.inventory import Stage, StageChange, SystemKind
from monitor.observation import Status
from monitor.outcome import Subject
from monitor.rest import at_rest, awake

LINK, OWN, HUBS = "a/link", "a/link/lookup", "a/hub/ping"
LIVE = StageChange(stage=Stage.LIVE, on=date(2026, 1, 1))


def land(*stages):
    link = connection(LINK, "b/db", via=("a/hub",), stages=(LIVE, *stages))
    return inventory([check(HUBS), check(OWN)], [system("a/hub", kind=SystemKind.HUB), system("b/db")], [link])


def reached(stage, day):
    return StageChange(stage=stage, on=date(2026, 5, day))


@pytest.mark.parametrize("stage", list(Stage))
def test_only_what_is_suspended_or_retired_rests(stage):
    resting = at_rest(land(reached(stage, 4)), date(2026, 5, 4))

    assert bool(resting) is (stage in {Stage.SUSPENDED, Stage.RETIRED})


def test_it_rests_from_the_day_on_and_no_longer_once_it_is_live_again():
    stages = (reached(Stage.SUSPENDED, 4), reached(Stage.LIVE, 6))

    days = [day for day in range(1, 9) if at_rest(land(*stages), date(2026, 5, day))]

    assert days == [4, 5]


def test_checks_of_what_rests_do_not_run_and_the_others_stay_the_very_same():
    whole = land(reached(Stage.RETIRED, 4))

    seen = awake(whole, date(2026, 5, 4))

    assert list(seen.checks) == [HUBS]
    assert seen.checks[HUBS] is whole.checks[HUBS]
    assert seen.connections == whole.connections
    assert not seen.is_watched(LINK)
    assert awake(whole, date(2026, 5, 3)) is whole


def test_hub_that_falls_takes_no_connection_with_it_that_rests():
    bench = Bench(awake(land(reached(Stage.RETIRED, 4)), date(2026, 5, 4)))
    bench.run(HUBS, Status.UP, Status.DOWN, Status.DOWN)

    assert bench.changes(Subject.CONNECTION) == []
    assert bench.judge.fault(LINK) is None
    assert bench.judge.seconds(LINK) is None


def test_connection_that_is_down_is_forgotten_when_it_comes_to_rest_and_judged_anew_when_it_wakes():
    whole = land(reached(Stage.SUSPENDED, 4))
    bench = Bench(whole)
    bench.run(HUBS, Status.DOWN, Status.DOWN)
    before = bench.judge.fault(LINK)

    bench.reload(awake(whole, date(2026, 5, 4)))
    resting = bench.judge.fault(LINK), bench.judge.state(LINK).status
    bench.reload(replace(whole))

    assert before.at == "a/hub"
    assert resting == (None, Status.UNKNOWN)
    assert (bench.judge.state(LINK).status, bench.judge.fault(LINK).at) == (Status.DOWN, "a/hub")
