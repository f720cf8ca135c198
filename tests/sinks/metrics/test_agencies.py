"""What all checks of an agency spent in each state is told of the agency as well."""

import pytest
from judge.watch import check, inventory, outcome, system
from sinks.metrics.scraped import Scraped

from monitor.observation import Status

UP, DOWN = Status.UP, Status.DOWN
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
