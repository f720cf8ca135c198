"""A connection's state comes from its own checks and its path; only what a change can touch is located anew."""

from datetime import timedelta
from itertools import count

import pytest
from judge.watch import START, Bench, check, connection, inventory, outcome, sum_of, system

from monitor.inventory import Confirm, OneOffWindow, SystemKind
from monitor.judge import track
from monitor.judge.hop import FREQUENT
from monitor.judge.path import NO_CHECKS
from monitor.judge.spreading import AT_ONCE, BESIDE_A_RUN, EACH_SECOND
from monitor.observation import FaultDomain, Reason, Status, down, up
from monitor.outcome import Ground, Outcome, Subject

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
CONSUMER, HUB, PROVIDER = FaultDomain.CONSUMER, FaultDomain.HUB, FaultDomain.PROVIDER
OWN, HUBS, DB = "a/link/lookup", "a/hub/ping", "b/db/ping"
LINK = "a/link"


def land(*, own=True, windows=(), via=("a/hub",), confirm=None, **facts):
    # Nobody looks again before the next beat here, and the judge is told so.
    settings = {} if confirm is None else {"confirm": confirm}
    checks = [check(one, recheck=timedelta(seconds=30), **settings) for one in (HUBS, DB, *([OWN] if own else []))]
    systems = [system("a/hub", kind=SystemKind.HUB, maintenance=windows), system("b/db")]
    return inventory(checks, systems, [connection(LINK, "b/db", via=via, **facts)])


def watch(**facts):
    return Bench(land(**facts))


def run(bench, **seen):
    """Let all checks run once: what is not named sees up."""
    names = {"own": OWN, "hub": HUBS, "db": DB}
    bench.clock.advance(30)
    for name, one in names.items():
        if one in bench.inventory.checks:
            bench.judge.take(outcome(one, bench.clock.now(), seen.get(name, UP)))


def told(bench):
    """What was told of the connection: status, and where it is broken."""
    return [
        (one.now.status, one.fault and (one.fault.domain, one.fault.at)) for one in bench.changes(Subject.CONNECTION)
    ]


def test_hub_that_falls_takes_the_connection_with_it_and_is_named():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, hub=DOWN)
    run(bench)

    assert told(bench) == [(UP, None), (DOWN, (HUB, "a/hub")), (UP, None)]
    fallen = bench.changes(Subject.CONNECTION)[1]
    assert fallen.now.reason is Reason.REFUSED
    assert fallen.now.since == fallen.fault.since == bench.after(60)
    assert fallen.now.detail == "the hub a/hub is down: refused"
    assert fallen.fault.ground is Ground.HOP
    assert bench.judge.fault(LINK) is None


def test_provider_that_falls_is_named_when_the_hub_holds():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=down(Reason.STATUS, "answered 502"), db=DOWN)

    assert told(bench)[-1] == (DOWN, (PROVIDER, "b/db"))
    assert bench.judge.trace(LINK).verdicts == ("unseen", "up", "broken")


def test_token_that_is_revoked_is_the_consumers_matter():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=down(Reason.UNAUTHORIZED, "invalid_client"))

    assert told(bench) == [(UP, None), (DOWN, (CONSUMER, "a"))]
    assert bench.judge.trace(LINK).verdicts == ("broken", "unreachable", "unreachable")


def test_our_own_network_makes_the_connection_unknown_never_down():
    bench = watch()
    run(bench)
    for _ in range(3):
        run(bench, own=UNKNOWN, hub=UNKNOWN, db=UNKNOWN)
    run(bench)

    assert told(bench) == [(UP, None), (UNKNOWN, (FaultDomain.MONITOR, "")), (UP, None)]
    assert bench.judge.seconds(LINK).down == 0


def test_own_network_that_fails_while_a_hub_is_down_leaves_nobody_down():
    bench = watch()
    for _ in range(2):
        run(bench, own=DOWN, hub=DOWN)

    run(bench, own=UNKNOWN, hub=UNKNOWN, db=UNKNOWN)

    assert told(bench) == [(DOWN, (HUB, "a/hub")), (UNKNOWN, (FaultDomain.MONITOR, ""))]


def test_fault_that_moves_is_told_though_the_state_stays():
    bench = watch()
    run(bench)
    timeout = down(Reason.TIMEOUT, "no answer")
    for _ in range(2):
        run(bench, own=timeout)
    for _ in range(2):
        run(bench, own=timeout, hub=timeout)

    network = (FaultDomain.NETWORK, "a/hub")
    assert told(bench) == [(UP, None), (DOWN, None), (DOWN, network), (DOWN, (HUB, "a/hub"))]
    assert bench.changes(Subject.CONNECTION)[-1].now.since == bench.after(60)


def test_answer_that_names_another_side_moves_the_fault():
    bench = watch()
    for side in (CONSUMER, PROVIDER):
        run(bench, own=down(Reason.SERVICE_FAULT, "a fault", fault=side))

    assert told(bench) == [(DOWN, (CONSUMER, "a")), (DOWN, (PROVIDER, "b/db"))]


def test_run_that_learnt_nothing_does_not_forget_which_side_it_was():
    bench = Bench(land(confirm=Confirm(down=1, up=2)))
    for _ in range(2):
        run(bench, own=down(Reason.SERVICE_FAULT, "a fault", fault=CONSUMER))
    run(bench, own=UNKNOWN)
    run(bench, own=UP)

    assert told(bench)[-1] == (DOWN, (CONSUMER, "a"))


def test_run_that_is_merely_slow_does_not_move_what_is_confirmed_down():
    bench = Bench(land(confirm=Confirm(down=1, up=2)))
    for _ in range(2):
        run(bench, own=down(Reason.SERVICE_FAULT, "a fault", fault=CONSUMER))
    run(bench, own=DEGRADED)

    assert told(bench)[-1] == (DOWN, (CONSUMER, "a"))
    assert bench.judge.trace(LINK).fault.domain is CONSUMER


def test_fault_is_in_the_change_that_confirms_it():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=down(Reason.STATUS, "answered 500", fault=CONSUMER))

    assert told(bench) == [(UP, None), (DOWN, (CONSUMER, "a"))]


def test_degraded_hub_leaves_the_connection_to_its_own_checks():
    bench = watch()
    for _ in range(3):
        run(bench, hub=DEGRADED)

    assert told(bench) == [(UP, None)]


def test_connection_without_checks_is_unknown_until_a_hop_is_down():
    bench = watch(own=False)
    run(bench)
    before = bench.judge.state(LINK)
    for _ in range(2):
        run(bench, db=DOWN)
    fallen = bench.judge.state(LINK)
    run(bench)

    assert (before.status, before.reason, before.detail) == (UNKNOWN, Reason.PENDING, NO_CHECKS)
    assert fallen.status is DOWN
    assert told(bench) == [(DOWN, (PROVIDER, "b/db")), (UNKNOWN, None)]


def test_connection_that_nothing_looks_at_has_a_path_and_no_state():
    bench = Bench(inventory([check("c/else/ping")], [system("c/else")], [connection(LINK, "b/db", via=("a/hub",))]))

    assert bench.judge.trace(LINK).verdicts == ("unseen", "unseen", "unseen")
    assert bench.judge.fault(LINK) is None
    assert bench.judge.trace("a/nothing") is None


@pytest.mark.parametrize("where", ["hub", "consumer"])
def test_planned_window_of_a_hop_covers_the_connection(where):
    window = (OneOffWindow(start=START, length=timedelta(hours=1)),)
    systems = [
        system("a/hub", kind=SystemKind.HUB, maintenance=window if where == "hub" else ()),
        system("a/portal", maintenance=window if where == "consumer" else ()),
    ]
    link = connection(LINK, "b/db", via=("a/hub",))
    object.__setattr__(link, "consumer", "a/portal")
    bench = Bench(inventory([check(HUBS), check("a/portal/ping"), check(OWN)], systems, [link]))

    for _ in range(4):
        run(bench, hub=DOWN)

    state = bench.judge.state(LINK)
    assert (state.status, state.maintenance) == (DOWN, True)
    account = bench.judge.seconds(LINK)
    assert (account.down, account.maintenance) == (0, sum_of(account))


def test_account_counts_the_hubs_outage_from_its_first_failing_run():
    bench = watch()
    run(bench)
    for _ in range(4):
        run(bench, hub=DOWN)
    for _ in range(6):
        run(bench)

    account = bench.judge.seconds(LINK)
    assert account.down == 120
    assert bench.judge.seconds(HUBS).down == 120
    # The account of the connection follows by as much as its hops may take to be confirmed.
    assert account.up == sum_of(account) - account.down - account.unknown
    assert account.unknown == bench.judge.seconds(OWN).unknown == 30


def test_account_of_a_path_and_of_its_own_checks_overlap_without_counting_twice():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=DOWN)
    for _ in range(2):
        run(bench, own=DOWN, hub=DOWN)
    run(bench, hub=DOWN)
    for _ in range(6):
        run(bench)

    account = bench.judge.seconds(LINK)
    assert account.down == 150  # from the first failing run of the check to the last one of the hub
    assert sum_of(account) == account.down + account.up + account.unknown


def many(connections):
    """A hub with so many connections through it; another one with as many that must not be touched."""
    checks, links = [check(HUBS), check("z/hub/ping", every=3600), check(DB, every=3600)], []
    for number in range(connections):
        for hub, agency in (("a/hub", "a"), ("z/hub", "z")):
            links.append(connection(f"{agency}/link-{number}", "b/db", via=(hub,)))
            checks.append(check(f"{agency}/link-{number}/lookup", every=3600))
    hubs = [system(one, kind=SystemKind.HUB) for one in ("a/hub", "z/hub")]
    return Bench(inventory(checks, [*hubs, system("b/db")], links))


def settle(bench, connections):
    for number in range(connections):
        for agency in "az":
            bench.judge.take(outcome(f"{agency}/link-{number}/lookup", bench.clock.now(), UP))
    for one in (HUBS, "z/hub/ping", DB):
        bench.judge.take(outcome(one, bench.clock.now(), UP))
    while bench.judge._spreading:
        bench.advance(1)


def fallen(bench):
    return {one.id for one in bench.changes(Subject.CONNECTION) if one.now.status is DOWN}


def test_hub_of_thousands_tells_them_in_portions():
    bench = many(800)
    settle(bench, 800)
    bench.run(HUBS, DOWN, DOWN)

    assert len(fallen(bench)) == AT_ONCE + BESIDE_A_RUN
    bench.judge.take(outcome("z/link-0/lookup", bench.clock.now(), UP))
    assert len(fallen(bench)) == AT_ONCE + 2 * BESIDE_A_RUN
    bench.advance(1)
    assert len(fallen(bench)) == AT_ONCE + 2 * BESIDE_A_RUN + EACH_SECOND
    while bench.judge._spreading:
        bench.advance(1)
    assert fallen(bench) == {f"a/link-{number}" for number in range(800)}


def test_only_what_an_outcome_can_change_is_located_anew(monkeypatch):
    bench = many(20)
    settle(bench, 20)
    located = count()
    real = track.locate
    monkeypatch.setattr(track, "locate", lambda *given: (next(located), real(*given))[1])

    for _ in range(10):
        bench.run(HUBS, UP, every=1)
        bench.run("z/link-0/lookup", UP, every=1)
    assert next(located) == 0

    bench.run(HUBS, DOWN, every=1)
    assert next(located) == 1  # not confirmed yet, so nobody is asked: this very count
    bench.run(HUBS, DOWN, every=1)
    assert next(located) == 2 + 20
    bench.run(HUBS, DOWN, DOWN, DOWN, every=1)
    assert next(located) == 3 + 20


def test_outcome_of_a_check_goes_first_then_its_system_then_the_connections():
    bench = watch()
    run(bench)
    bench.events.clear()
    bench.run(HUBS, DOWN, DOWN)

    last = [event.check if isinstance(event, Outcome) else event.subject for event in bench.events]
    assert last == [HUBS, HUBS, Subject.CHECK, Subject.SYSTEM, Subject.CONNECTION]


def test_reload_that_leads_the_path_elsewhere_locates_anew():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, hub=DOWN)

    bench.reload(land(via=()))

    assert told(bench)[-1] == (UP, None)
    assert bench.judge.fault(LINK) is None
    assert [hop.id for hop in bench.judge.trace(LINK).hops] == ["a", "b/db"]
    before = bench.judge.seconds(LINK).down
    for _ in range(6):
        run(bench)
    assert bench.judge.seconds(LINK).down - before <= 60  # what was held back, and nothing of the time since


def test_reload_that_changes_nothing_tells_nothing_and_keeps_the_fault():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, hub=DOWN)
    before = bench.judge.fault(LINK)
    bench.events.clear()

    bench.reload(land())

    assert len(bench.events) == 1
    assert bench.judge.fault(LINK) is before


def test_reload_that_drops_the_connection_while_it_waits_to_be_told():
    bench = many(100)
    settle(bench, 100)
    bench.run(HUBS, DOWN, DOWN)

    bench.reload(inventory([check(HUBS)], [system("a/hub", kind=SystemKind.HUB)]))
    bench.advance(1)

    assert bench.judge.trace("a/link-99") is None
    assert len(fallen(bench)) == AT_ONCE + BESIDE_A_RUN


def test_hub_that_loses_its_checks_breaks_nobody_any_more():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, hub=DOWN)
    checks = [check(DB), check(OWN)]
    bench.reload(inventory(checks, [system("a/hub"), system("b/db")], [connection(LINK, "b/db", via=("a/hub",))]))
    bench.judge.take(outcome(OWN, bench.clock.now(), up()))

    assert bench.judge.state(LINK).status is UP


BAD = down(Reason.STATUS, "answered 503")


def see(bench, one, seen, after):
    bench.clock.advance(after)
    bench.judge.take(outcome(one, bench.clock.now(), seen))


def blamed(bench):
    fault = bench.judge.fault(LINK)
    return None if fault is None else (fault.domain, fault.at)


def test_provider_is_not_blamed_for_a_hub_that_falls_between_two_looks():
    bench = watch()
    run(bench)
    see(bench, OWN, BAD, 5)
    see(bench, OWN, BAD, 5)
    see(bench, HUBS, BAD, 5)
    see(bench, OWN, BAD, 5)
    see(bench, HUBS, BAD, 5)

    assert told(bench) == [(UP, None), (DOWN, None), (DOWN, (HUB, "a/hub"))]


def test_provider_is_not_blamed_for_a_hub_that_comes_back_between_two_looks():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=BAD, hub=BAD)
    see(bench, HUBS, UP, 5)
    see(bench, HUBS, UP, 5)
    after = blamed(bench)
    see(bench, OWN, UP, 5)

    assert after == (HUB, "a/hub")
    assert told(bench)[-2:] == [(DOWN, (HUB, "a/hub")), (UP, None)]


def test_next_look_at_the_hub_leaves_the_provider_over():
    bench = watch()
    run(bench)
    see(bench, OWN, BAD, 5)
    see(bench, OWN, BAD, 5)
    before, awaits = blamed(bench), bench.judge.trace(LINK).awaits
    see(bench, HUBS, UP, 5)

    assert (before, awaits) == (None, ("a/hub",))
    assert told(bench)[-1] == (DOWN, (PROVIDER, "b/db"))
    assert bench.judge.trace(LINK).awaits == ()


def test_failure_that_outlasts_the_hubs_is_laid_on_the_provider_by_the_next_look():
    bench = watch()
    run(bench)
    for _ in range(2):
        run(bench, own=BAD, hub=BAD)
    see(bench, HUBS, UP, 5)
    before, awaits = blamed(bench), bench.judge.trace(LINK).awaits
    see(bench, OWN, BAD, 5)

    assert (before, awaits) == ((HUB, "a/hub"), (OWN,))
    assert blamed(bench) == (PROVIDER, "b/db")


def test_look_at_the_hub_that_began_before_the_failure_acquits_nobody():
    bench = watch()
    run(bench)
    see(bench, OWN, BAD, 5)
    see(bench, OWN, BAD, 5)
    bench.clock.advance(1)
    bench.judge.take(outcome(HUBS, bench.clock.now(), UP, duration_seconds=8.0))

    assert blamed(bench) is None


def test_hub_is_looked_at_soon_when_a_connection_through_it_falls():
    checks = [check(HUBS), check("a/hub/cert", every=3600), check(OWN, recheck=timedelta(seconds=30))]
    systems = [system("a/hub", kind=SystemKind.HUB), system("b/db")]
    links = [connection(f"a/link{more}", "b/db", via=("a/hub",)) for more in ("", "-2")]
    bench = Bench(inventory([*checks, check("a/link-2/lookup", recheck=timedelta(seconds=30))], systems, links))
    for one in bench.inventory.checks:
        bench.run(one, UP)
    bench.rechecks.clear()

    for one in (OWN, "a/link-2/lookup"):
        bench.run(one, BAD, BAD)

    assert bench.rechecks == [(HUBS, timedelta(seconds=10))]


def test_rare_check_of_a_connection_looks_again_once_its_hub_is_back():
    rare = check(OWN, every=3600, recheck=timedelta(seconds=30))
    links = [connection("a/link", "b/db", via=("a/hub",))]
    bench = Bench(inventory([check(HUBS), rare], [system("a/hub", kind=SystemKind.HUB), system("b/db")], links))
    for one in bench.inventory.checks:
        bench.run(one, UP)
    bench.run(HUBS, BAD, BAD)
    bench.run(OWN, BAD, BAD, every=5)
    bench.rechecks.clear()

    see(bench, HUBS, UP, 60)
    asked, before = [*bench.rechecks], blamed(bench)
    see(bench, HUBS, UP, 30)
    see(bench, OWN, BAD, 5)

    assert (asked, before) == ([(OWN, timedelta(seconds=30))], (HUB, "a/hub"))
    assert bench.rechecks == asked
    assert blamed(bench) == (PROVIDER, "b/db")


def test_hub_that_is_never_heard_of_keeps_nobody_waiting_for_longer_than_it_takes_to_be_overdue():
    bench = watch()
    run(bench)
    bench.run(OWN, BAD, BAD, every=5)
    see(bench, DB, UP, 1)
    before = blamed(bench)
    for _ in range(60):
        bench.advance(1)

    assert before is None
    assert blamed(bench) == (HUB, "a/hub")  # not known to work
    assert bench.judge.trace(LINK).awaits == ()


def test_hub_that_can_no_longer_be_looked_at_keeps_nobody_waiting():
    """Its streak waits as long as it is unknown, which may be for ever: a secret that is gone, a plugin that broke."""
    bench = watch()
    run(bench)
    see(bench, HUBS, BAD, 5)
    see(bench, OWN, BAD, 5)
    see(bench, OWN, BAD, 5)
    see(bench, DB, UP, 1)
    before, awaits = blamed(bench), bench.judge.trace(LINK).awaits
    see(bench, HUBS, UNKNOWN, 5)

    assert (before, awaits) == (None, ("a/hub",))
    assert blamed(bench) == (HUB, "a/hub")  # not known to work
    assert bench.judge.trace(LINK).awaits == ()


def test_connection_that_fails_at_once_after_a_start_waits_for_the_first_look_at_the_hub():
    bench = watch()
    see(bench, OWN, BAD, 1)
    before = blamed(bench)
    see(bench, HUBS, UP, 1)

    assert before is None
    assert blamed(bench) == (PROVIDER, "b/db")


def test_hub_that_is_looked_at_once_an_hour_is_not_waited_for():
    rare = check(HUBS, every=FREQUENT.total_seconds() + 1)
    checks = [rare, check(DB), check(OWN)]
    bench = Bench(inventory(checks, [system("a/hub"), system("b/db")], [connection(LINK, "b/db", via=("a/hub",))]))
    run(bench)
    bench.run(OWN, BAD, BAD, every=5)

    assert blamed(bench) == (PROVIDER, "b/db")


def test_reload_keeps_what_is_awaited():
    bench = watch()
    run(bench)
    bench.run(OWN, BAD, BAD, every=5)
    bench.reload(land())
    before = blamed(bench)
    see(bench, HUBS, UP, 5)

    assert before is None
    assert blamed(bench) == (PROVIDER, "b/db")


def test_hub_that_leaves_the_inventory_is_no_longer_awaited():
    bench = watch()
    run(bench)
    bench.run(OWN, BAD, BAD, every=5)
    bench.reload(land(via=()))

    assert blamed(bench) == (PROVIDER, "b/db")
