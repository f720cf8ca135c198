"""A status and its reason belong together: up has none, everything else has one, and a fault of ours is never down."""

import pytest

from monitor.measure import Measure
from monitor.observation import OURS, FaultDomain, Observation, Reason, Status, degraded, down, unknown, up

READING = Measure("probe_a", "Something.")(1)


def test_up_has_no_reason():
    assert up(READING, detail="answered") == Observation(Status.UP, None, "answered", (READING,))
    with pytest.raises(ValueError, match="up has none"):
        Observation(Status.UP, Reason.SLOW)


@pytest.mark.parametrize("status", [Status.DEGRADED, Status.DOWN, Status.UNKNOWN])
def test_every_other_status_needs_one(status):
    with pytest.raises(ValueError, match="the others need one"):
        Observation(status)


def test_a_verdict_may_say_who_has_to_act():
    seen = down(Reason.SERVICE_FAULT, "the far side failed", READING, fault=FaultDomain.PROVIDER)

    assert (seen.status, seen.fault, seen.readings) == (Status.DOWN, FaultDomain.PROVIDER, (READING,))
    assert degraded(Reason.SLOW, "slow").fault is None


def test_what_is_unknown_is_for_the_monitor_to_mend():
    assert unknown(Reason.NETWORK, "no route").fault is FaultDomain.MONITOR


def test_reasons_of_ours_are_no_answers_of_a_target():
    answers = {Reason.STATUS, Reason.CONTENT, Reason.TIMEOUT, Reason.REFUSED, Reason.DNS, Reason.CERTIFICATE}

    assert OURS.isdisjoint(answers)
    assert {Reason.PLUGIN, Reason.NETWORK, Reason.LAGGED, Reason.SKIPPED} < OURS
