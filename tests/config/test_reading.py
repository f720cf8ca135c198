"""A directory becomes an inventory: whole, with everything that the files say, or not at all."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import EntryPoint
from zoneinfo import ZoneInfo

import pytest
from config.landscape import AGENCY, MONITOR, loaded, write

from monitor.config import load
from monitor.config.pieces import PluginRuns
from monitor.config.reading import read
from monitor.inventory import (
    Agency,
    AgencyClass,
    Confirm,
    Connection,
    Contact,
    Objective,
    OneOffWindow,
    Programme,
    ServiceHours,
    Stage,
    StageChange,
    SuccessObjective,
    System,
    SystemKind,
    WeeklyWindow,
)
from monitor.plugin.hookspecs import PROJECT
from monitor.plugin.probe import Where

HA_NOI = """\
# agencies/ha-noi.yaml: one file per agency, so an agency's change touches its own file
agency: {id: ha-noi, class: city, admin_code: "01", name: Hà Nội, name_en: Ha Noi}
contacts:
  truc-ban: {name: Trực ban, email: trucban@hanoi.example}
systems:
  - id: lgsp
    kind: hub
    name: Nền tảng chia sẻ dữ liệu Hà Nội
    name_en: Ha Noi data sharing platform
    owner: truc-ban
    zone: tslcd
    security_level: 3
    programmes: [emc]
    use: [lgsp]                        # a template: a named list of checks
    vars: {base: https://lgsp.hanoi.example}      # used as ${base} in the template
    maintenance: [{every: sat, from: "22:00", for: 4h}]
    checks:
      - {id: cert, probe: tls, every: 1h, with: {target: lgsp.hanoi.example:443, min_days: 21}}
connections:
  - id: population                     # the consumer is this agency, or consumer: <system>
    provider: bo-cong-an/population-db
    via: [lgsp, bo-khoa-hoc-va-cong-nghe/ndxp]
    states: [{state: requested, on: 2026-02-01}, {state: live, on: 2026-05-04}]
    due: 2026-12-31
    owner: truc-ban
    legal_basis: Nghị định 278/2025/NĐ-CP
    expected_calls_per_day: 12000
    service_hours: {days: mon-fri, from: "07:00", to: "18:00"}
    external_ids: {wso2: HNI-DANCU}    # how gateways name it in their logs
    objective: {availability: 99.0, freshness: 24h, latency: {p95: 2s}}
    checks:
      - id: lookup
        probe: http
        every: 30s
        timeout: 5s
        with:
          target: https://lgsp.hanoi.example/dancu/v1/ping
          authorization: {credentials: {file: /run/secrets/lgsp-token}}
          fail_if_body_not_matches_regexp: ['"error_code":\\s*0']
"""
PEERS = {
    "agencies/bo-cong-an.yaml": (
        "agency: {id: bo-cong-an, class: ministry, name: Bộ Công an}\n"
        "systems: [{id: population-db, kind: national_database, name: Cơ sở dữ liệu dân cư}]\n"
    ),
    "agencies/bo-khoa-hoc-va-cong-nghe.yaml": (
        "agency: {id: bo-khoa-hoc-va-cong-nghe, class: ministry, name: Bộ Khoa học và Công nghệ}\n"
        "systems: [{id: ndxp, kind: hub, name: NDXP}]\n"
    ),
    "programmes/emc.yaml": "programme: {id: emc, name: EMC, name_en: EMC, goal: 99.5, deadline: 2026-12-31}\n",
}
SYSTEM = AGENCY + "systems:\n  - id: portal\n    kind: portal\n    name: Cổng\n"
PAGE = "{id: page, probe: http, with: {target: https://portal.hanoi.example/}}"


def country(root, **files):
    return loaded(write(root, {"agencies/ha-noi.yaml": HA_NOI, **PEERS, **files}))


def only_check(root, check=PAGE, monitor=MONITOR):
    text = f"{SYSTEM}    checks: [{check}]\n"
    found = loaded(write(root, {"monitor.yaml": monitor, "agencies/ha-noi.yaml": text}))
    assert not found.problems, found.problems
    [made] = found.inventory.checks.values()
    return made


def test_what_no_file_asks_for_is_not_imported():
    """A reload reads in a process that begins anew each time."""
    code = "import sys, monitor.config.reading; print({'bcrypt', 'cryptography', 'monitor.cli'} & set(sys.modules))"

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ended.stdout == "set()\n"


def test_example_of_the_architecture_loads_as_written_with_our_own_plugins(tmp_path):
    monitor = MONITOR.replace("plugins: {sample: {}}\n", "")
    write(tmp_path, {"monitor.yaml": monitor, "agencies/ha-noi.yaml": HA_NOI, **PEERS})

    found = load(tmp_path)

    assert not found.problems
    assert set(found.inventory.checks) == {"ha-noi/lgsp/web", "ha-noi/lgsp/cert", "ha-noi/population/lookup"}
    assert {check.where for check in found.inventory.checks.values()} == {Where.IN_LOOP}


def test_agency_contact_and_programme_are_as_written(tmp_path):
    inventory = country(tmp_path).inventory

    assert inventory.agencies["ha-noi"] == Agency(
        id="ha-noi", agency_class=AgencyClass.CITY, name="Hà Nội", name_en="Ha Noi", admin_code="01"
    )
    assert inventory.contacts["ha-noi", "truc-ban"] == Contact(
        id="truc-ban", agency="ha-noi", name="Trực ban", email="trucban@hanoi.example"
    )
    assert inventory.programmes["emc"] == Programme(
        id="emc", name="EMC", name_en="EMC", goal=0.995, deadline=date(2026, 12, 31)
    )
    assert inventory.time_zone == ZoneInfo("Asia/Ho_Chi_Minh")


def test_system_is_as_written(tmp_path):
    assert country(tmp_path).inventory.systems["ha-noi/lgsp"] == System(
        id="ha-noi/lgsp",
        agency="ha-noi",
        kind=SystemKind.HUB,
        name="Nền tảng chia sẻ dữ liệu Hà Nội",
        name_en="Ha Noi data sharing platform",
        owner="truc-ban",
        zone="tslcd",
        security_level=3,
        programmes=frozenset({"emc"}),
        maintenance=(WeeklyWindow(days=frozenset({5}), start=time(22), length=timedelta(hours=4)),),
    )


def test_connection_is_as_written(tmp_path):
    assert country(tmp_path).inventory.connections["ha-noi/population"] == Connection(
        id="ha-noi/population",
        agency="ha-noi",
        consumer="ha-noi",
        provider="bo-cong-an/population-db",
        via=("ha-noi/lgsp", "bo-khoa-hoc-va-cong-nghe/ndxp"),
        owner="truc-ban",
        stages=(
            StageChange(stage=Stage.REQUESTED, on=date(2026, 2, 1)),
            StageChange(stage=Stage.LIVE, on=date(2026, 5, 4)),
        ),
        due=date(2026, 12, 31),
        legal_basis="Nghị định 278/2025/NĐ-CP",
        expected_calls_per_day=12000,
        service_hours=ServiceHours(days=frozenset(range(5)), start=time(7), end=time(18)),
        external_ids={"wso2": "HNI-DANCU"},
        objective=Objective(availability=0.99, freshness=timedelta(hours=24), latency={"p95": timedelta(seconds=2)}),
    )


def test_check_is_as_written(tmp_path):
    check = country(tmp_path).inventory.checks["ha-noi/population/lookup"]

    assert (check.kind, check.plugin, check.every, check.timeout) == (
        "http", "sample", timedelta(seconds=30), timedelta(seconds=5),
    )  # fmt: skip
    assert check.host == "lgsp.hanoi.example"
    assert check.max_latency == timedelta(seconds=2)
    assert check.confirm == Confirm(down=2, up=1)


def test_consumer_may_be_a_system_of_the_agency(tmp_path):
    files = {"agencies/ha-noi.yaml": HA_NOI.replace("via: [lgsp, ", "consumer: lgsp\n    via: [")}

    assert country(tmp_path, **files).inventory.connections["ha-noi/population"].consumer == "ha-noi/lgsp"


def test_one_off_window_is_in_the_configured_time_zone(tmp_path):
    text = SYSTEM + "    maintenance: [{from: 2026-05-04 22:00, for: 90m}]\n"
    found = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text}))

    [window] = found.inventory.systems["ha-noi/portal"].maintenance
    assert isinstance(window, OneOffWindow)
    assert window.start.astimezone(UTC) == datetime(2026, 5, 4, 15, tzinfo=UTC)
    assert window.length == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("sat", {5}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat-mon", {5, 6, 0}),
        ("daily", set(range(7))),
        ("[sat, mon-tue]", {5, 0, 1}),
    ],
)
def test_days_may_be_one_a_range_a_list_or_all(days, numbers, tmp_path):
    text = SYSTEM + f'    maintenance: [{{every: {days}, from: "22:00", for: 4h}}]\n'
    found = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text}))

    [window] = found.inventory.systems["ha-noi/portal"].maintenance
    assert window.days == numbers


def test_nearest_setting_counts(tmp_path):
    monitor = (
        "plugins: {sample: {}}\n"
        "defaults: {every: 2m, timeout: 20s, confirm: {down: 5, up: 3}, recheck: 7s, phases: true}\n"
        "templates:\n"
        "  web: {every: 1m, confirm: {down: 4}, checks: [{id: a, probe: http, timeout: 9s, with: {target: '${b}'}}]}\n"
    )
    text = f"{SYSTEM}    use: [web]\n    vars: {{b: https://a.example}}\n    checks: [{PAGE}]\n"

    checks = loaded(write(tmp_path, {"monitor.yaml": monitor, "agencies/ha-noi.yaml": text})).inventory.checks

    from_template, own = checks["ha-noi/portal/a"], checks["ha-noi/portal/page"]
    assert (from_template.every, from_template.timeout) == (timedelta(minutes=1), timedelta(seconds=9))
    assert (from_template.confirm, from_template.recheck) == (Confirm(down=4, up=3), timedelta(seconds=7))
    assert (own.every, own.timeout, own.confirm) == (timedelta(minutes=2), timedelta(seconds=20), Confirm(down=5, up=3))
    assert from_template.phases
    assert own.phases


def test_timeout_of_the_defaults_is_cut_to_a_shorter_beat(tmp_path):
    check = only_check(tmp_path, "{id: page, probe: http, every: 3s, with: {target: https://a.example/}}")

    assert (check.every, check.timeout, check.recheck) == (timedelta(seconds=3),) * 3


def test_variables_keep_the_type_of_a_value_that_is_nothing_else(tmp_path):
    check = '{id: c, probe: tls, with: {target: "${host}:${port}", min_days: "${days}"}}'
    monitor = f"plugins: {{sample: {{}}}}\ntemplates:\n  t: [{check}]\n"
    text = f"{SYSTEM}    use: [t]\n    vars: {{host: a.example, port: 443, days: 30}}\n"

    found = loaded(write(tmp_path, {"monitor.yaml": monitor, "agencies/ha-noi.yaml": text}))

    assert not found.problems
    assert '"min_days":30' in found.inventory.checks["ha-noi/portal/c"].probe.settings
    assert found.inventory.checks["ha-noi/portal/c"].host == "a.example"


def test_variable_that_a_template_lacks_is_said_once_and_of_no_other_check(tmp_path):
    check = '{id: c, probe: http, with: {target: "${bse}/x"}}'
    monitor = f"plugins: {{sample: {{}}}}\ntemplates:\n  t: [{check}]\n"
    text = f'{SYSTEM}    use: [t]\n    vars: {{base: "https://a.example"}}\n    checks: [{PAGE}]\n'

    found = loaded(write(tmp_path, {"monitor.yaml": monitor, "agencies/ha-noi.yaml": text}))

    assert [one.message for one in found.problems] == [
        'the template "t" needs the variable "bse"; did you mean "base"?'
    ]


def test_escaped_variable_is_text(tmp_path):
    check = only_check(
        tmp_path,
        "{id: p, probe: http, with: {target: https://a.example/, fail_if_body_not_matches_regexp: ['a$${1}']}}",
    )

    assert "a${1}" in check.probe.settings


def test_variable_in_a_check_of_the_target_itself(tmp_path):
    check = PAGE.replace("https://portal.hanoi.example/", '"https://${host}/"')
    text = f"{SYSTEM}    vars: {{host: a.example}}\n    checks: [{check}]\n"

    found = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text}))

    assert found.inventory.checks["ha-noi/portal/page"].host == "a.example"


def test_same_configuration_has_the_same_fingerprint_however_it_is_written(tmp_path):
    one = only_check(tmp_path / "a", "{id: page, probe: http, with: {target: https://a.example/, method: GET}}")
    two = only_check(tmp_path / "b", '{probe: http, with: {"method": "GET", target: https://a.example/}, id: page}')

    assert one.fingerprint == two.fingerprint


@pytest.mark.parametrize(
    "check",
    [
        PAGE.replace("portal.", "www."),
        PAGE.replace("probe: http", "probe: http, every: 30s"),
        PAGE.replace("probe: http", "probe: http, timeout: 3s"),
        PAGE.replace("probe: http", "probe: http, confirm: {down: 3}"),
        PAGE.replace("probe: http", "probe: http, recheck: 3s"),
        PAGE.replace("probe: http", "probe: http, phases: true"),
        PAGE.replace("probe: http", "probe: http, formerly: [site]"),
    ],
)
def test_any_change_changes_the_fingerprint(check, tmp_path):
    assert only_check(tmp_path / "a").fingerprint != only_check(tmp_path / "b", check).fingerprint


def test_latency_objective_changes_the_fingerprint(tmp_path):
    text = f"{SYSTEM}    objective: {{latency: {{p95: 2s}}}}\n    checks: [{PAGE}]\n"
    found = loaded(write(tmp_path / "a", {"agencies/ha-noi.yaml": text}))

    check = found.inventory.checks["ha-noi/portal/page"]
    assert check.max_latency == timedelta(seconds=2)
    assert check.fingerprint != only_check(tmp_path / "b").fingerprint


@pytest.mark.parametrize(
    ("latency", "seconds"), [("p99: 5s", 5), ("p50: 1s, p90: 3s", 3), ("p50: 1s, p95: 2s, p99: 5s", 2)]
)
def test_a_run_is_slow_by_the_percentile_that_is_nearest_to_p95(latency, seconds, tmp_path):
    text = f"{SYSTEM}    objective: {{latency: {{{latency}}}}}\n    checks: [{PAGE}]\n"

    found = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text}))

    assert found.inventory.checks["ha-noi/portal/page"].max_latency == timedelta(seconds=seconds)


def test_objectives_are_read_as_ratios(tmp_path):
    given = "completeness: 99.5, success: {rate: 98, minimum: 500}"
    text = f"{SYSTEM}    objective: {{{given}}}\n    checks: [{PAGE}]\n"

    held_to = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text})).inventory.systems["ha-noi/portal"].objective

    assert held_to == Objective(completeness=0.995, success=SuccessObjective(rate=0.98, minimum=500))


def test_success_is_judged_from_a_hundred_calls_on(tmp_path):
    text = f"{SYSTEM}    objective: {{success: {{rate: 98}}}}\n    checks: [{PAGE}]\n"

    held_to = loaded(write(tmp_path, {"agencies/ha-noi.yaml": text})).inventory.systems["ha-noi/portal"].objective

    assert held_to.success == SuccessObjective(rate=0.98, minimum=100)


def test_problems_of_all_files_are_found_in_one_run(tmp_path):
    files = {
        "agencies/ha-noi.yaml": HA_NOI.replace("every: 1h", "every: 1 hour").replace("provider: bo", "provider: so"),
        "agencies/hue.yaml": AGENCY,
        "programmes/emc.yaml": "programme: {id: emc, name: EMC, goal: 120}\n",
        "monitor.yaml": MONITOR + "listen: nowhere\n",
    }

    found = country(tmp_path, **files)

    assert [(problem.file, problem.line) for problem in found.problems] == [
        ("agencies/ha-noi.yaml", 18),
        ("agencies/ha-noi.yaml", 21),
        ("agencies/hue.yaml", 1),
        ("monitor.yaml", 5),
        ("programmes/emc.yaml", 1),
    ]
    assert found.inventory is None


def test_wrong_system_still_has_its_checks_looked_at_and_may_still_be_referred_to(tmp_path):
    files = {
        "agencies/bo-cong-an.yaml": PEERS["agencies/bo-cong-an.yaml"].replace(
            "kind: national_database,", "kind: national_database, tier: x, checks: [{id: a, probe: http, with: {}}],"
        )
    }

    found = country(tmp_path, **files)

    assert {problem.path for problem in found.problems} == {"systems[0].tier", "systems[0].checks[0].with.target"}


def test_near_miss_of_a_programme_is_suggested(tmp_path):
    found = country(tmp_path, **{"agencies/ha-noi.yaml": HA_NOI.replace("[emc]", "[ecm]")})

    [problem] = found.problems
    assert problem.place == "agencies/ha-noi.yaml:13:18 systems[0].programmes[0]"
    assert problem.message == 'there is no programme "ecm" in programmes/; did you mean "emc"?'


def test_second_file_of_an_agency_or_programme_is_refused(tmp_path):
    files = {"agencies/z.yaml": AGENCY, "programmes/z.yaml": PEERS["programmes/emc.yaml"]}

    found = country(tmp_path, **files)

    assert [(problem.file, problem.message.partition(";")[0]) for problem in found.problems] == [
        ("agencies/z.yaml", 'the agency "ha-noi" is already in agencies/ha-noi.yaml'),
        ("programmes/z.yaml", 'the programme "emc" is already in programmes/emc.yaml'),
    ]


def test_check_of_a_plugin_that_does_not_load_is_unavailable_and_everything_else_runs(tmp_path, monkeypatch):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "broken_kinds.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(tmp_path / "p")
    broken = EntryPoint("broken", "broken_kinds", PROJECT)
    sample = EntryPoint("sample", "sample_kinds", PROJECT)
    text = f"{SYSTEM}    checks: [{PAGE}, {{id: pigeon, probe: carrier-pigeon, with: {{any: thing}}}}]\n"
    files = {"monitor.yaml": "plugins: {sample: {}, broken: {}}\n", "agencies/ha-noi.yaml": text}

    found = loaded(write(tmp_path, files), (broken, sample))

    assert [problem.is_error for problem in found.problems] == [False, False]
    unavailable = found.inventory.checks["ha-noi/portal/pigeon"]
    assert "no licence" in unavailable.probe.detail
    assert unavailable.host == ""
    assert found.inventory.checks["ha-noi/portal/page"].host == "portal.hanoi.example"
    assert {plugin.name: plugin.failure for plugin in found.plugins} == {
        "broken": "RuntimeError: no licence",
        "sample": "",
    }


def test_only_plugins_whose_kinds_are_named_are_loaded(tmp_path):
    port = "{id: port, probe: udp, with: {target: 'portal.hanoi.example:53', send: x}}"
    text = f"{SYSTEM}    checks: [{PAGE}, {port}]\n"
    told = []

    read(write(tmp_path, {"monitor.yaml": "{}", "agencies/ha-noi.yaml": text}), told.append)

    assert [piece.plugin for piece in told if isinstance(piece, PluginRuns)] == ["http", "", "tcp", ""]
    assert not told[-1].problems


def test_missing_driver_is_told_once_a_kind_that_needs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datashare_monitor_tcp", None)
    text = f"{SYSTEM}    checks: [{PAGE}%s]\n"
    port = ", {id: port, probe: udp, with: {target: 'portal.hanoi.example:53', send: x}}"

    without = loaded(write(tmp_path, {"monitor.yaml": "{}", "agencies/ha-noi.yaml": text % ""}), None)
    named = loaded(write(tmp_path, {"monitor.yaml": "{}", "agencies/ha-noi.yaml": text % port}), None)

    assert not without.problems
    assert [problem.is_error for problem in named.problems] == [False, False]
    assert all("tcp" in problem.message and "could not be loaded" in problem.message for problem in named.problems)
    assert named.inventory.checks["ha-noi/portal/port"].plugin == "tcp"
    assert "ModuleNotFoundError" in next(plugin.failure for plugin in named.plugins if plugin.name == "tcp")


def test_near_miss_of_a_kind_is_an_error_even_when_a_plugin_failed(tmp_path):
    text = f"{SYSTEM}    checks: [{PAGE.replace('probe: http', 'probe: htpp')}]\n"
    files = {"monitor.yaml": "plugins: {sample: {}, broken: {}}\n", "agencies/ha-noi.yaml": text}
    broken = EntryPoint("broken", "there_is_no_such_module", PROJECT)
    sample = EntryPoint("sample", "sample_kinds", PROJECT)

    found = loaded(write(tmp_path, files), (broken, sample))

    assert any(problem.is_error and "did you mean" in problem.message for problem in found.problems)


def test_more_problems_than_anybody_reads_are_counted(tmp_path):
    lines = "".join(f"  - {{id: s{number}, kind: x, name: a}}\n" for number in range(1200))

    found = loaded(write(tmp_path, {"agencies/ha-noi.yaml": AGENCY + "systems:\n" + lines}))

    assert len(found.problems) == 1001
    assert found.problems[-1].message == "and 200 more"
