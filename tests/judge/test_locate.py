"""The first broken hop and its domain are named from the newest states, the reason and what the answer itself says."""

from datetime import timedelta

import pytest
from judge.watch import START

from monitor.judge.hop import Hop, Look, Sight
from monitor.judge.locate import AT_THE_DOOR, LOST, HopVerdict, Location, locate, verdicts
from monitor.judge.owners import OWNED
from monitor.observation import OURS, FaultDomain, Reason, Status
from monitor.outcome import Confirmed, Ground

CONSUMER, HUB, PROVIDER = FaultDomain.CONSUMER, FaultDomain.HUB, FaultDomain.PROVIDER
NETWORK, MONITOR = FaultDomain.NETWORK, FaultDomain.MONITOR
UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
WHY = {DEGRADED: Reason.SLOW, DOWN: Reason.REFUSED, UNKNOWN: Reason.PLUGIN}
ROLES = (CONSUMER, HUB, HUB, PROVIDER)
IDS = ("ha-noi/one-stop", "ha-noi/lgsp", "bo-khcn/ndxp", "bo-cong-an/population-db")


def state(status, reason=None, since=0, detail=""):
    why = None if status is UP else reason or WHY[status]
    return Confirmed(status, why, START + timedelta(seconds=since), detail)


def path(*statuses):
    """Consumer, two hubs, provider; None for one that no check looks at."""
    return [Hop(role, one, one_state(status)) for role, one, status in zip(ROLES, IDS, statuses, strict=True)]


def one_state(status):
    return status if isinstance(status, Confirmed) or status is None else state(status)


def look(status, reason=None, hint=None, detail="", since=0, name="lookup"):
    return Look(f"ha-noi/population/{name}", state(status, reason, since, detail), hint)


def found(hops, own):
    return locate(hops, own).fault


def place(fault):
    return None if fault is None else (fault.domain, fault.at)


FINE = (UP, UP, UP, UP)
UNSEEN = (None, None, None, None)


@pytest.mark.parametrize(
    ("hops", "own", "expected"),
    [
        # All is well, or nothing is known.
        (FINE, [look(UP)], None),
        (UNSEEN, [look(UP)], None),
        (UNSEEN, [], None),
        (FINE, [], None),
        # A hop's own checks.
        ((DOWN, UP, UP, UP), [look(UP)], (CONSUMER, IDS[0])),
        ((UP, DOWN, UP, UP), [look(DOWN, Reason.TIMEOUT)], (HUB, IDS[1])),
        ((UP, UP, DOWN, UP), [look(DOWN, Reason.STATUS)], (HUB, IDS[2])),
        ((UP, UP, UP, DOWN), [look(DOWN, Reason.SERVICE_FAULT)], (PROVIDER, IDS[3])),
        ((UP, DOWN, DOWN, DOWN), [look(DOWN, Reason.TIMEOUT)], (HUB, IDS[1])),
        ((None, None, None, DOWN), [], (PROVIDER, IDS[3])),
        ((UP, UP, DOWN, UP), [look(UNKNOWN, Reason.PLUGIN)], (HUB, IDS[2])),
        ((UP, UP, UP, DOWN), [look(DOWN, Reason.REFUSED)], (PROVIDER, IDS[3])),
        # A degraded hop breaks nothing by itself.
        ((UP, DEGRADED, UP, UP), [look(UP)], None),
        # What the reason says.
        (FINE, [look(DOWN, Reason.UNAUTHORIZED)], (CONSUMER, IDS[0])),
        (FINE, [look(DOWN, Reason.FORBIDDEN)], (PROVIDER, IDS[3])),
        (FINE, [look(DOWN, Reason.THROTTLED)], (HUB, IDS[1])),
        (UNSEEN, [look(DOWN, Reason.STALE)], (PROVIDER, IDS[3])),
        (UNSEEN, [look(DOWN, Reason.BACKLOG)], (CONSUMER, IDS[0])),
        (FINE, [look(DEGRADED, Reason.STALE)], (PROVIDER, IDS[3])),
        # What the answer says, in the probe's own words or X-Road's.
        (FINE, [look(DOWN, Reason.STATUS, hint=CONSUMER)], (CONSUMER, IDS[0])),
        (FINE, [look(DOWN, Reason.UNAUTHORIZED, hint=HUB)], (HUB, IDS[1])),
        ((UP, UP, DEGRADED, UP), [look(DOWN, Reason.THROTTLED)], (HUB, IDS[2])),
        ((UP, UP, None, UP), [look(DOWN, Reason.STATUS, hint=HUB)], (HUB, IDS[2])),
        (FINE, [look(DOWN, Reason.STATUS, hint=NETWORK)], (NETWORK, IDS[1])),
        ((UP, UP, None, UP), [look(DOWN, Reason.STATUS, hint=NETWORK)], (NETWORK, IDS[2])),
        (FINE, [look(DOWN, Reason.SERVICE_FAULT, detail="Server.ClientProxy.SslAuth")], (CONSUMER, IDS[0])),
        (FINE, [look(DOWN, Reason.STATUS, detail="x-road: SERVER.SERVERPROXY.Down")], (PROVIDER, IDS[3])),
        (FINE, [look(DOWN, Reason.STATUS, detail="observer.clientproxyish")], (PROVIDER, IDS[3])),
        # The nearer one of two.
        ((UP, DOWN, UP, UP), [look(DOWN, Reason.SERVICE_FAULT, hint=PROVIDER)], (HUB, IDS[1])),
        ((UP, UP, UP, DOWN), [look(DOWN, Reason.UNAUTHORIZED)], (CONSUMER, IDS[0])),
        # The door.
        (FINE, [look(DOWN, Reason.REFUSED)], (HUB, IDS[1])),
        (FINE, [look(DOWN, Reason.CERTIFICATE_EXPIRED)], (HUB, IDS[1])),
        (UNSEEN, [look(DOWN, Reason.DNS)], (HUB, IDS[1])),
        # Lost, with and without hops that are known to work.
        (FINE, [look(DOWN, Reason.TIMEOUT)], (NETWORK, IDS[1])),
        (UNSEEN, [look(DOWN, Reason.TIMEOUT)], (HUB, IDS[1])),
        ((UP, UP, UP, None), [look(DOWN, Reason.TIMEOUT)], (PROVIDER, IDS[3])),
        ((None, UP, UNKNOWN, UP), [look(DOWN, Reason.DISCONNECTED)], (HUB, IDS[2])),
        ((UP, UP, UP, UP), [look(DOWN, Reason.UNREACHABLE)], (NETWORK, IDS[1])),
        # Answered, but badly.
        (FINE, [look(DOWN, Reason.STATUS)], (PROVIDER, IDS[3])),
        (UNSEEN, [look(DOWN, Reason.CONTENT)], (PROVIDER, IDS[3])),
        ((UP, None, UP, UP), [look(DOWN, Reason.STATUS)], (HUB, IDS[1])),
        ((UP, UP, DEGRADED, UP), [look(DEGRADED, Reason.SLOW)], (HUB, IDS[2])),
        ((UP, UP, DEGRADED, None), [look(DOWN, Reason.SERVICE_FAULT)], (HUB, IDS[2])),
        (FINE, [look(DOWN, Reason.MAINTENANCE)], (PROVIDER, IDS[3])),
        # Our own faults.
        (FINE, [look(UNKNOWN, Reason.NETWORK)], (MONITOR, "")),
        (FINE, [look(UP), look(UNKNOWN, Reason.PLUGIN, name="token")], (MONITOR, "")),
        (FINE, [look(UNKNOWN, Reason.PENDING)], None),
        ((UP, UP, UNKNOWN, UP), [look(UP)], None),
        ((UP, UP, UNKNOWN, UP), [], (MONITOR, "")),
        (FINE, [look(DOWN, Reason.CONTENT), look(UNKNOWN, Reason.PLUGIN, name="token")], (PROVIDER, IDS[3])),
        # Several checks: what is said goes before what is guessed, down before degraded.
        (FINE, [look(DOWN, Reason.TIMEOUT), look(DOWN, Reason.UNAUTHORIZED, name="token")], (CONSUMER, IDS[0])),
        (FINE, [look(DEGRADED, Reason.UNAUTHORIZED), look(DOWN, Reason.STATUS, name="api")], (PROVIDER, IDS[3])),
    ],
)
def test_first_broken_hop(hops, own, expected):
    assert place(found(path(*hops), own)) == expected


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in OURS])
@pytest.mark.parametrize("hops", [FINE, UNSEEN, (UP, UP, UP, None), (None, None, None, DOWN)])
def test_every_reason_of_a_connection_that_is_down_has_somebody_who_acts(reason, hops):
    fault = found(path(*hops), [look(DOWN, reason)])

    assert fault is not None
    assert fault.domain is not MONITOR
    assert fault.at in IDS
    assert fault.status is DOWN


@pytest.mark.parametrize("reason", sorted(OURS - {Reason.PENDING}))
def test_every_fault_of_ours_is_the_monitors_and_unknown(reason):
    fault = found(path(*FINE), [look(UNKNOWN, reason)])

    assert (fault.domain, fault.at, fault.status, fault.ground) == (MONITOR, "", UNKNOWN, Ground.OURS)


def test_sets_of_reasons_do_not_overlap():
    assert not OWNED.keys() & AT_THE_DOOR
    assert not LOST & (AT_THE_DOOR | OWNED.keys())
    assert not OURS & (AT_THE_DOOR | LOST | OWNED.keys())


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.UNAUTHORIZED, (CONSUMER, "ha-noi")),
        (Reason.THROTTLED, (PROVIDER, "bo-cong-an/population-db")),
        (Reason.REFUSED, (PROVIDER, "bo-cong-an/population-db")),
    ],
)
def test_direct_connection_of_an_agency_has_the_provider_in_the_place_of_the_hubs(reason, expected):
    hops = [Hop(CONSUMER, "ha-noi"), Hop(PROVIDER, "bo-cong-an/population-db", state(UP))]

    assert place(found(hops, [look(DOWN, reason)])) == expected


def test_fault_carries_its_evidence():
    hub = state(DOWN, Reason.CERTIFICATE_EXPIRED, since=60, detail="ended on Sunday")

    by_hop = found(path(UP, hub, UP, UP), [look(DOWN, Reason.TIMEOUT, since=90)])
    by_reason = found(path(*FINE), [look(DOWN, Reason.UNAUTHORIZED, since=90, detail="invalid_client")])

    assert (by_hop.ground, by_hop.check, by_hop.reason) == (Ground.HOP, None, Reason.CERTIFICATE_EXPIRED)
    assert (by_hop.since, by_hop.detail) == (hub.since, "ended on Sunday")
    assert (by_reason.ground, by_reason.check) == (Ground.REASON, "ha-noi/population/lookup")
    assert (by_reason.reason, by_reason.detail) == (Reason.UNAUTHORIZED, "invalid_client")
    assert by_reason.since == START + timedelta(seconds=90)


def test_of_two_checks_that_name_the_same_hop_the_one_that_failed_first_counts():
    own = [look(DOWN, Reason.UNAUTHORIZED, since=50), look(DOWN, Reason.UNAUTHORIZED, since=20, name="token")]

    assert found(path(*FINE), own).check == "ha-noi/population/token"


@pytest.mark.parametrize(
    ("hops", "own", "expected"),
    [
        (FINE, [look(UP)], "up up up up"),
        (UNSEEN, [look(UP)], "unseen unseen unseen unseen"),
        ((None, DEGRADED, UNKNOWN, UP), [look(UP)], "unseen degraded unknown up"),
        ((UP, DOWN, UP, DOWN), [look(DOWN)], "up broken unreachable unreachable"),
        ((None, UP, UP, DOWN), [], "unseen up up broken"),
        (FINE, [look(DOWN, Reason.UNAUTHORIZED)], "broken unreachable unreachable unreachable"),
        (FINE, [look(DOWN, Reason.TIMEOUT)], "up unreachable unreachable unreachable"),
        (FINE, [look(DEGRADED, Reason.STALE)], "up up up degraded"),
        ((UP, UP, DEGRADED, UP), [look(DEGRADED, Reason.SLOW)], "up up degraded up"),
        ((UP, UP, UP, UNKNOWN), [look(UNKNOWN)], "up up up unknown"),
    ],
)
def test_what_lies_behind_the_broken_hop_is_unreachable_not_down(hops, own, expected):
    walked = path(*hops)

    assert verdicts(walked, found(walked, own)) == tuple(map(HopVerdict, expected.split()))


def seen(status=UP, at=0.0, turned=float("-inf"), is_open=False):
    """A state, and how new it is: the failure of ``failed()`` began at 100 and was seen again at 200."""
    return one_state(status), Sight(at, turned, is_open)


OLD, NEW, BACK = seen(at=90.0), seen(at=110.0), seen(at=210.0, turned=205.0)
OPEN, NEVER = seen(at=110.0, is_open=True), seen(UNKNOWN, at=float("inf"), is_open=True)


def walk(*found):
    return [
        Hop(role, one, *(facts if isinstance(facts, tuple) else (one_state(facts),)))
        for role, one, facts in zip(ROLES, IDS, found, strict=True)
    ]


def failed(reason, status=DOWN):
    return Look("ha-noi/population/lookup", state(status, reason), None, 100.0, 200.0)


@pytest.mark.parametrize(
    ("hops", "reason", "expected"),
    [
        # Nobody is blamed while a hop was not looked at since the failure began.
        ((NEW, NEW, OLD, NEW), Reason.STATUS, (IDS[2],)),
        ((NEW, OLD, OLD, NEW), Reason.TIMEOUT, (IDS[1], IDS[2])),
        ((OLD, NEW, NEW, NEW), Reason.STATUS, (IDS[0],)),
        ((NEW, NEW, NEW, OLD), Reason.TIMEOUT, (IDS[3],)),
        ((None, None, OLD, None), Reason.TIMEOUT, (IDS[2],)),
        ((NEW, NEW, OLD, NEW), Reason.SLOW, (IDS[2],)),
        # Nor while a change of it is not confirmed, or its first run has not ended.
        ((NEW, NEW, OPEN, NEW), Reason.STATUS, (IDS[2],)),
        ((NEW, NEW, NEVER, NEW), Reason.STATUS, (IDS[2],)),
        # Nor while the failure was not seen since it came back.
        ((NEW, NEW, BACK, NEW), Reason.STATUS, ("ha-noi/population/lookup",)),
    ],
)
def test_nobody_is_blamed_by_elimination_while_another_hop_may_turn_out_broken(hops, reason, expected):
    status = DEGRADED if reason is Reason.SLOW else DOWN

    assert locate(walk(*hops), [failed(reason, status)]) == Location(None, expected)


@pytest.mark.parametrize(
    ("hops", "reason", "expected"),
    [
        ((NEW, NEW, NEW, NEW), Reason.STATUS, (PROVIDER, IDS[3])),
        ((NEW, NEW, NEW, NEW), Reason.TIMEOUT, (NETWORK, IDS[1])),
        # The hop that is left over needs no look: it is the one, whatever it says.
        ((NEW, NEW, NEW, OLD), Reason.STATUS, (PROVIDER, IDS[3])),
        ((NEW, NEW, NEW, NEVER), Reason.CONTENT, (PROVIDER, IDS[3])),
        ((NEW, None, NEW, NEW), Reason.TIMEOUT, (HUB, IDS[1])),
        # Where no check looks often nothing is to be waited for.
        ((None, UP, UP, None), Reason.STATUS, (PROVIDER, IDS[3])),
        # What is not elimination does not wait.
        ((OLD, OLD, OLD, OLD), Reason.REFUSED, (HUB, IDS[1])),
        ((OLD, OLD, OLD, OLD), Reason.UNAUTHORIZED, (CONSUMER, IDS[0])),
        ((OLD, DOWN, OPEN, OLD), Reason.STATUS, (HUB, IDS[1])),
        # It went down and came back before the failure was last seen.
        ((NEW, NEW, seen(at=190.0, turned=185.0), NEW), Reason.STATUS, (PROVIDER, IDS[3])),
    ],
)
def test_elimination_names_the_hop_once_no_other_can_turn_out_broken(hops, reason, expected):
    located = locate(walk(*hops), [failed(reason)])

    assert (place(located.fault), located.awaits) == (expected, ())


def test_check_that_is_settled_speaks_for_one_that_is_not():
    late = Look("ha-noi/population/token", state(DOWN, Reason.TIMEOUT), None, 300.0, 300.0)

    assert place(locate(walk(NEW, NEW, NEW, NEW), [late, failed(Reason.STATUS)]).fault) == (PROVIDER, IDS[3])


def test_who_was_found_before_stays_until_more_is_known():
    hub = found(path(UP, UP, DOWN, UP), [look(DOWN, Reason.STATUS)])
    back = walk(NEW, NEW, BACK, NEW)

    assert locate(back, [failed(Reason.STATUS)], hub).fault is hub
    assert locate(back, [failed(Reason.SLOW, DEGRADED)], hub).fault is None  # that is another failure
    assert locate([*back[:2], back[3]], [failed(Reason.TIMEOUT)], hub).fault is not hub  # no longer on the path


def test_fault_of_the_monitor_does_not_stay_when_the_connection_is_down():
    ours = found(path(*FINE), [look(UNKNOWN, Reason.NETWORK)])

    assert locate(walk(NEW, NEW, OLD, NEW), [failed(Reason.STATUS)], ours).fault is None
