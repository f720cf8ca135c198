"""The first broken hop and its domain are named from the newest states, the reason and what the answer itself says."""

from datetime import timedelta

import pytest
from judge.watch import START

from monitor.judge.locate import AT_THE_DOOR, LOST, Hop, HopVerdict, Look, locate, verdicts
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
    assert place(locate(path(*hops), own)) == expected


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in OURS])
@pytest.mark.parametrize("hops", [FINE, UNSEEN, (UP, UP, UP, None), (None, None, None, DOWN)])
def test_every_reason_of_a_connection_that_is_down_has_somebody_who_acts(reason, hops):
    fault = locate(path(*hops), [look(DOWN, reason)])

    assert fault is not None
    assert fault.domain is not MONITOR
    assert fault.at in IDS
    assert fault.status is DOWN


@pytest.mark.parametrize("reason", sorted(OURS - {Reason.PENDING}))
def test_every_fault_of_ours_is_the_monitors_and_unknown(reason):
    fault = locate(path(*FINE), [look(UNKNOWN, reason)])

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

    assert place(locate(hops, [look(DOWN, reason)])) == expected


def test_fault_carries_its_evidence():
    hub = state(DOWN, Reason.CERTIFICATE_EXPIRED, since=60, detail="ended on Sunday")

    by_hop = locate(path(UP, hub, UP, UP), [look(DOWN, Reason.TIMEOUT, since=90)])
    by_reason = locate(path(*FINE), [look(DOWN, Reason.UNAUTHORIZED, since=90, detail="invalid_client")])

    assert (by_hop.ground, by_hop.check, by_hop.reason) == (Ground.HOP, None, Reason.CERTIFICATE_EXPIRED)
    assert (by_hop.since, by_hop.detail) == (hub.since, "ended on Sunday")
    assert (by_reason.ground, by_reason.check) == (Ground.REASON, "ha-noi/population/lookup")
    assert (by_reason.reason, by_reason.detail) == (Reason.UNAUTHORIZED, "invalid_client")
    assert by_reason.since == START + timedelta(seconds=90)


def test_of_two_checks_that_name_the_same_hop_the_one_that_failed_first_counts():
    own = [look(DOWN, Reason.UNAUTHORIZED, since=50), look(DOWN, Reason.UNAUTHORIZED, since=20, name="token")]

    assert locate(path(*FINE), own).check == "ha-noi/population/token"


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

    assert verdicts(walked, locate(walked, own)) == tuple(map(HopVerdict, expected.split()))
