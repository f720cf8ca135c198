"""Promise: every reason has somebody to act on it and something to do."""

import pytest
from web.pretend import outcome

from monitor.cli.advice import ADVICE, advice_on
from monitor.inventory import CheckId
from monitor.observation import OURS, FaultDomain, Observation, Reason, Status, down, up

CHECK = CheckId("a/b/c")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_advice(reason):
    advice = ADVICE[reason]

    assert advice.remedy.endswith(".")
    assert (advice.fault is FaultDomain.MONITOR) == (reason in OURS)


def test_target_knows_better_whose_fault_it_is():
    advice = advice_on(outcome(CHECK, down(Reason.STATUS, "", fault=FaultDomain.HUB)))

    assert advice.fault is FaultDomain.HUB
    assert advice_on(outcome(CHECK, up())) is None


def test_unknown_is_never_the_targets():
    assert advice_on(outcome(CHECK, Observation(Status.UNKNOWN, Reason.EGRESS))).fault is FaultDomain.MONITOR
