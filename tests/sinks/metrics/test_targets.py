"""Systems and connections have their state, their account and what the inventory says of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from judge.watch import START, check, connection, inventory, system
from sinks.metrics.scraped import Scraped

from monitor.inventory import Objective, OneOffWindow, Stage, StageChange, SuccessObjective, SystemKind
from monitor.observation import Reason, Status, down
from monitor.rest import awake

UP, DEGRADED, DOWN, UNKNOWN = Status.UP, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
SYSTEM = {"agency": "ha-noi", "target": "lgsp"}
LINK = {"agency": "ha-noi", "target": "population"}
HUB = system(
    "ha-noi/lgsp",
    kind=SystemKind.HUB,
    name='Nền tảng "Hà Nội"',
    name_en="Ha Noi platform",
    owner="truc-ban",
    zone="tslcd",
    security_level=3,
    programmes=frozenset({"emc", "reporting"}),
    objective=Objective(
        availability=0.99,
        freshness=timedelta(hours=24),
        completeness=0.995,
        success=SuccessObjective(rate=0.98, minimum=100),
        latency={"p50": timedelta(seconds=1), "p95": timedelta(seconds=2)},
    ),
)
PATH = connection(
    "ha-noi/population",
    "bca/population-db",
    via=("ha-noi/lgsp", "most/ndxp"),
    owner="truc-ban",
    stages=(
        StageChange(stage=Stage.REQUESTED, on=date(2026, 2, 1)),
        StageChange(stage=Stage.LIVE, on=date(2026, 5, 5)),
    ),
    due=date(2026, 12, 31),
    legal_basis="278/2025/NĐ-CP",
)
CHECKS = [check("ha-noi/lgsp/http"), check("ha-noi/population/lookup")]


def watch(hub=HUB, path=PATH, checks=CHECKS):
    return Scraped(inventory(checks, [hub], [path]))


def test_state_is_absent_before_the_first_run_and_while_unknown():
    bench = watch()

    before = bench.samples("datashare_system_status")
    bench.run("ha-noi/lgsp/http", UP)
    after = bench.value("datashare_system_status", **SYSTEM)
    bench.run("ha-noi/lgsp/http", UNKNOWN)

    assert (before, after) == ({}, 2)
    assert bench.samples("datashare_system_status") == {}
    assert bench.samples("datashare_connection_status") == {}


def test_state_of_a_connection_and_when_it_began():
    bench = watch()

    bench.run("ha-noi/population/lookup", UP, DOWN, DOWN)

    assert bench.value("datashare_connection_status", **LINK) == 0
    assert bench.value("datashare_connection_status_since_timestamp_seconds", **LINK) == START.timestamp() + 60


def test_fault_of_a_connection_names_the_broken_hop_and_who_has_to_act():
    bench = watch()

    seen = []
    for check_id, found in (
        ("ha-noi/population/lookup", UP),
        ("ha-noi/lgsp/http", DOWN),
        ("ha-noi/lgsp/http", UP),
        *[("ha-noi/population/lookup", down(Reason.UNAUTHORIZED, "invalid_client"))] * 2,
        ("ha-noi/population/lookup", UNKNOWN),
    ):
        bench.run(check_id, found)
        seen.append(bench.samples("datashare_connection_fault"))

    name = "datashare_connection_fault"
    by_hub = {f'{name}{{agency="ha-noi",at="ha-noi/lgsp",domain="hub",target="population"}}': 1}
    by_token = {f'{name}{{agency="ha-noi",at="ha-noi",domain="consumer",target="population"}}': 1}
    ours = {f'{name}{{agency="ha-noi",at="",domain="monitor",target="population"}}': 1}
    assert seen == [{}, by_hub, {}, {}, by_token, ours]


def not_up(bench, **labels):
    """Return the state of each connection that is not up."""
    lines = bench.samples("datashare_connection_not_up", **labels)
    assert {*lines.values()} <= {1}
    return {line.split('"')[5]: line.split('"')[3] for line in lines}


@pytest.mark.parametrize(
    ("seen", "state"), [(UP, None), (DEGRADED, "degraded"), (DOWN, "down"), (UNKNOWN, "unknown")], ids=str
)
def test_connection_that_is_not_up_says_so_by_its_state(seen, state):
    bench = watch()

    bench.run("ha-noi/lgsp/http", UP)
    bench.run("ha-noi/population/lookup", seen, seen)

    assert not_up(bench) == ({"population": state} if state else {})


def test_connection_is_not_up_before_it_is_known_and_while_it_is_not():
    bench = watch()

    seen = [not_up(bench)]
    for found in (UP, UNKNOWN, DOWN, DOWN, UP):
        bench.run("ha-noi/population/lookup", found)
        seen.append(not_up(bench))

    unknown, is_down = {"population": "unknown"}, {"population": "down"}
    assert seen == [unknown, {}, unknown, {}, is_down, {}]  # one run does not confirm it


def test_connection_in_a_window_is_in_maintenance_whatever_is_seen_of_it():
    bench = watch(path=replace(PATH, maintenance=(OneOffWindow(start=START, length=timedelta(minutes=2)),)))

    seen = [not_up(bench)]
    for found in (UP, DOWN, DOWN):
        bench.run("ha-noi/population/lookup", found)
        seen.append(not_up(bench))
    bench.advance(30)

    assert seen == [{"population": "maintenance"}] * 4
    assert not_up(bench) == {"population": "down"}


def test_system_that_is_not_up_is_no_connection_that_is_not():
    bench = watch(checks=CHECKS[:1])

    bench.run("ha-noi/lgsp/http", DOWN)

    assert not_up(bench) == {"population": "down"}
    bench.reload(inventory(CHECKS[:1], [HUB]))
    assert not_up(bench) == {}


def test_connection_that_nothing_looks_at_is_not_among_those_not_up():
    bench = watch(checks=CHECKS[1:])
    bench.run("ha-noi/population/lookup", DOWN, DOWN)
    before = not_up(bench)

    bench.reload(inventory([], [HUB], [PATH]))
    unwatched = not_up(bench)
    bench.reload(inventory(CHECKS[1:], [HUB], [PATH]))

    assert (before, unwatched) == ({"population": "down"}, {})
    assert not_up(bench) == {"population": "unknown"}


def test_connection_at_rest_or_gone_or_become_a_system_is_not_among_those_not_up():
    retired = replace(PATH, stages=(StageChange(stage=Stage.RETIRED, on=date(2026, 5, 1)),))
    bench = watch()
    bench.run("ha-noi/population/lookup", DOWN, DOWN)

    seen = []
    for watched in (
        awake(inventory(CHECKS, [HUB], [retired]), date(2026, 5, 4)),
        inventory(CHECKS, [HUB], [PATH]),
        inventory(CHECKS, [HUB, system("ha-noi/population")]),
        inventory(CHECKS, [HUB], [PATH]),
        inventory(CHECKS[:1], [HUB]),
    ):
        bench.reload(watched)
        bench.run("ha-noi/population/lookup", DOWN, DOWN)
        seen.append((not_up(bench), {*bench.metrics._targets.faulty}))

    is_down = ({"population": "down"}, {"ha-noi/population"})
    assert seen == [({}, set()), is_down, ({}, set()), is_down, ({}, set())]


def test_connections_not_up_are_as_many_as_their_agency_counts():
    bench = watch()

    for found in (UP, DEGRADED, DOWN, DOWN, UNKNOWN):
        bench.run("ha-noi/population/lookup", found)
        counted = {
            line.split('"')[3]: count for line, count in bench.samples("datashare_agency_connections").items() if count
        }
        assert counted == {not_up(bench).get("population", "up"): 1}


def test_fault_goes_with_its_connection():
    bench = watch()
    bench.run("ha-noi/population/lookup", DOWN)

    bench.reload(inventory(CHECKS[:1], [HUB]))

    assert bench.samples("datashare_connection_fault") == {}


def test_connection_without_checks_has_a_state_while_a_system_on_its_path_is_down():
    bench = watch(checks=CHECKS[:1])

    before = bench.samples("datashare_connection_status")
    bench.run("ha-noi/lgsp/http", DOWN)
    while_down = bench.value("datashare_connection_status", **LINK)
    bench.reload(inventory(CHECKS[:1], [HUB], [PATH]))
    after_a_reload = bench.value("datashare_connection_status", **LINK)
    bench.run("ha-noi/lgsp/http", UP)

    assert (before, while_down, after_a_reload) == ({}, 0, 0)
    assert bench.samples("datashare_connection_status") == bench.samples("datashare_connection_fault") == {}


def test_connection_that_comes_to_rest_has_its_stage_and_neither_state_nor_fault_nor_account():
    retired = replace(PATH, stages=(StageChange(stage=Stage.RETIRED, on=date(2026, 5, 1)),))
    whole = inventory(CHECKS, [HUB], [retired])
    bench = Scraped(whole)
    bench.run("ha-noi/lgsp/http", DOWN)

    bench.reload(awake(whole, date(2026, 5, 4)))
    bench.run("ha-noi/lgsp/http", UP, DOWN, DOWN)

    for name in ("status", "fault", "maintenance", "state_seconds_total"):
        assert bench.samples(f"datashare_connection_{name}") == {}, name
    assert bench.value("datashare_connection_stage", stage="retired", **LINK) == 1


def test_account_of_a_connection_moves_on_with_each_outcome():
    bench = watch(checks=CHECKS[1:])

    for _ in range(4):
        bench.run("ha-noi/population/lookup", UP)

    assert bench.value("datashare_connection_state_seconds_total", state="up", **LINK) == 90
    assert bench.value("datashare_connection_state_seconds_total", state="unknown", **LINK) == 30
    assert bench.samples("datashare_connection_state_seconds_total", target="lgsp") == {}


def test_account_follows_by_as_long_as_a_hop_on_the_path_may_take_to_be_confirmed():
    bench = watch()

    for _ in range(4):
        bench.run("ha-noi/population/lookup", UP)

    # 5 s for the run, 10 s until the hub is looked at again, 5 s for that, and what the timers may be late.
    assert bench.value("datashare_connection_state_seconds_total", state="up", **LINK) == 90 - 29


def test_window_marks_a_system():
    bench = watch(replace(HUB, maintenance=(OneOffWindow(start=START, length=timedelta(minutes=1)),)))

    assert bench.value("datashare_system_maintenance", **SYSTEM) == 1
    assert bench.value("datashare_connection_maintenance", **LINK) == 1
    bench.advance(60)
    assert bench.value("datashare_connection_maintenance", **LINK) == 0


def test_info_has_ids_and_names_and_no_person():
    bench = watch()

    (line,) = bench.samples("datashare_system_info")
    assert line == (
        'datashare_system_info{agency="ha-noi",environment="production",kind="hub",name="Nền tảng \\"Hà Nội\\"",'
        'name_en="Ha Noi platform",owner="ha-noi/truc-ban",programmes="emc,reporting",security_level="3",target="lgsp",'
        'tier="",zone="tslcd"}'
    )
    (line,) = bench.samples("datashare_connection_info")
    assert 'via="ha-noi/lgsp,most/ndxp"' in line
    assert 'consumer="ha-noi"' in line
    assert 'provider="bca/population-db"' in line


def test_owner_is_who_acts_by_a_full_id():
    bench = watch(path=replace(PATH, owner=None))

    assert bench.value("datashare_system_info", owner="ha-noi/truc-ban", **SYSTEM) == 1
    assert bench.value("datashare_connection_info", owner="ha-noi", **LINK) == 1


def test_objectives_are_series():
    bench = watch()

    assert bench.value("datashare_availability_objective_ratio", **SYSTEM) == 0.99
    assert bench.value("datashare_freshness_objective_seconds", **SYSTEM) == 86400
    assert bench.value("datashare_completeness_objective_ratio", **SYSTEM) == 0.995
    assert bench.value("datashare_success_objective_ratio", **SYSTEM) == 0.98
    assert bench.value("datashare_success_objective_minimum_calls", **SYSTEM) == 100
    assert bench.value("datashare_latency_objective_seconds", percentile="p50", **SYSTEM) == 1
    assert bench.value("datashare_latency_objective_seconds", percentile="p95", **SYSTEM) == 2
    assert bench.samples("datashare_availability_objective_ratio", **LINK) == {}


def test_connection_is_held_to_objectives_as_a_system_is():
    bench = watch(path=replace(PATH, objective=HUB.objective))

    assert bench.value("datashare_availability_objective_ratio", **LINK) == 0.99
    assert bench.value("datashare_success_objective_ratio", **LINK) == 0.98


def test_connection_is_due_until_the_end_of_its_day_in_local_time():
    due = datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))

    assert watch().value("datashare_connection_due_timestamp_seconds", **LINK) == due.timestamp()


def test_stage_changes_at_local_midnight_without_any_event():
    bench = watch()

    before = bench.samples("datashare_connection_stage", **LINK)
    bench.clock.advance(17 * 3600)  # midnight in Ho Chi Minh City, seven hours before UTC's
    after = bench.samples("datashare_connection_stage", **LINK)

    assert [*before] == ['datashare_connection_stage{agency="ha-noi",stage="requested",target="population"}']
    assert [*after] == ['datashare_connection_stage{agency="ha-noi",stage="live",target="population"}']


def test_stage_that_is_reached_before_a_reload_and_shown_after_it_is_the_new_one():
    bench = watch()

    bench.clock.advance(17 * 3600)
    bench.reload(inventory(CHECKS, [HUB], [PATH]))

    assert bench.value("datashare_connection_stage", stage="live", **LINK) == 1


def test_stage_changes_at_midnight_after_reloads_that_left_the_connection_alone_or_moved_the_day():
    bench = watch()
    moved = replace(PATH, stages=(StageChange(stage=Stage.APPROVED, on=date(2026, 5, 6)),))

    bench.reload(inventory(CHECKS, [HUB], [replace(PATH)]))
    bench.clock.advance(17 * 3600)
    first = bench.value("datashare_connection_stage", stage="live", **LINK)
    bench.reload(inventory(CHECKS, [HUB], [moved]))
    second = bench.value("datashare_connection_stage", stage="planned", **LINK)
    bench.clock.advance(24 * 3600)

    assert (first, second) == (1, 1)
    assert bench.value("datashare_connection_stage", stage="approved", **LINK) == 1


def test_clock_set_back_shows_the_stage_of_the_day_and_the_later_one_once_it_comes_again():
    bench = watch()
    bench.clock.advance(17 * 3600)
    first = bench.value("datashare_connection_stage", stage="live", **LINK)

    bench.clock.step_wall(-2 * 86400)
    second = bench.samples("datashare_connection_stage", **LINK)
    bench.clock.advance(86400)
    third = bench.samples("datashare_connection_stage", **LINK)
    bench.clock.advance(86400)

    requested = {'datashare_connection_stage{agency="ha-noi",stage="requested",target="population"}': 1}
    assert (first, second, third) == (1, requested, requested)
    assert bench.value("datashare_connection_stage", stage="live", **LINK) == 1


def test_reload_after_the_clock_was_set_back_shows_the_stage_of_the_day():
    bench = watch()
    bench.clock.advance(17 * 3600)
    bench.text()

    bench.clock.step_wall(-86400)
    bench.reload(inventory(CHECKS, [HUB], [PATH]))

    assert bench.value("datashare_connection_stage", stage="requested", **LINK) == 1


def test_another_time_zone_moves_the_day_of_every_connection():
    bench = watch()

    bench.reload(inventory(CHECKS, [HUB], [PATH], zone="Pacific/Kiritimati"))
    bench.clock.advance(10 * 3600)  # midnight there

    due = datetime(2027, 1, 1, tzinfo=ZoneInfo("Pacific/Kiritimati"))
    assert bench.value("datashare_connection_due_timestamp_seconds", **LINK) == due.timestamp()
    assert bench.value("datashare_connection_stage", stage="live", **LINK) == 1


def test_info_follows_a_new_name():
    bench = watch()

    bench.reload(inventory(CHECKS, [replace(HUB, name="Trục mới")], [replace(PATH, name="Kết nối mới")]))

    (system_info,) = bench.samples("datashare_system_info")
    (connection_info,) = bench.samples("datashare_connection_info")
    assert 'name="Trục mới"' in system_info
    assert 'name="Kết nối mới"' in connection_info


def test_reload_changes_what_changed_and_drops_what_is_gone():
    bench = watch()
    bench.run("ha-noi/lgsp/http", UP)

    bench.reload(inventory(CHECKS[:1], [replace(HUB, zone="internet", objective=Objective())]))

    assert bench.value("datashare_system_info", zone="internet", **SYSTEM) == 1
    assert bench.value("datashare_system_status", **SYSTEM) == 2
    assert bench.samples("datashare_availability_objective_ratio") == {}
    assert "population" not in bench.text()


def test_target_that_loses_all_its_checks_has_no_state_any_more():
    bench = watch()
    bench.run("ha-noi/population/lookup", DOWN)

    bench.reload(inventory(CHECKS[:1], [HUB], [PATH]))

    assert bench.samples("datashare_connection_status") == {}
    assert bench.samples("datashare_connection_state_seconds_total") == {}
    assert bench.value("datashare_connection_info", **LINK) == 1


def test_system_that_becomes_a_connection_leaves_nothing_of_the_system():
    bench = watch()
    bench.run("ha-noi/lgsp/http", UP)

    bench.reload(inventory(CHECKS[:1], (), [connection("ha-noi/lgsp")]))

    assert bench.samples("datashare_system_info") == bench.samples("datashare_system_status") == {}
    assert bench.value("datashare_connection_info", **SYSTEM) == 1


def test_target_of_another_subject_under_the_same_id_has_the_state_that_its_checks_say():
    bench = watch()
    bench.run("ha-noi/population/lookup", DOWN, DOWN)
    began = bench.value("datashare_connection_status_since_timestamp_seconds", **LINK)

    seen = []
    for name, systems, connections in (
        ("system", [HUB, system("ha-noi/population")], []),
        ("connection", [HUB], [PATH]),
        ("system", [HUB, system("ha-noi/population")], []),
    ):
        bench.reload(inventory(CHECKS, systems, connections))
        status = bench.value(f"datashare_{name}_status", **LINK)
        seen.append((status, bench.value(f"datashare_{name}_status_since_timestamp_seconds", **LINK)))

    assert seen == [(0, began)] * 3


def test_system_that_was_a_connection_has_no_fault_and_the_connection_after_it_has_its_own():
    bench = watch()
    bench.run("ha-noi/population/lookup", down(Reason.REFUSED, "refused"), down(Reason.REFUSED, "refused"))
    before = bench.samples("datashare_connection_fault")

    bench.reload(inventory(CHECKS, [HUB, system("ha-noi/population")]))
    between = bench.samples("datashare_connection_fault")
    bench.reload(inventory(CHECKS, [HUB], [PATH]))

    assert before == bench.samples("datashare_connection_fault")
    assert (len(before), between) == (1, {})
