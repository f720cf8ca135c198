"""Promise: every reason has somebody to act on it and something to do."""

import pytest
from judge.watch import START
from web.pretend import outcome

from monitor.cli.advice import REMEDIES, advice_on
from monitor.inventory import CheckId
from monitor.judge.hop import Hop, Look
from monitor.judge.locate import locate
from monitor.observation import OURS, FaultDomain, Observation, Reason, Status, down, up
from monitor.outcome import Confirmed, Ground

CHECK = CheckId("a/b/c")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_advice(reason):
    status = Status.UNKNOWN if reason in OURS else Status.DOWN

    advice = advice_on(outcome(CHECK, Observation(status, reason)))

    assert REMEDIES[reason].endswith(".")
    assert (advice.fault is FaultDomain.MONITOR) == (reason in OURS)


@pytest.mark.parametrize("reason", sorted(set(Reason) - OURS - {Reason.TIMEOUT, Reason.UNREACHABLE}))
@pytest.mark.parametrize("via", [(), ("ha-noi/lgsp",)])
def test_a_probe_and_the_path_name_the_same_side_for_a_reason(reason, via):
    """Nothing is known of the other hops, and the first one is asked."""
    middle = [Hop(FaultDomain.HUB, one) for one in via]
    hops = [Hop(FaultDomain.CONSUMER, "ha-noi"), *middle, Hop(FaultDomain.PROVIDER, "bo-cong-an/population-db")]
    fault = locate(hops, [Look(CHECK, Confirmed(Status.DOWN, reason, START))]).fault

    advice = advice_on(outcome(CHECK, down(reason, "")), has_hub=bool(via))

    if fault.ground is Ground.REASON or not via:
        assert advice.fault is fault.domain


@pytest.mark.parametrize(
    ("reason", "has_hub", "expected"),
    [
        (Reason.UNAUTHORIZED, True, FaultDomain.CONSUMER),
        (Reason.FORBIDDEN, True, FaultDomain.PROVIDER),
        (Reason.THROTTLED, True, FaultDomain.HUB),
        (Reason.THROTTLED, False, FaultDomain.PROVIDER),
        (Reason.UNREACHABLE, False, FaultDomain.NETWORK),
    ],
)
def test_refusals_have_the_owners_that_the_path_gives_them(reason, has_hub, expected):
    assert advice_on(outcome(CHECK, down(reason, "")), has_hub=has_hub).fault is expected


def test_side_that_x_road_names_acts():
    advice = advice_on(outcome(CHECK, down(Reason.STATUS, "answered 500 with the error Server.ClientProxy.X")))

    assert advice.fault is FaultDomain.CONSUMER


def test_target_knows_better_whose_fault_it_is():
    advice = advice_on(outcome(CHECK, down(Reason.STATUS, "", fault=FaultDomain.HUB)), has_hub=True)

    assert advice.fault is FaultDomain.HUB
    assert advice_on(outcome(CHECK, up())) is None


def test_unknown_is_never_the_targets():
    assert advice_on(outcome(CHECK, Observation(Status.UNKNOWN, Reason.EGRESS))).fault is FaultDomain.MONITOR
